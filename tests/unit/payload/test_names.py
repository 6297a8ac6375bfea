"""Names that the encoding loses are noted beside the nodes that they belong to."""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from secure_xcom.model.value import JSON, Node
from secure_xcom.payload.encoding import encode
from secure_xcom.payload.names import MOST, Lost, LostNames

Login = namedtuple("Login", ["user", "password"])  # noqa: PYI024 - Airflow knows no typed ones
LOST = ("user", "password")


class Table:
    """As a data frame: its names stand nowhere in its encoding."""

    def __init__(self, *columns: str, index: tuple[str, ...] = (), content: JSON = "hex") -> None:
        self.columns = columns
        self.index = SimpleNamespace(names=index)
        self.content = content


@dataclass
class Holder:
    """An object with anything in a field."""

    inner: object
    more: object = None


class Account:
    """As an attrs class."""

    __attrs_attrs__ = (SimpleNamespace(name="inner"),)

    def __init__(self, inner: object) -> None:
        self.inner = inner


class Model:
    """As a pydantic model, which dumps named tuples as lists."""

    model_fields = MappingProxyType({"inner": None, "absent": None})

    def __init__(self, inner: object) -> None:
        self.inner = inner


class Columned(list[object]):
    """A list that has names for its items."""

    _fields = LOST


def _as_airflow(value: object) -> Any:
    """Encode as Airflow does: dataclasses within a dataclass are dicts, and pydantic dumps tuples as lists."""
    match value:
        case Holder():
            return _object("tests.Holder", dataclasses.asdict(value))
        case Account():
            return _object("tests.Account", {"inner": value.inner})
        case Table():
            return _object("tests.Table", value.content)
        case Model():
            return _object("tests.Model", {"inner": value.inner}, tuples=False)
        case tuple():
            return _object("builtins.tuple", list(value))
        case set() | frozenset():
            return _object("builtins.set", list(value))
        case list():
            return [_as_airflow(item) for item in value]
        case dict():
            return {str(key): _as_airflow(item) for key, item in value.items()}
    return value


def _object(name: str, content: object, *, tuples: bool = True) -> JSON:
    data = _as_airflow(content) if tuples else _lists(content)
    return {"__classname__": name, "__version__": 1, "__data__": data}


def _lists(content: object) -> Any:
    if isinstance(content, dict):
        return {key: _lists(item) for key, item in content.items()}
    return [_lists(item) for item in content] if isinstance(content, (list, tuple)) else content


def _noted(value: object) -> dict[str, tuple[str, ...]]:
    """The names that were noted, by the path of their node."""
    encoding = encode(value, _as_airflow)
    return dict(_walk(encoding.tree, encoding.names, ""))


def _walk(node: Node, names: LostNames, path: str) -> list[tuple[str, tuple[str, ...]]]:
    lost = names.of(node)
    found = [(path, _names_in(lost))] if lost else []
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return found + [one for step, child in children for one in _walk(child, names, f"{path}/{step}")]  # type: ignore[arg-type]


def _names_in(lost: Lost) -> tuple[str, ...]:
    """All names that belong to a node; ``...`` for those that were not looked at."""
    held = [name for one in lost.held for name in (*one.names, *([] if one.complete else ["..."]))]
    return (
        *lost.fields,
        *dict.fromkeys(held),
        *(f"{key}={name}" for key, names in lost.aliases.items() for name in names),
    )


NOTED: dict[str, tuple[object, dict[str, tuple[str, ...]]]] = {
    "a named tuple": (Login("a", "x"), {"/__data__": LOST}),
    "a plain tuple": (("a", "x"), {}),
    "a named tuple in a list in a dict": ({"l": [Login("a", "x")]}, {"/l/0/__data__": LOST}),
    "a list that has names": (Columned(["a", "x"]), {"": LOST}),
    "a table": (Table(*LOST), {"": LOST}),
    "a table with an index": (Table("n", index=("token",)), {"": ("n", "token")}),
    "a table that is encoded as rows": (Table(*LOST, content=[["a", "x"]]), {"": LOST}),
    "a table that is encoded as a dict": (Table(*LOST, content={"rows": []}), {"": LOST}),
    "a table without names": (Table(), {}),
    "a named tuple in an object": (Holder([Login("a", "x")]), {"/__data__/inner/0/__data__": LOST}),
    "a table in an object in an object": (Holder(Account(Table("pin"))), {"/__data__/inner/__data__/inner": ("pin",)}),
    "a named tuple in a dataclass in a dataclass": (
        Holder(Holder(Login("a", "x"))),
        {"/__data__/inner/inner/__data__": LOST},
    ),
    "a named tuple in a dict in an object": (Holder({1: Login("a", "x")}), {"/__data__/inner/1/__data__": LOST}),
    "a named tuple in a named tuple in an object": (
        Holder(Login("a", Login("b", "x"))),
        {"/__data__/inner/__data__": LOST, "/__data__/inner/__data__/1/__data__": LOST},
    ),
    "a named tuple that pydantic dumps": (Model(Login("a", "x")), {"/__data__/inner": LOST}),
    "a list that has names in an object": (Account(Columned(["a", "x"])), {"/__data__/inner": LOST}),
    "a named tuple in a set": ({Login("a", "x")}, {"/__data__/0/__data__": LOST}),
    "a named tuple in a set in an object": (Holder({Login("a", "x")}), {"/__data__/inner/__data__/0/__data__": LOST}),
}


@pytest.mark.parametrize(("value", "noted"), NOTED.values(), ids=NOTED.keys())
def test_notes(value: object, noted: dict[str, tuple[str, ...]]) -> None:
    assert _noted(value) == noted


Other = namedtuple("Other", ["host", "token"])  # noqa: PYI024


@pytest.mark.parametrize(
    "members",
    [{Login("a", "x"), Other("b", "y")}, {Login("a", "x"), "y"}, {Login("a", Login("b", "y"))}],
    ids=["of two kinds", "with a text", "nested"],
)
def test_a_set_whose_order_matters_notes_the_names_on_the_object(members: set[object]) -> None:
    names = _noted(Holder(members))["/__data__/inner"]
    assert set(names) == {name for member in members if isinstance(member, tuple) for name in member._fields}  # type: ignore[attr-defined]


class Failing:
    """A class all of whose attributes fail."""

    content = "hex"

    def __getattribute__(self, name: str) -> object:
        if name.startswith("__"):
            return super().__getattribute__(name)
        raise RuntimeError(name)


class FailingFields:
    """A class whose fields are none."""

    model_fields = 7


@pytest.mark.parametrize("value", [Failing(), FailingFields()], ids=["attributes", "fields"])
def test_a_class_that_fails_is_judged_by_its_encoding(value: object) -> None:
    assert encode([value], lambda _: {"__classname__": "x", "__version__": 1, "__data__": {"a": 1}}).names.of(0) is None


@pytest.mark.parametrize("depth", [10, 100])
def test_each_object_is_asked_once_however_deep_it_lies(depth: int) -> None:
    asked: list[str] = []

    class Asked(Account):
        @property
        def columns(self) -> tuple[str, ...]:
            asked.append("columns")
            return ()

    value = Asked(1)
    for _ in range(depth - 1):
        value = Asked(value)
    encode(value, _as_airflow)
    assert len(asked) == depth


class Ordered(Account):
    """As a model whose field refers to all of its siblings, and is encoded as something else."""

    __attrs_attrs__ = (SimpleNamespace(name="batch"),)

    def __init__(self, batch: Batch) -> None:
        self.batch = batch


class Batch(list[object]):
    """A list that counts how often it is walked."""

    walked = 0

    def __iter__(self) -> Iterator[object]:
        self.walked += 1
        return super().__iter__()


def _numbered(value: object) -> Any:
    return _object("tests.Ordered", {"others": [1, 2, 3]}) if isinstance(value, Ordered) else _as_airflow(value)


@pytest.mark.parametrize("size", [10, 100])
def test_a_list_that_all_objects_share_is_walked_once_and_its_names_count_for_each(size: int) -> None:
    batch = Batch()
    batch.extend([*(Ordered(batch) for _ in range(size)), Login("a", "x")])
    encoding = encode(list(batch), _numbered)
    batch.walked -= 1
    found = [encoding.names.of(node) for node in encoding.tree[:-1]]  # type: ignore[index]
    assert [_names_in(lost) for lost in found if lost] == [LOST] * size
    assert batch.walked == 1


class Row:
    """An object with a schema."""

    def __init__(self, columns: object) -> None:
        self.columns = columns


def _rowed(value: object) -> JSON:
    return _object("tests.Row", {"v": 1})


class Name(str):
    """A name that counts how often it is read."""

    __slots__ = ()
    read = 0

    def __str__(self) -> str:
        Name.read += 1
        return str.__str__(self)


@pytest.mark.parametrize("again", [lambda names: names, list], ids=["one list", "a list each"])
def test_a_schema_that_rows_share_is_read_once(again: Callable[[list[str]], list[str]]) -> None:
    Name.read, names = 0, [Name(f"c{number}") for number in range(500)]
    encoding = encode([Row(again(names)) for _ in range(1000)], _rowed)
    assert Name.read == 500
    held = {id(one) for node in encoding.tree for one in encoding.names.of(node).held}  # type: ignore[union-attr]
    assert len(held) == 1


def test_of_columns_without_end_so_many_are_looked_at() -> None:
    columns = (Name(f"c{number}") for number in count())
    Name.read = 0
    encoding = encode([Row(columns), Row(iter(["password"]))], _rowed)
    assert [one.complete for node in encoding.tree for one in encoding.names.of(node).held] == [False, False]  # type: ignore[union-attr]
    assert MOST <= Name.read < MOST + 100


def test_a_wide_table_has_as_many_names_as_its_encoding_has_room_for() -> None:
    names = [f"c{number}" for number in range(3 * MOST)]
    encoding = encode(Table(*names, content="ab" * 20 * len(names)), _as_airflow)
    (held,) = encoding.names.of(encoding.tree).held  # type: ignore[union-attr]
    assert (held.complete, list(held.names)) == (True, names)
