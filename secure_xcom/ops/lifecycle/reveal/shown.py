"""An encoded value as text for a terminal: as JSON where JSON has a form for it.

The tree is shown as Airflow encoded it, and no class of a user's is imported. Characters that are not printable, with
which a value could drive the terminal, are escaped; so the text of a value that JSON can hold is JSON. A data
frame that Airflow stored before it was sealed is shown by its rows, if pyarrow can read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from secure_xcom.model.value import BINARY, Extension, ExtensionKind, Node
from secure_xcom.payload.stored_frames import is_stored_frame, rows_of

_INDENT: Final = "  "

_LONGEST_INT_BITS: Final = 10_000
"""Python refuses to print integers of more than 4,300 digits; such a one is shown in hexadecimal."""

_OF_PANDAS: Final = (ExtensionKind.FRAME, ExtensionKind.SERIES)

_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t", '"': r"\"", "\\": r"\\"}
"""JSON's own escapes (RFC 8259, section 7)."""


def shown(tree: Node) -> str:
    """Return the text, with a line break at its end. Raises ``RecursionError`` for a tree that is too deep."""
    return "".join(_pieces(tree, "\n")) + "\n"


def _pieces(node: object, newline: str) -> Iterator[str]:
    """Yield the text of a node in pieces. ``newline`` is a line break, and the indentation of the node's line."""
    if isinstance(node, str):
        yield _text(node)
    elif isinstance(node, list):
        yield from _block("[", "]", ([_pieces(item, newline + _INDENT)] for item in node), newline)
    elif isinstance(node, dict) and is_stored_frame(node) and (rows := rows_of(node)) is not None:
        yield from _pieces(rows, newline)
    elif isinstance(node, dict):
        yield from _block("{", "}", _members(node.items(), newline + _INDENT), newline)
    elif isinstance(node, Extension) and node.kind is ExtensionKind.PAIRS and isinstance(node.content, list):
        yield from _block("{", "}", _members(node.content, newline + _INDENT), newline)
    elif isinstance(node, Extension) and node.kind in _OF_PANDAS:
        yield from _table(node, newline)
    elif isinstance(node, Extension) and node.kind in BINARY:
        yield from _pieces(_listed(node), newline)
    else:
        yield _leaf(node.content if isinstance(node, Extension) else node)


def _block(opening: str, closing: str, members: Iterable[Iterable[Iterable[str]]], newline: str) -> Iterator[str]:
    """Yield the members between brackets, each on a line of its own."""
    before, end = opening, opening + closing
    for member in members:
        yield before + newline + _INDENT
        for pieces in member:
            yield from pieces
        before, end = ",", newline + closing
    yield end


def _members(items: Iterable[tuple[object, object]], newline: str) -> Iterator[Iterable[Iterable[str]]]:
    for key, item in items:
        yield _pieces(key, newline), (": ",), _pieces(item, newline)


def _table(node: Extension, newline: str) -> Iterator[str]:
    """Yield the lines of a table of pandas', which begin on a line of their own within a dict or a list."""
    value: Any = node.content
    before = "" if newline == "\n" else newline + _INDENT
    # Its repr leaves out rows in the midst, and ends of texts.
    for line in value.to_string().split("\n"):
        yield before + _printable(line)
        before = newline if newline == "\n" else newline + _INDENT


def _listed(node: Extension) -> object:
    """Return all of another table or of an array as lists: its own ``repr`` leaves out what is in the middle."""
    value: Any = node.content
    match node.kind:
        case ExtensionKind.ARROW:
            return value.to_pylist()
        case ExtensionKind.POLARS:
            return value.rows(named=True)
        case ExtensionKind.POLARS_SERIES:
            return value.to_list()
    return value.tolist()


def _leaf(value: object) -> str:
    """Return a value that JSON has, and Python's own form of bytes, complex numbers and times."""
    if isinstance(value, int) and value.bit_length() > _LONGEST_INT_BITS:
        return hex(value)
    return json.dumps(value) if value is None or isinstance(value, (bool, int, float)) else _printable(repr(value))


def _text(text: str) -> str:
    return f'"{"".join(map(_escaped, text))}"'


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    return character if character.isprintable() else json.dumps(character)[1:-1]
