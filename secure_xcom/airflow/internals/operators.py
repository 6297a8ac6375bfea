"""The operators of the standard provider that run a function's source in another interpreter."""

from __future__ import annotations

from typing import Any, Final

_RUNS_SOURCE: Final = "_execute_python_callable_in_subprocess"


def runs_source_elsewhere(operator: Any) -> bool:
    """Return whether an operator's class writes the source of a function, decorators included, into a script."""
    return hasattr(operator, _RUNS_SOURCE)
