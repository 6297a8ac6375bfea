"""``Rows``: what the metadata database says of objects; ``airflow.internals.xcom_references`` implements it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_place import ObjectPlace


class Row(Enum):
    """What the row at an object's coordinates says of it."""

    REFERS = "refers"
    REFERS_TO_ANOTHER = "refers to another"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row that speaks of a placeholder. ``text`` is its JSON, ``None`` if it is too large to be read."""

    where: Coordinates
    text: str | None = field(repr=False)


class Rows(Protocol):
    """The rows as they are at this moment: each call sees what was committed before it."""

    def look(self, places: Sequence[ObjectPlace]) -> Mapping[str, Row]:
        """Return what the rows say, by the object's id. Raises ``ConfigurationError`` if the database does not answer.

        A row refers to an object if its text holds the object's id, and only the row at the object's coordinates is
        asked.
        """

    def has_run(self, places: Sequence[ObjectPlace]) -> frozenset[str]:
        """Return the ids of the objects whose Dag run is there. Raises like ``look``."""

    def sealed(self, dags: Sequence[str] = ()) -> Iterator[Sequence[SealedRow]]:
        """Give the rows that speak of a placeholder in batches, of these Dags or of all. Raises like ``look``."""

    def count_sealed(self) -> int | None:
        """Return an upper bound of the rows that ``sealed`` looks at, for a progress bar. Raises like ``look``."""
