"""``Commands``: the group of all commands, which masks what was typed wrongly where that is a secret itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from typer import BadParameter
from typer.core import TyperGroup

_OF_PYDANTIC: Final = "Value error, "
"""What typer's messages about a choice begin with, and what tells nobody anything."""


class Commands(TyperGroup):
    """Masks in the error of a mistaken command line, which repeats what was typed."""

    # Their types are those of a copy of click, which typer exports in part.
    def make_context(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Read the command line."""
        with _masked():
            return super().make_context(*args, **options)

    def invoke(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Run the command that was typed."""
        with _masked():
            return super().invoke(*args, **options)


@contextmanager
def _masked() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Of the errors of click, typer exports this one's child alone.
        if not isinstance(error, BadParameter.__mro__[1]):
            raise
        from secure_xcom.ops.explain.shown_names import built_in_shown_names

        # Airflow, whose settings may add rules, takes seconds to load.
        vars(error)["message"] = built_in_shown_names().text(vars(error)["message"].removeprefix(_OF_PYDANTIC))
        raise
