"""What a sealed part is made of is yielded, and what the objects in it print; code of their own does no harm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from secure_xcom.classify import Policy, scan
from secure_xcom.classify.names import Names
from secure_xcom.model.value import JSON, Extension, ExtensionKind, Node
from secure_xcom.payload.decoding import decode
from secure_xcom.payload.encoding import encode
from secure_xcom.payload.leaves import MOST_CELLS, PRINTED, SPARE, UNMASKABLE, leaves_of, opened_objects
from secure_xcom.payload.parts import InDict, InList, InObject, Part, Parts, cut, restore
from secure_xcom.secret import Secret
from tests.unit.payload.branches import decode_parts, encode_parts, in_dict, in_list
from tests.unit.world import CANARY, Login, ObjectHost

TOKEN = "a-token-of-2026-x"

LEAVES: dict[str, tuple[Node, list[object]]] = {
    "a text": ("x", ["x"]),
    "a number": ([1, 2.5, -3], [1, 2.5, -3]),
    "nothing": (None, []),
    "booleans": ([True, False], []),
    "bytes": ([Extension(ExtensionKind.BYTES, b"x")], [b"x"]),
    "a time": (Extension(ExtensionKind.TIME, dt.time(1)), [dt.time(1)]),
    "a refused dict": (Extension(ExtensionKind.PAIRS, [["__id__", "x"], [2, ["y"]]]), ["__id__", "x", 2, "y"]),
    "a dict's values": ({"a": "x", "b": {"c": ["y"]}}, ["x", "y"]),
    "a dict's key that looks like a token": ({TOKEN: 1, "environment": 2}, [1, 2, TOKEN]),
    "an object's data": ({"__classname__": "app.Login", "__version__": 1, "__data__": {"user": "x"}}, ["x"]),
}


@pytest.mark.parametrize(("node", "leaves"), LEAVES.values(), ids=LEAVES.keys())
@pytest.mark.parametrize(
    "around", [lambda part: part, lambda part: in_dict({"a": in_list({3: InObject("C", 1, part)})})]
)
def test_yields(around: Any, node: Node, leaves: list[object]) -> None:
    found = list(leaves_of(around(Part(node)), lambda _: None))
    assert sorted(map(repr, found)) == sorted(map(repr, leaves))


class Table:
    """As a data frame."""

    columns = ("city", "pin-of-2026")
    index = ("row-1", "row-2")

    def __init__(self, *cells: object) -> None:
        self.cells = cells

    def to_numpy(self) -> SimpleNamespace:
        """As numpy's arrays."""
        return SimpleNamespace(ravel=lambda: self.cells)

    def __str__(self) -> str:
        return "cells ... in rows"


class LazyTable:
    """A table of another library, which would compute its cells."""

    columns = Table.columns
    asked = 0

    def to_numpy(self) -> SimpleNamespace:
        """Count."""
        LazyTable.asked += 1
        return SimpleNamespace(ravel=lambda: ["a"])

    __repr__ = Table.__str__


Table.__module__ = "pandas.core.frame"


class Printing:
    """An object that prints what its encoding does not tell."""

    def __str__(self) -> str:
        return f"printed-{CANARY}"

    def __repr__(self) -> str:
        return f"shown-{CANARY}"


class Bare:
    """An object that prints its class and its address."""


class Odd(str):
    """A text with code of its own."""

    __slots__ = ()

    def __contains__(self, other: object) -> bool:
        raise ValueError(CANARY)

    def __str__(self) -> str:
        return self


SHOWN: dict[str, tuple[object, set[object]]] = {
    "a table": (Table("a", 1.5), {"a", "1.5", "city", "pin-of-2026", "row-1", "row-2"}),
    "a table of odd texts": (Table(Odd("a")), {"a", "city", "pin-of-2026", "row-1", "row-2"}),
    "a table of wide texts": (
        Table("x" * 47, "y" * 46, "a\\b\tc"),
        {"x" * 47, "x" * 46, "y" * 46, "a\\b\tc", "a\\b\\tc", "city", "pin-of-2026", "row-1", "row-2"},
    ),
    "an object": (Printing(), {f"printed-{CANARY}", f"shown-{CANARY}"}),
    "an object that prints nothing": (Bare(), set()),
    "a tuple": (("a",), set()),
    "an object that prints an odd text": (
        type("P", (), {"__str__": lambda self: Odd("x"), "__repr__": lambda s: "y"})(),
        {"x", "y"},
    ),
}


class Failing:
    """An object all of whose attributes fail, and which cannot be printed."""

    def __getattribute__(self, name: str) -> object:
        if name.startswith("__"):
            return super().__getattribute__(name)
        raise RuntimeError(CANARY)

    def __str__(self) -> str:
        raise ValueError(CANARY)

    __repr__ = __str__


class FailingCells:
    """An object whose cells fail when they are walked."""

    def ravel(self) -> Iterator[object]:
        """As numpy's arrays."""
        yield "first"
        raise ValueError(CANARY)

    __repr__ = Printing.__repr__


FailingCells.__module__ = "numpy"
SHOWN["a table that would compute its cells"] = (LazyTable(), {"cells ... in rows"})
SHOWN["an object that fails"] = (Failing(), set())
SHOWN["an object whose cells fail"] = (FailingCells(), {f"shown-{CANARY}"})

OBJECT: dict[str, Node] = {"__classname__": "app.C", "__version__": 1, "__data__": None}


@pytest.mark.parametrize(("value", "texts"), SHOWN.values(), ids=SHOWN.keys())
def test_what_an_object_prints_is_yielded_too(value: object, texts: set[object]) -> None:
    found = set(leaves_of(Part([OBJECT]), lambda node: value if node is OBJECT else None))
    assert found == texts
    assert {type(leaf) for leaf in found} <= {str}


def test_a_table_of_an_unknown_library_is_not_computed() -> None:
    LazyTable.asked = 0
    list(leaves_of(Part(OBJECT), lambda _: LazyTable()))
    assert LazyTable.asked == 0


@dataclass
class Report:
    """An object with a table in a field."""

    table: object


def test_the_cells_of_a_table_in_a_field_of_an_object_are_yielded_at_the_push_and_at_the_pull() -> None:
    report = Report(Table(CANARY))
    inner: JSON = {"__classname__": "app.Table", "__version__": 1, "__data__": "50415231"}
    encoding = encode(report, lambda _: {"__classname__": "app.Report", "__version__": 1, "__data__": {"table": inner}})
    parts = Part(encoding.tree)
    assert CANARY in leaves_of(parts, encoding.object_of)
    assert CANARY in leaves_of(parts, opened_objects(parts, report))


def test_of_a_table_without_end_so_many_cells_are_looked_at() -> None:
    cells, kind = iter(range(10 * MOST_CELLS)), type("Table", (), {"__module__": "numpy"})
    table = kind()
    table.ravel = lambda: cells
    leaves = list(leaves_of(Part([OBJECT, dict(OBJECT)]), lambda _: table))
    assert next(cells) == MOST_CELLS
    assert leaves.count(UNMASKABLE) == 2


class Sibling:
    """An object that shows all of its siblings."""

    shown = 0

    def __init__(self, siblings: list[object]) -> None:
        self.siblings = siblings

    def __repr__(self) -> str:
        Sibling.shown += 1
        return f"Sibling({len(self.siblings) * 'x'})"


@pytest.mark.parametrize("size", [1_000, 10_000])
def test_objects_print_in_proportion_to_their_encoding(size: int) -> None:
    siblings: list[object] = []
    siblings.extend(Sibling(siblings) for _ in range(size))
    nodes: list[Node] = [dict(OBJECT) for _ in siblings]
    found = dict(zip(map(id, nodes), siblings, strict=True))
    Sibling.shown = 0
    leaves = list(leaves_of(Part(nodes), lambda node: found[id(node)]))
    assert sum(len(leaf) for leaf in leaves if isinstance(leaf, str)) <= SPARE + 10 * PRINTED * size
    # Each of the others may be in a log, and is counted.
    assert leaves.count(UNMASKABLE) == size - Sibling.shown > 0


def test_an_object_without_a_text_of_its_own_is_shown_once() -> None:
    Sibling.shown = 0
    assert list(leaves_of(Part(OBJECT), lambda _: Sibling([1]))) == ["Sibling(x)"]
    assert Sibling.shown == 1


POLICY = Policy(
    names=Names(judge=lambda name: "name" if name in ("password", "1") else None).compiled(),
    holds_registered_secret=lambda text: False,
)
FOUND: dict[str, object] = {
    "whole": Secret(Login("whole", 1)),
    "in a list": {"password": ["x", [Login("in a list", 1)]]},
    "in a tuple": [("x", Secret(Login("in a tuple", 1)))],
    "in a dict of numbers": {"a": {1: {2: Login("in a dict of numbers", 1)}}},
    "in a refused dict": {"password": {"__id__": 1, 2: Login("in a refused dict", 1)}},
    "in a mark beside another": [Secret(Login("in a mark beside another", 1)), {"password": b"x"}],
}


@pytest.mark.parametrize("user", FOUND)
def test_the_object_of_a_sealed_node_is_found_at_the_push_and_at_the_pull(user: str) -> None:
    host, objects = ObjectHost(), list[object]()
    encoding = encode(FOUND[user], host.encode)
    selection = scan(encoding.tree, "out", POLICY, encoding.names.of)
    assert selection is not None
    row, parts = cut(encoding.tree, selection, _placeholder())
    list(leaves_of(parts, lambda node: objects.append(encoding.objects.get(id(node)))))
    opened, has_extensions = decode_parts(encode_parts(parts))
    value = decode(restore(row, opened, _count(opened)), host.decode, has_extensions=has_extensions)
    object_of = opened_objects(opened, value)
    list(leaves_of(opened, lambda node: objects.append(object_of(node))))
    assert [one.user for one in objects if isinstance(one, Login)] == [user, user]


def _placeholder() -> Node:
    return {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": {}}


def _count(parts: Parts) -> int:
    match parts:
        case InDict(children) | InList(children):
            return sum(_count(inner) for _, inner in children)
        case InObject(data=data):
            return _count(data)
    return 1


class RaisingDict(dict[str, object]):
    """What a class's own deserialiser may hand out."""

    def __contains__(self, key: object) -> bool:
        raise ValueError(CANARY)

    __getitem__ = __contains__  # type: ignore[assignment]


@pytest.mark.parametrize("value", [RaisingDict(a=1), 7, None, [], {}, ()], ids=repr)
@pytest.mark.parametrize(
    "parts", [Part({"a": [OBJECT]}), in_dict({"a": Part(OBJECT)}), in_list({1: Part(OBJECT)})], ids=repr
)
def test_a_value_of_another_shape_than_its_encoding_has_no_objects(parts: Parts, value: object) -> None:
    assert opened_objects(parts, value)(OBJECT) is None
