"""Installation of mmssl."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION: dict = {}
exec((HERE / 'mmssl/version.py').read_text(), VERSION)


def requirements(name):
    """Lines of a requirements file, without comments."""
    lines = (HERE / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


setup(
    name='mmssl',
    version=VERSION['__version__'],
    description='Sound source localization with audio-visual classification, for MMAction2',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    python_requires='>=3.11,<3.13',
    packages=find_packages(include=['mmssl', 'mmssl.*']),
    install_requires=requirements('runtime'),
    extras_require={
        'detr': ['transformers>=4.40'],
        'onnx': ['onnx>=1.18', 'onnxruntime>=1.22', 'onnxscript>=0.5'],
    },
)
