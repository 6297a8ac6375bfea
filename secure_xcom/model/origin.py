"""``Origin``: what is known of how a task made the value that it returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Origin:
    """Empty where nothing is known. It tells what a value may be; what the value looks like decides."""

    task_id: str = ""
    command: str = field(default="", repr=False)
    """The command whose output the value is; it may hold a secret."""
    endpoint: str = field(default="", repr=False)
    """The path of the address whose answer the value is; its query may hold a secret."""
    tables: tuple[tuple[str, ...], ...] = ()
    """The names of the columns of what was fetched from a database, by statement; none of one that fetched nothing."""


UNKNOWN: Final = Origin()
