"""Names of the arguments that a class or a function takes, those of its parents too."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache


@cache
def arguments(made: Callable) -> set[str] | None:
    """Names of the arguments that a class or a function takes.

    Args:
        made: Class or function. The arguments of a parent count if the class only passes
            ``**kwargs`` on to it, and do not count if it drops them.

    Returns:
        The names; ``None`` if any name may be taken.
    """
    names: set[str] = set()
    for function in constructors(made):
        more = None
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                more = parameter.name
            elif parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                names.add(parameter.name)
        uses = _uses(function, more) if more else []
        if not uses:
            return names - {'self'}
        if uses != ['handed on']:
            return None
    return names - {'self'}


def constructors(made: Callable) -> list[Callable]:
    """The callables that one call runs through. For a class, its own constructor comes first."""
    if not inspect.isclass(made):
        return [made]
    owners = made.__mro__[:-1]  # object takes nothing
    return [vars(owner)['__init__'] for owner in owners if '__init__' in vars(owner)]


def _uses(function: Callable, name: str) -> list[str]:
    """The uses of ``**kwargs`` in a constructor."""
    try:
        nodes = [*ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))))]
    except (OSError, TypeError, SyntaxError):
        return ['unknown']
    handed = {id(value) for node in nodes for value in _handed_on(node)}
    named = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    return ['handed on' if id(node) in handed else 'other' for node in named]


def _handed_on(node: ast.AST) -> list[ast.AST]:
    """The ``**`` argument in a call of a parent's constructor."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return []
    return [k.value for k in node.keywords if k.arg is None and node.func.attr == '__init__']
