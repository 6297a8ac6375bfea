"""``LostNames``: what Airflow's encoding of a value loses, and decides what is sensitive all the same.

Such are the columns and the cells of a table, the fields of a named tuple, and the aliases of a pydantic field. They
are noted beside the encoded node that they belong to. What cannot be matched with a node is noted on the object that
it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.model.value import CLASSNAME, DATA, Extension, ExtensionKind, Node
from secure_xcom.payload.foreign import hint, text_of
from secure_xcom.payload.lost import Held, Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MOST: Final = 10_000
"""Names and members that are looked at besides those of the encoding: a property of a user's class may have no end."""

_TUPLE: Final = "builtins.tuple"
"""The class under which Airflow encodes tuples, named ones too."""

_BYTES_OF_A_NAME: Final = 16
"""An encoding of so many characters may be a table's with one more name."""


class LostNames:
    """What is lost, by the node it belongs to. A node is known by its identity, and is kept alive by the tree."""

    def __init__(self) -> None:
        self._lost: dict[int, Lost] = {}
        self._tables: dict[int, object] = {}
        self._left = MOST
        # Kept beside their ids, which are only unique while the objects live.
        self._seen: dict[int, tuple[object, Held]] = {}
        self._columns: dict[type, tuple[list[object], Held]] = {}
        self._aliases: dict[type, Mapping[str, tuple[str, ...]]] = {}

    def __bool__(self) -> bool:
        """Whether anything is lost."""
        return bool(self._lost)

    def of(self, node: object) -> Lost | None:
        """Return what the encoding of a node loses, if anything."""
        return self._lost.get(id(node))

    def table_of(self, node: object) -> object | None:
        """Return the table that was encoded as a node, in a field of another object too; ``None`` for other nodes."""
        return self._tables.get(id(node))

    def note_fields(self, value: object, items: list[Node]) -> None:
        """Note the fields of a named tuple, or of another list that has names for its items."""
        fields = hint(lambda: _some_names(getattr(value, "_fields", ()), len(items)), tuple[str, ...]())
        if fields:
            self._of(items).fields = fields

    def note_binary(self, value: object, node: Extension) -> None:
        """Note the names and the cells of a table or an array, which travels as a buffer."""
        from secure_xcom.payload.tables import names_of

        is_pandas = node.kind in (ExtensionKind.FRAME, ExtensionKind.SERIES)
        held = self._table(value) if is_pandas else Held(tables=[value])
        self._read(held, lambda: names_of(value))
        self._hold(node, held)

    def note(self, value: object, node: Node) -> None:
        """Note what the encoding of an object loses, and of what stands in it.

        Linear in the encoding and in the members that are matched with no part of it; each of these is visited once.
        """
        waiting = [(value, node, node)]
        while waiting:
            waiting.extend(self._noted(*waiting.pop()))

    def _noted(self, value: object, node: Node, owner: Node) -> Iterable[tuple[object, Node, Node]]:
        """Note what one node loses; return its members with their nodes and the object that they stand in."""
        from secure_xcom.payload.members import SETS, split

        self._left += 1
        if isinstance(node, dict) and node.keys() >= {CLASSNAME, DATA}:
            owner, node = node, node[DATA]
            self._left += len(node) // _BYTES_OF_A_NAME if isinstance(node, str) else 0
            held = self._table(value)
            self._hold(owner, held)
            if held.tables:
                self._tables[id(owner)] = value
        if isinstance(node, dict) and (aliases := self._aliases_of(type(value))):
            self._of(node).aliases = aliases
        if isinstance(node, list):
            if isinstance(value, (list, tuple)):
                self.note_fields(value, node)
            elif isinstance(value, SETS) and self._note_set(value, node):
                return []
            elif isinstance(value, Iterator):
                # Airflow has used it up.
                self._hold(owner, Held(complete=not _has_inner_list(node)))
                return []
            else:
                self._hold(owner, Held(names=_fields_of(type(value))))
        pairs, lost, left = split(value, node, _may_lose)
        if lost:
            self._left += sum(map(_size, left))
            self._hold(owner, self._walk(lost))
        return [(member, child, owner) for member, child in pairs]

    def _of(self, node: Node) -> Lost:
        return self._lost.setdefault(id(node), Lost())

    def _hold(self, owner: Node, held: Held) -> None:
        if held.names or held.tables or not held.complete:
            self._of(owner).held.append(held)

    def _table(self, value: object) -> Held:
        """Return the names of a table's columns and index, if an object has such things, and the table itself."""
        from secure_xcom.payload.tables import is_table, labels

        columns = hint(lambda: _listed(getattr(value, "columns", ())), ())
        index = hint(lambda: _listed(getattr(value, "index", ())), ())
        is_plain = type(columns) in (list, tuple) and type(index) is tuple
        if is_plain and not columns:
            return Held()
        # Rows of one class often share a schema: it is read once.
        known = self._columns.get(type(value))
        if is_plain and known is not None and hint(lambda: known[0] == list(columns), default=False):
            return known[1]
        held = Held()
        self._read(held, lambda: labels(columns))
        for axis in (columns, index):
            self._read(held, lambda axis=axis: labels(getattr(axis, "names", ())))  # type: ignore[misc]
        if is_table(value):
            held.tables.append(value)
        elif is_plain:
            self._columns[type(value)] = (list(columns), held)
        return held

    def _read(self, held: Held, names: Callable[[], Iterable[str]]) -> None:
        """Add names, as many as may be looked at; what a class's own code fails to give is judged by its encoding."""

        def read() -> None:
            for name in names():
                if not self._spend(held):
                    return
                held.names[name] = None

        hint(read, None)

    def _spend(self, held: Held, count: int = 1) -> bool:
        self._left -= count
        held.complete = held.complete and self._left >= 0
        return held.complete

    def _aliases_of(self, kind: type) -> Mapping[str, tuple[str, ...]]:
        if kind not in self._aliases:
            self._aliases[kind] = hint(lambda: dict(_aliases_of(kind)), {})
        return self._aliases[kind]

    def _note_set(self, value: Iterable[object], node: list[Node]) -> bool:
        """Note the fields of a set's named tuples, and return whether that is all: if they are of one kind, and flat.

        The encoding need not keep the set's order.
        """
        from secure_xcom.payload.members import is_leaf

        members = hint(lambda: list(value), list[object]())
        first = members[0] if members else None
        lists = [child[DATA] if isinstance(child, dict) and child.get(CLASSNAME) == _TUPLE else child for child in node]
        if not isinstance(first, tuple) or any(type(member) is not type(first) for member in members):
            return False
        if any(not isinstance(items, list) or len(items) != len(first) for items in lists):
            return False
        for items in lists:
            self.note_fields(first, items)  # type: ignore[arg-type]  # lists, as was just asked
        return all(is_leaf(item) for member in members for item in member)  # type: ignore[attr-defined]  # tuples

    def _walk(self, lost: list[object]) -> Held:
        """Return what is held by members whose nodes are not known.

        A member that an earlier walk has seen counts with all that was found there: so each is visited once.
        """
        held, merged, waiting = Held(), set[int](), lost
        while waiting and held.complete:
            value = waiting.pop()
            _, known = self._seen.get(id(value), (None, None))
            if known is None:
                self._seen[id(value)] = (value, held)
                waiting.extend(self._looked_at(value, held))
            elif known is not held and id(known) not in merged:
                merged.add(id(known))
                self._merge(held, known)
        return held

    def _looked_at(self, value: object, held: Held) -> list[object]:
        """Add what a member loses; return its own members."""
        from secure_xcom.payload.members import is_leaf, members_of

        if isinstance(value, Iterator):
            held.complete = False
            return []
        if isinstance(value, (list, tuple)):
            self._read(held, lambda: _some_names(getattr(value, "_fields", ()), len(value)))
        for aliases in self._aliases_of(type(value)).values():
            self._read(held, lambda aliases=aliases: aliases)  # type: ignore[misc]
        self._merge(held, self._table(value))
        members: list[object] = []

        def read() -> None:
            for member in members_of(value):
                if not self._spend(held):
                    return
                if not is_leaf(member.value):
                    members.append(member.value)

        hint(read, None)
        return members

    def _merge(self, held: Held, other: Held) -> None:
        if self._spend(held, len(other.names) + len(other.tables)):
            held.names.update(other.names)
            held.tables.extend(other.tables)
            held.complete = other.complete


def _listed(names: Any) -> Any:  # noqa: ANN401 - what a user's class has under the name of a table's
    return () if isinstance(names, (str, bytes)) or callable(names) else names


def _some_names(names: object, most: int) -> tuple[str, ...]:
    """Return names for so many items: a class of the user's may have names without end."""
    return tuple(text_of(name) for name in islice(iter(_listed(names)), most))


def _fields_of(kind: type) -> dict[str, None]:
    """Return the names of a class's fields, which are lost where it is encoded as a list."""
    from secure_xcom.payload.members import fields_of

    fields = hint(lambda: fields_of(kind), None) or {}
    return dict.fromkeys(name for names in fields.values() for name in names)


def _aliases_of(kind: type) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the names under which a pydantic field may be encoded, with the other ones that it has."""
    from secure_xcom.payload.members import aliases_of, computed_fields_of, pydantic_fields_of

    for fields in (pydantic_fields_of(kind) or {}, computed_fields_of(kind)):
        for name, one in fields.items():
            names = {name, *aliases_of(one)}
            if len(names) > 1:
                yield from ((key, tuple(sorted(names - {key}))) for key in names)


def _may_lose(node: Node) -> bool:
    """Whether an encoding may lose names: they are of a list's or a table's."""
    return isinstance(node, (list, dict)) and bool(node)


def _has_inner_list(items: list[Node]) -> bool:
    return any(isinstance(child, list) for node in items for child in _within(node))


def _size(node: Node) -> int:
    return sum(1 for _ in _within(node))


def _within(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
