"""Names of models, as ``model-index.yml`` lists them in OpenMMLab's form.

The index of a checkout lies beside the package. An installed package has it in its folder ``.mim``,
like other packages of OpenMMLab. Weights are given by their path from the folder that holds the
package.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mmengine.infer import BaseInferencer

from ..media.files import absence
from ..spelling import did_you_mean


@dataclass(frozen=True)
class IndexedModel:
    """One entry of the index.

    Attributes:
        name: Its name.
        aliases: Other names of it.
        config: Config file.
        weights: Checkpoint; ``None`` where none is published.
    """

    name: str
    aliases: tuple[str, ...]
    config: Path
    weights: Path | None

    @property
    def all_names(self) -> str:
        """The name, followed by the other names."""
        return f'{self.name} ({", ".join(self.aliases)})' if self.aliases else self.name


def indexed_models() -> list[IndexedModel]:
    """All entries of the index.

    Raises:
        FileNotFoundError: If the installation is incomplete.
    """
    root = Path(BaseInferencer._get_repo_or_mim_dir('mmssl'))
    package = Path(__file__).parents[2]
    return [
        IndexedModel(
            entry['Name'],
            tuple(entry.get('Alias', ())),
            root / entry['Config'],
            package / entry['Weights'] if entry.get('Weights') else None,
        )
        for entry in BaseInferencer._get_models_from_metafile(str(root))
    ]


def find_model(name: str) -> IndexedModel:
    """Find a model by its name or alias, in any case.

    Raises:
        ValueError: If there is none.
    """
    models = indexed_models()
    for model in models:
        if name.lower() in (known.lower() for known in (model.name, *model.aliases)):
            return model
    if os.sep in name or Path(name).exists() or Path(name).suffix in ('.pth', '.onnx', '.py'):
        raise ValueError(absence(name))
    known = [known for model in models for known in (model.name, *model.aliases)]
    listed = (
        f'; models with weights are {listed_models(models, True)}, others '
        f'{listed_models(models, False)}'
    )
    raise ValueError(
        f'{name!r} is neither a file nor the name of a model{did_you_mean(name, known) or listed}'
    )


def listed_models(models: Iterable[IndexedModel], with_weights: bool) -> str:
    """Names and aliases of the models with weights, or of the others."""
    chosen = (model for model in models if (model.weights is not None) == with_weights)
    return ', '.join(sorted(model.all_names for model in chosen))
