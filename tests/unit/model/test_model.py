"""The placeholder's shape, and what a request admits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import InvalidPlaceholder
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.seal import DataKey
from secure_xcom.model.value import JSON, Extension, ExtensionKind, Mark
from secure_xcom.payload.encoding import encode
from secure_xcom.payload.parts import InObject, Part
from tests.unit import any_value
from tests.unit.payload.branches import in_dict, in_list
from tests.unit.world import CANARY, PLACE, ObjectHost, assert_reads_or_refuses, query

REFERENCE = "r/-1/" + "0" * 32
WHOLE = Placeholder(rule="name", store="memory", ref=REFERENCE)


def _node(**data: JSON) -> dict[str, JSON]:
    content: dict[str, JSON] = {"rule": "name", "store": "memory", "ref": REFERENCE}
    return {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": content | data}


@given(rule=st.text(), store=st.text(), ref=st.text())
def test_a_placeholder_reads_back(rule: str, store: str, ref: str) -> None:
    placeholder = Placeholder(rule=rule, store=store, ref=ref)
    assert Placeholder.claims(placeholder.to_json())
    assert Placeholder.parse(placeholder.to_json()) == placeholder


def test_a_placeholder_has_the_shape_that_airflow_shows_on_one_line() -> None:
    assert WHOLE.to_json() == _node()


@pytest.mark.parametrize(
    "node", [None, "secure_xcom.Sealed", [], {}, {"__classname__": "secure_xcom.sealed"}, {"__classname__": None}]
)
def test_nothing_else_claims_to_be_one(node: JSON) -> None:
    assert not Placeholder.claims(node)


def _without(node: dict[str, JSON], key: str) -> dict[str, JSON]:
    return {name: value for name, value in node.items() if name != key}


FORGED = {
    "no version": _without(_node(), "__version__"),
    "no data": _without(_node(), "__data__"),
    "version 2": {**_node(), "__version__": 2},
    "version 0": {**_node(), "__version__": 0},
    "a version of text": {**_node(), "__version__": "1"},
    "a version of None": {**_node(), "__version__": None},
    "a version of true": {**_node(), "__version__": True},
    "a version of 1.0": {**_node(), "__version__": 1.0},
    "a version in a list": {**_node(), "__version__": [1]},
    "another key": {**_node(), "url": "https://example.org"},
    "data of None": {**_node(), "__data__": None},
    "data of text": {**_node(), "__data__": REFERENCE},
    "data in a list": {**_node(), "__data__": [{"rule": "name"}]},
    "empty data": {**_node(), "__data__": {}},
    "another key in its data": _node(kek="arn:aws:kms:eu-west-1:1:key/1"),
    "no rule": {**_node(), "__data__": {"store": "memory", "ref": REFERENCE}},
    "a value besides": _node(value="***"),
    "a rule of None": _node(rule=None),
    "a rule in a list": _node(rule=["name"]),
    "a store of None": _node(store=None),
    "a store in a list": _node(store=["memory"]),
    "a reference of None": _node(ref=None),
    "a reference of numbers": _node(ref=3),
    "a reference in a list": _node(ref=[REFERENCE]),
    "no reference": {**_node(), "__data__": {"rule": "name", "store": "memory"}},
}


@pytest.mark.parametrize("node", FORGED.values(), ids=FORGED.keys())
def test_refuses_a_placeholder_that_is_not_whole(node: JSON) -> None:
    assert Placeholder.claims(node)
    with pytest.raises(InvalidPlaceholder):
        Placeholder.parse(node)


@given(node=any_value.json_values)
def test_reads_an_arbitrary_node_or_refuses_it(node: JSON) -> None:
    assert_reads_or_refuses(lambda: Placeholder.parse(node))


@given(data=any_value.json_values)
def test_reads_arbitrary_data_or_refuses_it(data: JSON) -> None:
    assert_reads_or_refuses(lambda: Placeholder.parse({**_node(), "__data__": data}))


OTHERS = {"dag_id": "other", "run_id": "other", "task_id": "other", "map_index": 7, "key": "other"}


@pytest.mark.parametrize("part", OTHERS)
def test_a_request_admits_nothing_that_differs_in_a_part(part: str) -> None:
    assert query(PLACE).admits(PLACE)
    assert not query(PLACE).admits(replace(PLACE, **{part: OTHERS[part]}))


@pytest.mark.parametrize("part", OTHERS)
def test_a_request_admits_any_value_of_a_part_that_it_leaves_open(part: str) -> None:
    assert query(PLACE, **{part: None}).admits(replace(PLACE, **{part: OTHERS[part]}))


@pytest.mark.parametrize(
    "holder",
    [
        Part(CANARY),
        in_dict({"a": in_list({0: InObject("app.Login", 1, Part(CANARY))})}),
        Extension(ExtensionKind.BYTES, CANARY.encode()),
        Mark(CANARY),
        encode(CANARY, ObjectHost().encode),
        DataKey(plaintext=CANARY.encode(), wrapped=b"", kek_id="kek"),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_what_holds_a_secret_does_not_print_it(holder: object) -> None:
    assert CANARY not in repr(holder)


def test_coordinates_print_as_people_name_them() -> None:
    assert str(Coordinates(dag_id="d", run_id="r", task_id="t", key="k")) == (
        "dag_id='d' run_id='r' task_id='t' map_index=-1 key='k'"
    )
