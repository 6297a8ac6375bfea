"""``Document``: the pack as people read it: sections of paragraphs, facts, tables and charts, in no notation yet.

Markdown and HTML are made of it, so that both say the same. A text may hold names as they were found: each notation
escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more sentences of the product's own."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption. ``rows`` have as many cells as ``columns``; the first cell of a row is its header."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0
    """Rows that are left out: the JSON has them all."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Stacked bars: each of ``rows`` is a label and its amount in each series. ``table`` says the same in numbers."""

    title: str
    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    is_over_time: bool = False
    """Whether the bars stand side by side, one for a time."""
    shades: tuple[int, ...] = (0, 1, 2, 3)
    """The shade of each series, from the most alarming on."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A line of a graph from a node of the left side to one of the right, dotted for what was refused."""

    left: str
    right: str
    label: str
    is_dotted: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """Two sides with lines between them."""

    title: str
    sides: tuple[str, str]
    edges: tuple[Edge, ...]


Block: TypeAlias = Paragraph | Table | Bars | Graph


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document. ``id`` is what the control map points to."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A title, some facts beside it, and the sections."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
