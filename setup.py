"""The part of the installation that pyproject.toml cannot say: configs go into the package."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


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


setup(cmdclass={'build_py': BuildWithConfigs})
