"""Whoever writes to the database or to the store: what was moved, copied, altered or forged does not open."""

import copy
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from secure_xcom.errors import (
    InvalidPlaceholder,
    ObjectNotFound,
    Refused,
    SecureXComError,
    Superseded,
    Tampered,
    WrongCoordinates,
    WrongKey,
)
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_name import new_object_id, object_name, reference_of
from secure_xcom.model.value import JSON
from secure_xcom.secret import Secret
from tests.unit.model.test_model import FORGED as NO_PLACEHOLDERS
from tests.unit.model.test_object_name import NO_REFERENCES
from tests.unit.world import CANARY, PLACE, Login, ObjectHost, World, assert_tells_nothing, query, world

Row = Any

OPEN = {"run_id", "map_index"}
"""What a request may leave open, and a placeholder refers to: never the Dag, the task and the key."""

OTHERS = {"dag_id": "other", "run_id": "other", "task_id": "other", "map_index": 7, "key": "other"}
SHAPES: dict[str, object] = {"whole": Secret(CANARY), "leaf": {"user": "u", "password": CANARY}}


def _reads(there: World) -> list[str]:
    """The requests that a reader made: to the store, and to the key provider."""
    return [call for call, _ in there.store.calls if call in ("head", "get")] + [
        call for call in there.keys.calls if call == "unwrap"
    ]


# Rows.


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("part", OTHERS)
def test_a_row_moved_to_another_xcom_is_refused_before_any_object_is_read(part: str, value: object) -> None:
    there = world()
    row = there.push(value)
    # Another run or mapped instance shows in the reference; at another Dag, task or key there is no such object.
    with pytest.raises(WrongCoordinates if part in OPEN else ObjectNotFound) as caught:
        there.pull(row, replace(PLACE, **{part: OTHERS[part]}))
    assert_tells_nothing(caught.value)
    assert _reads(there) == ([] if part in OPEN else ["head"])


@pytest.mark.parametrize("part", OTHERS)
def test_a_row_moved_to_another_xcom_is_not_purged_there(part: str) -> None:
    there = world()
    row = there.push(Secret("x"))
    # At another Dag, task or key the reference gives the name of no object, which is deleted without a complaint.
    with pytest.raises(WrongCoordinates) if part in OPEN else nullcontext():
        there.exchange.purge(row, query(replace(PLACE, **{part: OTHERS[part]})))
    assert len(there.store.objects) == 1


@pytest.mark.parametrize("part", sorted(OPEN))
def test_a_row_of_any_value_of_an_open_part_opens_and_no_other(part: str) -> None:
    there = world()
    elsewhere = replace(PLACE, **{part: OTHERS[part]})
    row = there.push(Secret(CANARY), elsewhere)
    assert there.exchange.pull(row, query(PLACE, **{part: None})) == CANARY
    for other in OPEN - {part}:
        with pytest.raises(WrongCoordinates):
            there.exchange.pull(row, query(PLACE, **{other: None}))


# Placeholders within a row.

VALUE = {
    "login": {"password": "first", "user": "u"},
    "list": [Secret("second"), "plain"],
    "pair": (Secret("third"), 1),
    "object": Login("u", "fourth"),
}


def _move(row: Row, source: list[Any], target: list[Any]) -> None:
    _put(row, target, _take(row, source))


def _take(row: Row, path: list[Any]) -> Row:
    for step in path:
        row = row[step]
    return copy.deepcopy(row)


def _put(row: Row, path: list[Any], node: Row) -> None:
    for step in path[:-1]:
        row = row[step]
    row[path[-1]] = node


def _rename(row: Row, parent: list[Any], old: str, new: str) -> None:
    for step in parent:
        row = row[step]
    row[new] = row.pop(old)


def _become(row: Row, path: list[Any]) -> None:
    node = _take(row, path)
    row.clear()
    row.update(node)


def _become_within(row: Row, around: Callable[[Row], Row]) -> None:
    whole = _take(row, [])
    row.clear()
    row["login"] = around(whole)


FIRST, SECOND, THIRD = ["login", "password"], ["list", 0], ["pair", "__data__", 0]
FOURTH = ["object", "__data__", "password"]

WITHIN: dict[str, Callable[[Row], object]] = {
    "copied over a plain leaf": lambda row: _move(row, FIRST, ["login", "user"]),
    "exchanged with a plain leaf": lambda row: row["login"].update(user=row["login"]["password"], password="u"),
    "exchanged with a plain item": lambda row: _put(row, ["list"], ["plain", row["list"][0]]),
    "copied to a new key": lambda row: _move(row, FIRST, ["login", "more"]),
    "copied to the end of a list": lambda row: row["list"].append(_take(row, SECOND)),
    "copied into an object": lambda row: _move(row, FIRST, ["object", "__data__", "note"]),
    "copied beside an object's fields": lambda row: _move(row, FIRST, ["object", "more"]),
    "replaced by a plain value": lambda row: _put(row, FIRST, "plain"),
    "replaced by None": lambda row: _put(row, FOURTH, None),
    "removed from a dict": lambda row: row["login"].pop("password"),
    "removed from a list": lambda row: row["list"].pop(0),
    "removed with what is around it": lambda row: row.pop("object"),
    "all but one removed": lambda row: [row.pop(key) for key in ("list", "pair", "object")],
    "all in the place of the row": lambda row: _become(row, FIRST),
    "moved along its list": lambda row: row["list"].reverse(),
    "moved along its tuple": lambda row: row["pair"]["__data__"].reverse(),
    "moved to another key": lambda row: _rename(row, ["login"], "password", "passwort"),
    "moved with its dict": lambda row: _rename(row, [], "login", "logout"),
    "moved with its object": lambda row: _rename(row, [], "object", "subject"),
    "exchanged with a stand-in": lambda row: _put(row, FIRST, "*** (sealed)") or _put(row, SECOND, _take(row, FIRST)),
    "a stand-in copied over a plain leaf": lambda row: _move(row, SECOND, ["login", "user"]),
    "a stand-in replaced by a plain value": lambda row: _put(row, FOURTH, "plain"),
    "moved one deeper": lambda row: _put(row, FIRST, {"password": _take(row, FIRST)}),
    "a number after its name": lambda row: _put(
        row, [*FIRST, "__data__", "ref"], _take(row, FIRST)["__data__"]["ref"] + "#0"
    ),
    "its dict made an old encoding": lambda row: row["login"].update({"__type": "dict", "__var": {"password": "p"}}),
    "its dict made an object": lambda row: row["login"].update({"__classname__": "tests.Login", "__version__": 1}),
    "its dict wrapped as an object": lambda row: _put(
        row, ["login"], {"__classname__": "tests.Login", "__version__": 1, "__data__": row["login"]}
    ),
    "its object made a dict": lambda row: _put(row, ["object"], row["object"]["__data__"]),
    "its object stripped of its class": lambda row: row["object"].pop("__classname__"),
    "its list made a dict": lambda row: _put(row, ["list"], {"0": row["list"][0], "1": "plain"}),
    "its tuple made a dict": lambda row: row["pair"].pop("__classname__"),
    "its tuple made another class": lambda row: _put(row, ["pair", "__classname__"], "tests.Login"),
    "its tuple made a set": lambda row: _put(row, ["pair", "__classname__"], "builtins.set"),
    "its tuple made a list": lambda row: _put(row, ["pair"], row["pair"]["__data__"]),
    "its object of another version": lambda row: _put(row, ["object", "__version__"], 2),
    "its object of a version of true": lambda row: _put(row, ["object", "__version__"], True),
    "its object of a version of 1.0": lambda row: _put(row, ["object", "__version__"], 1.0),
    "its object made an old encoding": lambda row: row["object"].update({"__type": "dict", "__var": {"password": "p"}}),
    "the row made an object": lambda row: row.update({"__classname__": "tests.Login", "__version__": 1}),
    "the row made an old encoding": lambda row: row.update({"__type": "dict", "__var": {"login": "p"}}),
    "the row in a list": lambda row: _become_within(row, lambda whole: [whole]),
}


@pytest.mark.parametrize("attack", WITHIN.values(), ids=WITHIN.keys())
def test_a_placeholder_that_was_moved_within_its_row_is_refused(attack: Callable[[Row], object]) -> None:
    there = world(host=ObjectHost())
    row = there.push(VALUE)
    assert there.pull(row) == {
        "login": {"password": "first", "user": "u"},
        "list": ["second", "plain"],
        "pair": ("third", 1),
        "object": Login("u", "fourth"),
    }
    attacked = copy.deepcopy(row)
    attack(attacked)
    with pytest.raises((Tampered, InvalidPlaceholder, WrongCoordinates)) as caught:
        there.pull(attacked)
    assert caught.value.__context__ is None


def test_a_secret_is_not_built_into_an_object_that_the_database_names() -> None:
    built: list[object] = []

    class Building(ObjectHost):
        def decode(self, encoded: JSON) -> object:
            built.append(encoded)
            return super().decode(encoded)

    there = world(host=Building())
    row: Row = there.push({"login": Login("u", CANARY)})
    row["login"]["__classname__"] = "app.Logger"
    with pytest.raises(Tampered) as caught:
        there.pull(row)
    assert_tells_nothing(caught.value)
    assert built == []


def test_placeholders_of_two_objects_in_one_row_are_refused_before_anything_is_read() -> None:
    there = world()
    first, second = (there.push({"password": text, "user": text}) for text in ("a", "b"))
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    with pytest.raises(InvalidPlaceholder, match="more than one placeholder"):
        there.pull({"password": first["password"], "user": second["password"]})
    assert _reads(there) == []


# Forged placeholders.


@pytest.mark.parametrize("place", ["whole", "leaf"])
@pytest.mark.parametrize("node", NO_PLACEHOLDERS.values(), ids=NO_PLACEHOLDERS.keys())
def test_a_forged_placeholder_leads_nowhere(node: JSON, place: str) -> None:
    there = world()
    for follow in (there.exchange.pull, there.exchange.purge):
        with pytest.raises(InvalidPlaceholder):
            follow(node if place == "whole" else {"a": [node]}, query(PLACE))
    assert there.store.calls == []


def _pointing_to(reference: str, store: str = "memory") -> JSON:
    data: JSON = {"rule": "name", "store": store, "ref": reference}
    return {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": data}


@pytest.mark.parametrize("reference", NO_REFERENCES.values(), ids=NO_REFERENCES.keys())
def test_a_reference_that_gives_no_name_leads_nowhere(reference: str) -> None:
    there = world()
    for follow in (there.exchange.pull, there.exchange.purge):
        with pytest.raises(Refused):
            follow(_pointing_to(reference), query(PLACE))
    assert there.store.calls == []


@pytest.mark.parametrize("store", ["", "file", "MEMORY", "s3://bucket", "memory://", "builtins.open"])
def test_the_store_that_a_placeholder_names_leads_to_no_other_than_the_configured_one(store: str) -> None:
    there = world()
    row: Row = there.push(Secret("x"))
    ((name, _),) = there.store.objects.items()
    row["__data__"]["store"] = store
    there.store.calls.clear()
    assert there.exchange.pull(row, query(PLACE)) == "x"
    there.exchange.purge(row, query(PLACE))
    assert there.store.calls == [("head", name), ("delete", name)]
    with pytest.raises(ObjectNotFound, match="previous_stores") as caught:
        there.exchange.pull(row, query(PLACE))
    assert not store or store not in str(caught.value).replace("memory", "")


def test_an_earlier_value_of_the_same_xcom_opens_as_long_as_its_object_is_there() -> None:
    """The limit without a ledger: nothing in the database says which value is the latest. SECURITY.md says so."""
    there = world(remembers=False)
    earlier = there.push(Secret(CANARY))
    kept = dict(there.store.objects)
    there.exchange.purge(earlier, query(PLACE))
    there.push(Secret("later"))
    there.store.objects.update(kept)
    assert there.pull(earlier) == CANARY


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "deleted"])
def test_an_earlier_value_of_the_same_xcom_does_not_open_though_its_object_is_still_there(is_kept: bool) -> None:
    there = world()
    earlier = there.push(Secret(CANARY))
    kept = dict(there.store.objects)
    there.exchange.purge(earlier, query(PLACE))
    there.push(Secret("later"))
    there.store.objects.update(kept if is_kept else {})
    with pytest.raises(Superseded if is_kept else ObjectNotFound):
        there.pull(earlier)


def test_a_reference_to_an_object_that_never_was_is_not_found() -> None:
    there = world()
    with pytest.raises(ObjectNotFound):
        there.pull(_pointing_to(reference_of(object_name(PLACE, new_object_id()))))


# Objects.


def _objects(there: World) -> tuple[str, str]:
    first, second = there.store.objects
    return first, second


@pytest.mark.parametrize("native", [False, True], ids=["envelope", "native"])
@pytest.mark.parametrize("part", [*OTHERS, "object_id"])
def test_an_object_under_the_name_of_another_is_refused_without_a_key(part: str, native: bool) -> None:
    there = world(native=native)
    row = there.push(Secret("mine"))
    there.push(Secret(CANARY), PLACE if part == "object_id" else replace(PLACE, **{part: OTHERS[part]}))
    mine, other = _objects(there)
    there.store.objects[mine] = there.store.objects[other]
    with pytest.raises(WrongCoordinates) as caught:
        there.pull(row)
    assert_tells_nothing(caught.value)
    assert "unwrap" not in there.keys.calls


def test_an_object_whose_header_names_other_coordinates_does_not_open() -> None:
    there = world()
    there.push(Secret(CANARY), replace(PLACE, key="abc"))
    ((name, data),) = there.store.objects.items()
    renamed = name.replace("/abc/", "/out/")
    there.store.objects[renamed] = data.replace(b"\x00\x03abc", b"\x00\x03out")
    with pytest.raises(Tampered):
        there.pull(_pointing_to(reference_of(renamed)))


def test_each_altered_byte_of_an_object_is_refused() -> None:
    there = world()
    row = there.push({"password": CANARY})
    ((name, data),) = there.store.objects.items()
    opened = []
    for position in range(len(data)):
        there.store.objects[name] = data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :]
        with pytest.raises(SecureXComError) as caught:
            opened.append((position, there.pull(row)))
        assert_tells_nothing(caught.value)
    assert opened == []


def test_each_cut_of_an_object_is_refused() -> None:
    there = world()
    row = there.push({"password": CANARY})
    ((name, data),) = there.store.objects.items()
    for length in range(len(data)):
        there.store.objects[name] = data[:length]
        with pytest.raises(SecureXComError):
            there.pull(row)


@pytest.mark.parametrize("native", [False, True], ids=["envelope read as native", "native read as envelope"])
def test_an_object_of_the_other_sealer_is_refused(native: bool) -> None:
    writer = world(native=not native)
    row = writer.push(Secret(CANARY))
    reader = world(native=native, store=writer.store, keys=writer.keys)
    with pytest.raises(Tampered) as caught:
        reader.pull(row)
    assert_tells_nothing(caught.value)


def test_a_native_object_moved_by_its_frame_is_refused_where_its_name_stays() -> None:
    there = world(native=True)
    row = there.push(Secret("x"))
    ((name, data),) = there.store.objects.items()
    there.store.objects[name] = data.replace(b"group.make", b"group.fake")
    with pytest.raises(WrongCoordinates):
        there.pull(row)


def test_an_object_of_another_deployments_key_is_refused() -> None:
    writer = world()
    row = writer.push(Secret(CANARY))
    with pytest.raises(WrongKey):
        world(store=writer.store).pull(row)


# Rows of mapped tasks.


def _mapped(number: int) -> Coordinates:
    return replace(PLACE, map_index=number)


ORDERS = {
    "neighbours swapped": [1, 0, 2, 3],
    "ends swapped": [3, 1, 2, 0],
    "reversed": [3, 2, 1, 0],
    "rotated": [1, 2, 3, 0],
    "one twice": [0, 1, 1, 3],
    "the first everywhere": [0, 0, 0, 0],
    "the last twice": [0, 1, 2, 3, 3],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_placeholders_moved_between_mapped_rows_are_refused(order: list[int]) -> None:
    there = world()
    rows = [there.push({"password": number}, _mapped(number)) for number in range(4)]
    with pytest.raises(WrongCoordinates):
        there.exchange.pull_all([rows[number] for number in order], query(PLACE, map_index=None))


@pytest.mark.parametrize("part", ["dag_id", "run_id", "task_id", "key"])
def test_a_row_of_another_task_among_mapped_rows_is_refused(part: str) -> None:
    there = world()
    rows = [there.push(Secret(number), _mapped(number)) for number in range(3)]
    rows[1] = there.push(Secret(CANARY), replace(_mapped(1), **{part: "other"}))
    with pytest.raises(WrongCoordinates if part in OPEN else ObjectNotFound):
        there.exchange.pull_all(rows, query(PLACE, map_index=None))
