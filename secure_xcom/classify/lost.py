"""What an encoding loses, as the walk sees it: ``payload`` finds it in the object itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from secure_xcom.model.value import Node


class HeldLike(Protocol):
    """What an object holds, and its encoding does not show: the whole object is sensitive with it."""

    @property
    def names(self) -> Collection[str]:
        """Such as the columns of a table."""

    @property
    def complete(self) -> bool:
        """Whether that is all."""

    def contents(self) -> Iterable[Node | EllipsisType]:
        """Such as the cells of a table; ``...`` for what cannot be looked at."""


class LostLike(Protocol):
    """What the encoding of one node loses."""

    @property
    def fields(self) -> Sequence[str]:
        """Of a list's node: the names of its items in their order."""

    @property
    def aliases(self) -> Mapping[str, Sequence[str]]:
        """Of a dict's node: more names of its items."""

    @property
    def held(self) -> Sequence[HeldLike]:
        """Of any node: what is sensitive with it as a whole."""


LostOf = Callable[[object], LostLike | None]
"""Returns what the encoding of a node loses."""
