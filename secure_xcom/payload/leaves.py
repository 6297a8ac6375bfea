"""What a sealed part is made of, and what an object within it prints: everything that may turn up in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any, Final, cast

from secure_xcom.model.value import BINARY, CLASSNAME, DATA, Extension, Mark, Node
from secure_xcom.payload.foreign import hint, text_of
from secure_xcom.payload.members import members_of
from secure_xcom.payload.parts import InDict, InList, InObject, Large, Part, Parts, Root
from secure_xcom.payload.tables import is_table

SHORTEST_KEY: Final = 16
"""Characters below which a dict's key is taken for a name and not for a secret."""

MOST_CELLS: Final = 1_000_000
"""Cells of tables that are looked at: more of them would take longer than the task has."""

PRINTED: Final = 4
"""Characters that objects may print for each one of the encoding: each may print all of the others, too."""

SPARE: Final = 65_536
"""Characters that objects may print besides."""

UNMASKABLE: Final = "\0"
"""Stands for what is not printed here, and may be in a log."""

_WIDEST: Final = 46
"""Characters of a longer cell that pandas prints before three dots, at its default of ``display.max_colwidth``."""

_ESCAPED: Final = str.maketrans({"\t": r"\t", "\r": r"\r", "\n": r"\n"})
"""What pandas escapes in a cell; a backslash it leaves as it is."""

_ADDRESS: Final = " object at 0x"


class PasswordText(str):
    """A text that stands under the name of a password: it is masked also if it is a word."""

    __slots__ = ()


IsPassword = Callable[[str], bool]
"""Tells whether a name is that of a password."""

ObjectOf = Callable[[object], object | None]
"""Returns the object that Airflow encoded as a node, ``None`` if it is not known."""


def no_password(_: str) -> bool:
    """Return that no name is that of a password."""
    return False


def leaves_of(
    parts: Root,
    object_of: ObjectOf,
    is_password: IsPassword = no_password,
    name: str = "",
    *,
    is_spoken: bool = False,
) -> Iterator[object]:
    """Yield texts, numbers and bytes. Booleans are left out: hiding these words would hide half of every log.

    A text right under the name of a password is a ``PasswordText``; ``name`` is that of the whole value. So are a text
    that is a part and one in a list, if ``is_spoken`` says that the parts are sealed by a rule about passwords.

    Of a value that holds no secret, nothing is yielded. Linear in the encoding: objects are printed last, and as far as
    that allows. For what is left ``UNMASKABLE`` is yielded.
    """
    if isinstance(parts, Large):
        return
    waiting: list[Parts] = [parts]
    leaves = _Leaves(object_of, cache(is_password), is_spoken=is_spoken)
    if isinstance(parts, Part) and type(parts.content) is str:
        yield leaves.of_text(parts.content, 0 if is_spoken else name)
        return
    while waiting:
        # No ``match``: it takes several times as long, and there may be many thousands of parts.
        branch = waiting.pop()
        if isinstance(branch, InObject):
            waiting.append(branch.data)
        elif isinstance(branch, Part):
            yield from leaves.of_node(cast("Node", branch.content))
        else:
            for step, inner in branch.children:
                if type(inner) is Part and type(inner.content) is str:
                    yield leaves.of_text(inner.content, 0 if is_spoken else step)
                else:
                    waiting.append(inner)
    yield from leaves.of_objects()


def opened_objects(parts: Root, value: object) -> ObjectOf:
    """Return what finds the rebuilt object of a part's node, if the part was an object as a whole."""
    found: dict[int, object] = {}
    waiting: list[tuple[Root, object]] = [(parts, value)]
    while waiting:
        branch, opened = waiting.pop()
        match branch:
            case Part(content):
                _pair(cast("Node", content), opened, found)
            case InDict(children) | InList(children):
                waiting.extend((inner, opened[step]) for step, inner in children if _has(opened, step))  # type: ignore[index]
            case InObject(data=data):
                waiting.append((data, opened))
    return lambda node: found.get(id(node))


def _has(opened: object, step: object) -> bool:
    # Exact types: a rebuilt object may be a list or a dict with code of its own.
    if type(opened) in (list, tuple):
        return isinstance(step, int) and step < len(opened)  # type: ignore[arg-type]
    return type(opened) is dict and step in opened


def _pair(content: Node, opened: object, found: dict[int, object]) -> None:
    waiting: list[tuple[Node, object]] = [(content, opened)]
    while waiting:
        node, value = waiting.pop()
        if isinstance(node, dict) and CLASSNAME in node:
            found[id(node)] = value
            node = node.get(DATA)
            if isinstance(node, dict):
                # A table may stand in a field.
                value = _fields_of(value)
        if isinstance(node, dict):
            waiting.extend((child, value[key]) for key, child in node.items() if _has(value, key))  # type: ignore[index]
        elif isinstance(node, list) and type(value) in (list, tuple):
            waiting.extend(zip(node, value, strict=False))  # type: ignore[call-overload]
        elif isinstance(node, Extension) and isinstance(node.content, list) and type(value) is dict:
            waiting.extend(zip((item for _, item in node.content), value.values(), strict=False))


def _fields_of(value: object) -> object:
    fields: dict[str, object] = {}
    if type(value) is dict:
        return value
    return hint(lambda: {key: member.value for member in members_of(value) for key in member.keys}, fields)


class _Leaves:
    def __init__(self, object_of: ObjectOf, is_password: IsPassword, *, is_spoken: bool) -> None:
        self._object_of = object_of
        self._is_password = is_password
        self._is_spoken = is_spoken
        self._objects: list[object] = []
        self._left = SPARE
        self._cells = MOST_CELLS

    def of_text(self, text: str, step: str | int) -> str:
        self._left += PRINTED + PRINTED * len(text)
        is_password = self._is_password(step) if isinstance(step, str) else self._is_spoken
        return PasswordText(text) if is_password else text

    def of_node(self, root: Node) -> Iterator[object]:
        waiting: list[object] = [root]
        while waiting:
            node = waiting.pop()
            self._left += PRINTED
            if node is None or isinstance(node, bool):
                continue
            if isinstance(node, dict):
                if CLASSNAME in node:
                    self._objects.append(self._object_of(node))
                    waiting.append(node.get(DATA))
                else:
                    self._left += PRINTED * sum(map(len, node))
                    yield from filter(_may_be_secret, node)
                    yield from (self.of_text(child, key) for key, child in node.items() if type(child) is str)
                    waiting.extend(child for child in node.values() if type(child) is not str)
            elif isinstance(node, list):
                # A list within a dict that is sealed as a whole has words of settings too.
                step = 0 if node is root else ""
                yield from (self.of_text(item, step) for item in node if type(item) is str)
                waiting.extend(item for item in node if type(item) is not str)
            elif isinstance(node, Extension) and node.kind in BINARY:
                self._objects.append(node.content)
            elif isinstance(node, (Mark, Extension)):
                waiting.append(node.content)
            else:
                self._left += PRINTED * len(node) if isinstance(node, (str, bytes)) else PRINTED
                yield node

    def of_objects(self) -> Iterator[object]:
        """Yield what the objects print that their encoding does not tell: the cells of a table, or its own text."""
        for value in self._objects:
            if value is None or isinstance(value, (tuple, set, frozenset)):
                continue
            cells = hint(lambda value=value: self._cells_of(value), None)  # type: ignore[misc]
            yield from self._printed(value) if cells is None else (form for cell in cells for form in _as_cell(cell))

    def _printed(self, value: object) -> Iterator[str]:
        for write in _writers_of(type(value)):
            if self._left <= 0:
                yield UNMASKABLE
                return
            printed = hint(lambda write=write: text_of(write(value)), "")  # type: ignore[misc]
            self._left -= len(printed)
            # A class that cannot be printed prints no secret.
            if printed and _ADDRESS not in printed:
                yield printed

    def _cells_of(self, table: Any) -> list[str] | None:  # noqa: ANN401 - no such library is imported
        """Return the cells and the names of a table or an array of numpy's kind, ``None`` for any other object."""
        if not is_table(table):
            return None
        to_numpy = getattr(table, "to_numpy", None)
        array = to_numpy() if callable(to_numpy) else table
        ravel = getattr(array, "ravel", None)
        if not callable(ravel):
            return None
        found: list[str] = []
        for texts in (ravel(), getattr(table, "columns", ()), getattr(table, "index", ())):
            found.extend(map(text_of, islice(() if callable(texts) else texts, self._cells - len(found))))
        self._cells -= len(found)
        return found if self._cells else [*found, UNMASKABLE]


def _as_cell(text: str) -> Iterator[str]:
    """Yield a cell's text as it is, as pandas escapes it, and as far as pandas prints it."""
    yield text
    escaped = text.translate(_ESCAPED)
    if escaped != text:
        yield escaped
    if len(escaped) > _WIDEST:
        yield escaped[:_WIDEST]


def _writers_of(kind: type) -> list[Callable[[object], str]]:
    """Return what prints an object: the default shows a class and an address, and ``str`` shows what ``repr`` does."""
    defined = {name for base in kind.__mro__[:-1] for name in ("__str__", "__repr__") if name in vars(base)}
    return [write for name, write in (("__str__", str), ("__repr__", repr)) if name in defined]


def _may_be_secret(key: object) -> bool:
    """Whether a dict's key is masked too: names are short or have no digit, tokens are long and have some."""
    return isinstance(key, str) and len(key) >= SHORTEST_KEY and any(character.isdecimal() for character in key)
