"""Taking parts out and putting them back are inverse, and a placeholder in another place is found."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from secure_xcom.classify import Policy, scan
from secure_xcom.classify.names import Names
from secure_xcom.errors import InvalidPlaceholder, PayloadError, Tampered
from secure_xcom.model.placeholder import STAND_IN, Placeholder
from secure_xcom.model.value import JSON, Extension, ExtensionKind, Mark, Node, Selection, findings_of, node_of
from secure_xcom.payload.encoding import encode
from secure_xcom.payload.nodes import require_storable
from secure_xcom.payload.parts import (
    Found,
    InList,
    InObject,
    Part,
    Parts,
    cut,
    find_placeholder,
    restore,
)
from secure_xcom.secret import Secret
from tests.unit import any_value
from tests.unit.any_value import same
from tests.unit.payload.branches import decode_parts, encode_parts, in_dict, in_list
from tests.unit.world import Login, ObjectHost, assert_reads_or_refuses

POLICY = Policy(
    names=Names(judge=lambda name: "name" if "password" in name else None).compiled(),
    holds_registered_secret=lambda text: False,
)
P: Node = node_of(Placeholder(rule="name", store="memory", ref="n").to_json())
S = STAND_IN


def _object(data: Node, name: str = "app.Login", version: Node = 1) -> dict[str, Node]:
    return {"__classname__": name, "__version__": version, "__data__": data}


# Taking out.

CUT: dict[str, tuple[Node, Selection, Node, Parts]] = {
    "whole": (["x"], "rule", P, Part(["x"])),
    "in a dict": ({"a": 1, "b": 2}, {"b": "rule"}, {"a": 1, "b": P}, in_dict({"b": Part(2)})),
    "in a list": ([1, 2, 3], {2: "rule", 0: "rule"}, [S, 2, P], in_list({2: Part(3), 0: Part(1)})),
    "in an object": (
        _object({"a": 1, "b": 2}),
        {"__data__": {"b": "rule"}},
        _object({"a": 1, "b": P}),
        InObject("app.Login", 1, in_dict({"b": Part(2)})),
    ),
    "all of an object's data": (
        _object(5),
        {"__data__": "rule"},
        _object(P),
        InObject("app.Login", 1, Part(5)),
    ),
    "with its marks": (
        [Mark({"a": Mark(1), "b": Extension(ExtensionKind.PAIRS, [[Mark("k"), 2]])})],
        {0: "rule"},
        [P],
        in_list({0: Part({"a": 1, "b": Extension(ExtensionKind.PAIRS, [["k", 2]])})}),
    ),
}


@pytest.mark.parametrize(("node", "selection", "row", "parts"), CUT.values(), ids=CUT.keys())
def test_takes_out_what_is_selected_and_leaves_the_rest(
    node: Node, selection: Selection, row: Node, parts: Parts
) -> None:
    before = copy.deepcopy(node)
    assert cut(node, selection, P) == (row, parts)
    assert node == before


def test_a_part_without_marks_is_the_node_itself_so_that_its_object_can_be_found() -> None:
    node = _object(["x", {"a": 1}])
    _, parts = cut([node], {0: "rule"}, P)
    assert isinstance(parts, InList)
    assert parts.children[0][1].content is node  # type: ignore[union-attr]


def _followed_by_the_collector(root: object) -> int:
    """How many of the objects that `root` holds a collection looks at; those of other threads are left out."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        held = waiting.pop()
        if id(held) not in seen and gc.is_tracked(held) and not isinstance(held, type):
            seen.add(id(held))
            waiting.extend(gc.get_referents(held))
    return len(seen)


def test_thousands_of_parts_are_nothing_that_the_garbage_collector_follows() -> None:
    rows: list[Node] = [{"id": number, "password": f"x{number}"} for number in range(1000)]
    row, parts = cut(rows, {number: {"password": "rule"} for number in range(1000)}, P)
    # A collection lets go of tuples that hold nothing to follow.
    gc.collect()
    gc.collect()
    assert _followed_by_the_collector((row, parts)) < 100
    assert decode_parts(encode_parts(parts))[0] == parts
    assert row[1] == {"id": 1, "password": S}  # type: ignore[call-overload, index]


@given(value=any_value.marked)
def test_putting_back_reverses_taking_out_and_finds_each_placeholder(value: object) -> None:
    encoding = encode(value, ObjectHost().encode)
    selection = scan(encoding.tree, "out", POLICY, encoding.names.of)
    if selection is None:
        return
    row, parts = cut(encoding.tree, selection, P)
    found = find_placeholder(require_storable(row))
    assert found == Found(Placeholder.parse(P), len(list(findings_of(selection))))
    (_, whole) = cut(encoding.tree, "all of it", P)
    assert same(_shown(restore(row, parts, found.places)), _shown(whole.content))  # type: ignore[union-attr]


def _shown(node: object) -> object:
    match node:
        case Extension(kind, content):
            return (kind, _shown(content))
        case dict():
            return {key: _shown(child) for key, child in node.items()}
        case list():
            return [_shown(child) for child in node]
    return node


SHAPES = {
    "whole": Secret("s"),
    "in a dict": {"password": "s", "user": "u"},
    "in a list": ["u", Secret("s"), None],
    "in a tuple": ("u", Secret("s")),
    "in an empty neighbourhood": {"password": "s", "list": [], "tuple": (), "dict": {}, "set": set()},
    "deep": {"a": [({"password": 1},), [[Secret(2)]]]},
    "in a list under a number": {1: {"password": "s"}},
    "beside a set": [{1, 2}, Secret("s")],
    "in a set": {"a": {Secret("s"), "u"}},
    "in an object": Login("u", "s"),
    "marked in an object": Login("u", "p", Secret("s")),
    "marked under a name in an object": Login("u", Secret("s")),
    "marked deep under a name in an object": Login("u", [{"a": Secret("s")}]),
    "in an object in a list": [Login("u", "s"), Login("v", "t")],
    "in an object in an object": Login("u", None, Login("v", "t")),
    "a tuple in an object": Login("u", None, ("x", Secret("s"))),
    "a tuple as a field": Login("u", ("s", "t")),
    "a dict in an object": Login("u", None, {"password": "s"}),
}


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES.keys())
def test_each_shape_comes_back(value: object) -> None:
    encoding = encode(value, ObjectHost().encode)
    selection = scan(encoding.tree, "out", POLICY, encoding.names.of)
    assert selection is not None
    row, parts = cut(encoding.tree, selection, P)
    restored = restore(row, parts, find_placeholder(require_storable(row)).places)
    assert ObjectHost().decode(restored) == any_value.bare(value) or value == {1: {"password": "s"}}  # type: ignore[arg-type]


# What is left.


def _nested(depth: int, inner: Node) -> Node:
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    ("node", "told"),
    [
        (Extension(ExtensionKind.BYTES, b"x"), "a value of type bytes"),
        ([{"a": Extension(ExtensionKind.PAIRS, [])}], "a dict with a key that it reserves"),
        (_object([Mark("x")]), "a Secret"),
        ([float("nan")], "NaN or an infinite number"),
        ({"a": float("-inf")}, "NaN or an infinite number"),
        (2**64, "an integer of more than 64 bits"),
        (-(2**63) - 1, "an integer of more than 64 bits"),
        (["\ud800"], r"a text with a lone surrogate \(UTF-8 has none\)"),
        ([10**5000], "an integer of more than 64 bits"),
        ({"\udfff": 1}, r"a text with a lone surrogate \(UTF-8 has none\)"),
        (_nested(255, None), "a value that is nested more than 254 levels deep"),
        (_nested(100_000, 1), "a value that is nested more than 254 levels deep"),
        (_nested(253, P), "a value that is nested more than 254 levels deep"),
    ],
)
def test_what_airflow_cannot_store_is_refused_with_what_to_do(node: Node, told: str) -> None:
    with pytest.raises(PayloadError, match=rf"(?s)cannot store {told} .*wrap it in secure_xcom\.Secret"):
        require_storable(node)


@pytest.mark.parametrize(
    "node",
    [
        [2**64 - 1],
        [-(2**63)],
        [True],
        [1.7e308, -0.0, None],
        {"\U0001f426\0": "\uffff"},
        _nested(254, 1),
        _nested(252, P),
    ],
    ids=["large", "small", "boolean", "numbers", "text", "deep", "deep placeholder"],
)
def test_what_airflow_stores_is_let_through(node: Node) -> None:
    assert require_storable(node) is node


# Putting back.


def _copied(node: Any) -> Any:
    return copy.deepcopy(node)


PARTS = in_dict({"a": Part(1), "l": in_list({0: Part(2), 1: InObject("app.Login", 1, in_dict({"p": Part(3)}))})})
ROW: dict[str, Any] = {"a": P, "l": [S, _object({"p": S, "u": "u"}), "x"], "u": "u"}

MOVED: dict[str, Callable[[dict[str, Any]], object]] = {
    "removed": lambda row: row.pop("a"),
    "replaced by a plain value": lambda row: row.update(a="plain"),
    "replaced by a stand-in": lambda row: row.update(a=S),
    "a stand-in replaced by it": lambda row: row["l"].__setitem__(0, P),
    "exchanged with a stand-in": lambda row: (row.update(a=S), row["l"].__setitem__(0, P)),
    "a stand-in copied over a plain value": lambda row: row.update(u=S),
    "a stand-in copied to a new key": lambda row: row.update(b=S),
    "a stand-in removed": lambda row: row["l"][1]["__data__"].pop("p"),
    "a stand-in replaced by a plain value": lambda row: row["l"].__setitem__(0, "***"),
    "replaced by None": lambda row: row.update(a=None),
    "replaced by a list of it": lambda row: row.update(a=[P]),
    "copied to a new key": lambda row: row.update(b=P),
    "copied over a plain value": lambda row: row.update(u=P),
    "moved to another key": lambda row: row.update(b=row.pop("a")),
    "removed from a list": lambda row: row["l"].pop(0),
    "moved along its list": lambda row: row["l"].reverse(),
    "copied to the end of a list": lambda row: row["l"].append(S),
    "its list cut": lambda row: row.update(l=row["l"][:1]),
    "its list made a dict": lambda row: row.update(l={"0": S, "1": row["l"][1]}),
    "its list made a text": lambda row: row.update(l="text"),
    "its list gone": lambda row: row.pop("l"),
    "its dict made an object": lambda row: row.update({"__classname__": "app.Login", "__version__": 1}),
    "its dict given a class": lambda row: row.update({"__classname__": "app.Login"}),
    "its dict made an old encoding": lambda row: row.update({"__type": "dict", "__var": {}}),
    "its object of another class": lambda row: row["l"][1].update({"__classname__": "app.Other"}),
    "its object of another version": lambda row: row["l"][1].update({"__version__": 2}),
    "its object of a version of true": lambda row: row["l"][1].update({"__version__": True}),
    "its object of a version of 1.0": lambda row: row["l"][1].update({"__version__": 1.0}),
    "its object without a version": lambda row: row["l"][1].pop("__version__"),
    "its object without a class": lambda row: row["l"][1].pop("__classname__"),
    "its object with another key": lambda row: row["l"][1].update({"more": 1}),
    "its object made an old encoding": lambda row: row["l"][1].update({"__type": "dict", "__var": {}}),
    "its object made a dict": lambda row: row["l"].__setitem__(1, row["l"][1]["__data__"]),
    "beside its object's data": lambda row: row["l"][1].update({"p": S}),
    "its object wrapped in another": lambda row: row["l"].__setitem__(1, _object(row["l"][1])),
}


@pytest.mark.parametrize("change", MOVED.values(), ids=MOVED.keys())
def test_a_placeholder_stands_where_its_part_was_taken_from(change: Callable[[dict[str, Any]], object]) -> None:
    assert restore(ROW, PARTS, 3) == {"a": 1, "l": [2, _object({"p": 3, "u": "u"}), "x"], "u": "u"}
    row = _copied(ROW)
    change(row)
    with pytest.raises((Tampered, InvalidPlaceholder)):
        restore(row, PARTS, find_placeholder(row).places)


ELSEWHERE: dict[str, tuple[Parts, Node]] = {
    "a part where nothing stands": (Part(1), "plain"),
    "a part of a dict in a list": (in_dict({"0": Part(1)}), [P]),
    "a part of a list in a dict": (in_list({0: Part(1)}), {"0": P}),
    "a part of an object in a dict": (InObject("app.Login", 1, Part(1)), {"__data__": P}),
    "a part of a dict in an object": (in_dict({"__data__": Part(1)}), _object(P)),
    "a part far beyond the end": (in_list({999_999_999: Part(1)}), [P]),
    "a part through a text": (in_dict({"a": Part(1)}), "text"),
    "a whole value that is no placeholder": (Part(1), {"a": P}),
}


@pytest.mark.parametrize(("parts", "row"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_part_of_another_place_is_refused(parts: Parts, row: Node) -> None:
    with pytest.raises(Tampered):
        restore(row, parts, 1)


def test_putting_back_changes_no_row() -> None:
    row = _copied(ROW)
    restore(row, PARTS, 3)
    assert row == ROW


# Searching a row.


@given(row=any_value.json_values)
def test_arbitrary_rows_are_searched_or_refused(row: JSON) -> None:
    assert_reads_or_refuses(lambda: find_placeholder(node_of(row)))


@pytest.mark.parametrize("row", [P, [P], {"a": {"b": [P]}}, _object({"p": P}), {"__type": P, "__var": [1]}], ids=repr)
def test_a_placeholder_is_found_wherever_it_stands(row: Node) -> None:
    assert find_placeholder(row) == Found(Placeholder(rule="name", store="memory", ref="n"), 1)


@pytest.mark.parametrize("around", [lambda node: node, lambda node: [1, {"a": node}]], ids=["whole", "deep"])
def test_a_damaged_placeholder_is_refused_wherever_it_stands(around: Callable[[Node], Node]) -> None:
    with pytest.raises(InvalidPlaceholder):
        find_placeholder(around({"__classname__": "secure_xcom.Sealed", "inner": P}))


def test_a_row_of_any_depth_is_searched() -> None:
    row: Node = P
    for _ in range(100_000):
        row = [row]
    assert find_placeholder(row).places == 1


EDITED: dict[str, Node] = {
    "a placeholder that the UI made a text": "secure_xcom.Sealed@version=1(rule='name', store='file', ref='n')",
    "one in a dict": {"user": "ann", "password": "secure_xcom.Sealed@version=1(rule='name', store='file', ref='n')"},
    "one in a text of more": ["('ann', secure_xcom.Sealed@version=1(rule='name', store='file', ref='n'))"],
    "one beside a placeholder": [P, "secure_xcom.Sealed@version=1(rule='name', store='file', ref='n')"],
    "a stand-in alone": S,
    "stand-ins without a placeholder": {"a": [S, S], "b": 1},
    "two placeholders": [P, P],
}


@pytest.mark.parametrize("row", EDITED.values(), ids=EDITED.keys())
def test_what_becomes_of_an_edited_row_is_refused_as_data(row: Node) -> None:
    with pytest.raises(InvalidPlaceholder):
        find_placeholder(row)


@pytest.mark.parametrize("text", [S, "secure_xcom.Sealed@version=1(x)", "was: secure_xcom.Sealed@version=2()"])
@pytest.mark.parametrize(
    "around", [lambda it: it, lambda it: [it], lambda it: {"a": it}, lambda it: (it,), lambda it: Login(it, None)]
)
def test_a_users_own_text_that_looks_like_one_is_sealed_and_comes_back(
    text: str, around: Callable[[str], object]
) -> None:
    encoding = encode(around(text), ObjectHost().encode)
    selection = scan(encoding.tree, "out", POLICY.for_marks_only(), encoding.names.of)
    assert selection is not None
    row, parts = cut(encoding.tree, selection, P)
    found = find_placeholder(require_storable(row))
    assert ObjectHost().decode(restore(row, parts, found.places)) == around(text)  # type: ignore[arg-type]
