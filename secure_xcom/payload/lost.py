"""``Lost`` and ``Held``: what Airflow's encoding of a node does not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import EllipsisType

    from secure_xcom.model.value import Node


@dataclass(slots=True, eq=False)
class Held:
    """What an object holds, and its encoding does not show."""

    names: dict[str, None] = field(default_factory=dict, repr=False)
    tables: list[object] = field(default_factory=list, repr=False)
    complete: bool = True
    """False if it holds more than was looked at."""

    def contents(self) -> Iterator[Node | EllipsisType]:
        """Yield what the tables hold, as nodes; ``...`` for what cannot be looked at."""
        from secure_xcom.payload.tables import contents_of

        for table in self.tables:
            yield from contents_of(table)


@dataclass(slots=True, eq=False)
class Lost:
    """What the encoding of one node loses."""

    fields: tuple[str, ...] = ()
    """Of a list's node: the names of its items in their order."""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of a dict's node: more names of its items."""
    held: list[Held] = field(default_factory=list)
    """Of any node: what is sensitive with it as a whole."""
