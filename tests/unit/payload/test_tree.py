"""Taking parts out and putting them back are inverse, and a moved placeholder is found."""

from collections import OrderedDict, defaultdict
from typing import NamedTuple

import pytest
from hypothesis import given

from secure_xcom.classify import Policy, scan
from secure_xcom.errors import InvalidPlaceholder, Tampered
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.value import JSON, Finding, Part, Path
from secure_xcom.payload import tree
from secure_xcom.payload.serde import Objects
from secure_xcom.secret import Secret
from tests.unit import any_value
from tests.unit.any_value import bare, same
from tests.unit.world import CANARY, Login, ObjectHost, assert_reads_or_refuses, world

POLICY = Policy(
    rule_of_name=lambda name: "name" if "password" in name else None, holds_registered_secret=lambda text: False
)


class Point(NamedTuple):
    x: object
    y: object


def _taken_apart(value: object) -> tuple[JSON, list[Part], Objects]:
    host = ObjectHost()
    objects = Objects(host.encode, host.decode)
    findings = scan(value, "out", POLICY, objects.encode)
    parts = tree.extract(value, findings, objects.encode)
    row = tree.replace(value, _placeholders([finding.path for finding in findings]), objects.encode)
    return row, parts, objects


def _placeholders(paths: list[Path]) -> dict[Path, Placeholder]:
    return {path: Placeholder(store="memory", name="n", index=index) for index, path in enumerate(paths)}


def _put_together(value: object) -> object:
    row, parts, objects = _taken_apart(value)
    return tree.restore(row, tree.match(tree.find_placeholders(row), parts), objects.decode)


@given(value=any_value.marked)
def test_putting_back_reverses_taking_out(value: object) -> None:
    assert same(bare(_put_together(value)), bare(value))


@given(value=any_value.marked)
def test_the_row_holds_a_placeholder_for_each_part_where_it_stood(value: object) -> None:
    row, parts, _ = _taken_apart(value)
    found = tree.find_placeholders(row)
    assert sorted(found.values(), key=lambda p: p.index) == [*_placeholders([part.path for part in parts]).values()]
    assert [*found] == [part.path for part in parts]


@given(row=any_value.json_values)
def test_arbitrary_rows_are_searched_or_refused(row: JSON) -> None:
    assert_reads_or_refuses(lambda: tree.find_placeholders(row))


SHAPES = {
    "whole": Secret("s"),
    "in a dict": {"password": "s", "user": "u"},
    "in a list": ["u", Secret("s"), None],
    "in a tuple": ("u", Secret("s")),
    "in an empty neighbourhood": {"password": "s", "list": [], "tuple": (), "dict": {}, "set": set()},
    "deep": {"a": [({"password": 1},), [[Secret(2)]]]},
    "in a list under a number": {1: {"password": "s"}},
    "beside a set": [{1, 2}, Secret("s")],
    "a set": {"a": {Secret("s")}},
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
    restored = _put_together(value)
    assert bare(restored) == _without_marks(value)
    assert type(restored) in (type(value), Secret)


def _without_marks(value: object) -> object:
    match value:
        case Login():
            return Login(value.user, _without_marks(value.password), _without_marks(value.note))
        case dict():
            # The host turns the keys of the readable part to text, as Airflow does.
            return {str(key): _without_marks(item) for key, item in value.items()}
        case list() | tuple():
            return type(value)(_without_marks(item) for item in value)
    return bare(value)


@pytest.mark.parametrize(
    "value",
    [OrderedDict(password="s"), defaultdict(list, password="s"), Point(Secret("s"), 1)],
    ids=["OrderedDict", "defaultdict", "namedtuple"],
)
def test_a_subclass_of_a_container_comes_back_as_the_container(value: object) -> None:
    assert bare(_put_together(value)) == bare(value)


def test_taking_out_of_a_defaultdict_adds_nothing_to_it() -> None:
    value = defaultdict(dict, {1: {"password": "s"}})
    _taken_apart(value)
    assert list(value) == [1]


def test_nothing_that_is_replaced_is_given_to_the_serialiser() -> None:
    seen: list[object] = []

    def encode(value: object) -> JSON:
        seen.append(value)
        return ObjectHost().encode(value)

    tree.replace({"password": "s", "user": "u"}, _placeholders([("password",)]), encode)
    assert seen == ["u"]


PARTS = [Part(path=("a",), encoded=False, value=1), Part(path=(0, "b"), encoded=False, value=2)]


@pytest.mark.parametrize(
    "found",
    {
        "none": {},
        "one missing": {("a",): 0},
        "one more": {("a",): 0, (0, "b"): 1, ("c",): 2},
        "one more of an index that exists": {("a",): 0, (0, "b"): 1, ("c",): 1},
        "swapped": {("a",): 1, (0, "b"): 0},
        "copied": {("a",): 0, (0, "b"): 0},
        "elsewhere": {("a",): 0, (1, "b"): 1},
        "a position as a key": {("a",): 0, ("0", "b"): 1},
        "beyond the end": {("a",): 0, (0, "b"): 2},
        "far beyond the end": {("a",): 0, (0, "b"): 999_999_999},
    }.items(),
    ids=lambda item: item[0],
)
def test_placeholders_must_stand_where_the_parts_were_taken_from(found: tuple[str, dict[Path, int]]) -> None:
    placeholders = {path: Placeholder(store="memory", name="n", index=index) for path, index in found[1].items()}
    with pytest.raises(Tampered):
        tree.match(placeholders, PARTS)


P = Placeholder(store="memory", name="n", index=0).to_json()


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({"__classname__": "tests.Login", "p": P}, Part(path=("p",), encoded=False, value=1)),
        ({"__data__": {"p": P}}, Part(path=("__data__", "p"), encoded=True, value=1)),
        ([P], Part(path=(0,), encoded=True, value=1)),
    ],
    ids=["a value moved into an object", "a field moved out of its object", "a field moved into a list"],
)
def test_a_part_is_not_moved_into_or_out_of_an_object(row: JSON, part: Part) -> None:
    with pytest.raises(Tampered):
        tree.restore(row, tree.match(tree.find_placeholders(row), [part]), lambda encoded: encoded)


def test_a_path_that_leads_through_a_text_is_refused() -> None:
    with pytest.raises(Tampered):
        tree.restore("text", {("a",): Part(path=("a",), encoded=False, value=1)}, lambda encoded: encoded)


def test_a_row_nested_too_deeply_is_refused() -> None:
    row: JSON = None
    for _ in range(100_000):
        row = [row]
    with pytest.raises(InvalidPlaceholder, match="too deeply"):
        tree.find_placeholders(row)


def test_extract_finds_a_part_under_a_key_that_is_no_text() -> None:
    (part,) = tree.extract({7: "s"}, [Finding(path=("7",), rule="name")], lambda value: None)
    assert part.value == "s"


@pytest.mark.parametrize(
    "change", [{"__classname__": "tests.Other"}, {"__version__": 2}], ids=["another class", "another version"]
)
def test_a_secret_is_not_built_into_an_object_of(change: dict[str, JSON]) -> None:
    there = world(host=ObjectHost())
    row = there.push({"login": Login("u", CANARY)})
    row["login"] |= change
    with pytest.raises(Tampered):
        there.pull(row)
