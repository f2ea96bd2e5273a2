"""Installation of mmssl."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VERSION: dict = {}
exec((HERE / 'mmssl/version.py').read_text(), VERSION)


def requirements(name):
    """Lines of a requirements file, without comments."""
    lines = (HERE / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


class BuildWithConfigs(build_py):
    """Adds what names of models need, where OpenMMLab's packages have it: in ``.mim``."""

    def run(self):
        super().run()
        if self.editable_mode:
            return  # there they lie beside the package
        folder = Path(self.build_lib) / 'mmssl/.mim'
        shutil.rmtree(folder, ignore_errors=True)
        pyc = shutil.ignore_patterns('__pycache__')
        shutil.copytree(HERE / 'configs', folder / 'configs', ignore=pyc)
        shutil.copy(HERE / 'model-index.yml', folder)


setup(
    name='mmssl',
    version=VERSION['__version__'],
    description='Sound source localization with audio-visual classification, for MMAction2',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    # tools/make_venv.sh lists the same versions: it runs before there is a Python that could read
    # them here.
    python_requires='>=3.11,<3.14',
    classifiers=[
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
    ],
    packages=find_packages(include=['mmssl', 'mmssl.*']),
    package_data={'mmssl': ['py.typed', 'apis/weights/*.pth', 'web/*/*']},
    cmdclass={'build_py': BuildWithConfigs},
    entry_points={'console_scripts': ['mmssl = mmssl.cli:main']},
    install_requires=requirements('runtime'),
    extras_require={
        'detr': ['transformers>=4.40'],
        'onnx': ['onnx>=1.18', 'onnxruntime>=1.22', 'onnxscript>=0.5'],
    },
)
