"""``mmssl localize --side-by-side``: the two models and their names."""

import argparse
from pathlib import Path

from ..apis.load import has_own_weights, load_localizer
from ..apis.localizer import Localizer
from .options import vocabulary_options

#: Options of results that a video of two models does not have.
OF_ONE = ('config', 'prior', 'outputs', 'top', 'several', 'batch_size')


def take_models(args: argparse.Namespace) -> list[str]:
    """Take the two models from the end of the arguments.

    Args:
        args: Options of ``mmssl localize``. ``input`` loses its last entry.

    Raises:
        ValueError: If there are not two different models, or an option needs a single model.
    """
    for name, default in args.of_one.items():
        if getattr(args, name) != default:
            option = f'--{name.replace("_", "-")}'
            raise ValueError(f'{option} does not work with --side-by-side: leave one of them out')
    if len(args.input) < 2:
        raise ValueError(
            f'--side-by-side compares two models, and {args.model} is given alone after '
            f'{args.input[0]}: INPUT... MODEL MODEL --side-by-side'
        )
    models = [args.input.pop(), args.model]
    methods = _methods(args.method or [], models)
    if models[0] == models[1] and methods[0] == methods[1]:
        raise ValueError(f'{models[0]} is given twice, expected two different models')
    return models


def load_models(args: argparse.Namespace, models: list[str]) -> dict[str, Localizer]:
    """Both models by the names above their pictures.

    Args:
        args: Options of ``mmssl localize``.
        models: Result of :func:`take_models`.
    """
    methods = _methods(args.method or [], models)
    chosen = vocabulary_options(args)
    names = _names(models, methods)
    loaded = {}
    have_words = [has_own_weights(model) for model in models]
    for name, model, method, has_words in zip(names, models, methods, have_words):
        # The words belong to the model with a vocabulary. If neither has one, loading fails.
        takes_none = any(have_words) and not has_words
        loaded[name] = load_localizer(
            method or model,
            model if method else None,
            backend=args.backend,
            device=args.device,
            options={} if takes_none else chosen,
        )
    return loaded


def _methods(given: list[str], models: list[str]) -> list[str | None]:
    """The method of each model. A single ``--model`` is the method of every file."""
    if len(given) == len(models):
        return [*given]
    if len(given) > len(models):
        raise ValueError(f'--model is given {len(given)} times, expected one for each model')
    name = given[0] if given else None
    return [name if Path(model).is_file() else None for model in models]


def _names(models: list[str], methods: list[str | None]) -> list[str]:
    """Different names: the file name, with its folder or method where two are equal."""
    short = [Path(model).name if Path(model).is_file() else model for model in models]
    names = short if short[0] != short[1] else models
    if names[0] != names[1]:
        return names
    return [f'{method} {name}' for method, name in zip(methods, names)]
