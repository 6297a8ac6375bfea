"""Which parts of a value are found, where, and by which rule."""

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify import ContentRules, Policy, scan
from secure_xcom.classify.held import UNSEARCHED
from secure_xcom.classify.names import EVERYTHING, NAME_AIRFLOW, REGISTERED, RESERVED, WRAPPED, Names
from secure_xcom.classify.paths import PathPatterns
from secure_xcom.classify.policy import NO_NAMES
from secure_xcom.classify.walk import Walk
from secure_xcom.model.value import JSON, Extension, Mark, Node, Path, findings_of
from secure_xcom.payload.encoding import encode
from secure_xcom.secret import Secret
from tests.unit import any_value
from tests.unit.world import CANARY, Login, ObjectHost


class Card:
    """Content rules of one: what begins like this is a card number."""

    def rule_of(self, text: str) -> str | None:
        return "card" if "4111" in text else None

    def secrets_in(self, text: str) -> Iterator[str]:
        return iter(())

    def rule_of_name(self, name: str) -> str | None:
        return self.rule_of(name)

    def may_match(self, text: str) -> bool:
        return "4111" in text


def _policy(*, everything: bool = False, content: ContentRules | None = None) -> Policy:
    host = ObjectHost(registered=[CANARY, "815815815"])
    return Policy(
        names=Names(listed=host.hides_name).compiled(),
        holds_registered_secret=host.holds_registered_secret,
        content=content,
        everything=everything,
    )


def _found(value: object, name: str = "out", policy: Policy | None = None) -> dict[Path, str]:
    encoding = encode(value, ObjectHost().encode)
    findings = list(findings_of(scan(encoding.tree, name, policy or _policy(), encoding.names.of)))
    assert len({finding.path for finding in findings}) == len(findings)
    return {finding.path: finding.rule for finding in findings}


class Printed:
    """A key that prints as it is told to."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def _printed(data: object, class_: object = "app.Login", version: object = 1) -> object:
    """A dict whose keys print as those of an object that Airflow encoded."""
    return {Printed("__classname__"): class_, Printed("__version__"): version, Printed("__data__"): data}


NAME, MARK, HELD = NAME_AIRFLOW, WRAPPED, REGISTERED

FOUND: list[tuple[str, object, dict[Path, str]]] = [
    # Names.
    ("a plain value", "x", {}),
    ("a sensitive key", {"password": "x", "user": "u"}, {("password",): NAME}),
    ("a nested sensitive key", {"a": [{"db_password": "x"}]}, {("a", 0, "db_password"): NAME}),
    ("a sensitive key in a tuple", ({"token": "x"},), {("__data__", 0, "token"): NAME}),
    ("a dict under a sensitive key", {"secrets": {"a": "x", "b": 1}}, {("secrets",): NAME}),
    ("a list under a sensitive key", {"tokens": ["x", "y"]}, {("tokens",): NAME}),
    ("a set under a sensitive key", {"tokens": {"x"}}, {("tokens",): NAME}),
    ("bytes under a sensitive key", {"token": b"x"}, {("token",): NAME}),
    ("a number under a sensitive key", {"token": 0}, {("token",): NAME}),
    ("a boolean under a sensitive key", {"token": False}, {("token",): NAME}),
    ("an empty text under a sensitive key", {"token": ""}, {("token",): NAME}),
    ("an empty dict under a sensitive key", {"token": {}}, {("token",): NAME}),
    ("None under a sensitive key", {"token": None}, {}),
    ("an object under a sensitive key", {"token": Login("u", "p")}, {("token",): NAME}),
    ("a key of bytes", {b"password": "x"}, {("b'password'",): NAME}),
    ("a sensitive name of no key", ["password", "token"], {}),
    # Marks.
    ("a mark", Secret("x"), {(): MARK}),
    ("a mark around None", Secret(None), {(): MARK}),
    ("a mark in a list", ["a", Secret("x")], {(1,): MARK}),
    ("a mark in a tuple", ("a", Secret("x")), {("__data__", 1): MARK}),
    ("a mark under a plain name", {"user": Secret("x")}, {("user",): MARK}),
    ("a mark under a sensitive name", {"password": Secret("x")}, {("password",): MARK}),
    ("a mark under a number", {7: Secret("x")}, {("7",): MARK}),
    ("a mark in a set", {"s": {Secret("x")}}, {("s", "__data__", 0): MARK}),
    ("a mark in a frozenset", [frozenset({Secret("x")})], {(0, "__data__", 0): MARK}),
    ("a mark in a tuple in a set", {"s": {("a", Secret("x"))}}, {("s", "__data__", 0, "__data__", 1): MARK}),
    ("a mark in a mark", Secret(Secret("x")), {(): MARK}),
    ("a mark as a key", {"d": {Secret("x"): 1}}, {("d",): MARK}),
    ("a mark in an object", Login("u", None, Secret("x")), {("__data__", "note"): MARK}),
    ("a mark deep in an object", [Login("u", None, [Secret("x")])], {(0, "__data__", "note", 0): MARK}),
    # Registered secrets.
    ("a registered secret", CANARY, {(): HELD}),
    ("within a longer text", {"url": f"https://u:{CANARY}@host"}, {("url",): HELD}),
    ("in bytes", [CANARY.encode()], {(0,): HELD}),
    ("in bytes that are no text", [b"\xff" + CANARY.encode()], {(0,): HELD}),
    ("in a bytearray", [bytearray(CANARY.encode())], {(0,): HELD}),
    ("in a key", {"d": {f"x-{CANARY}": 1}}, {("d",): HELD}),
    ("in a key of bytes", {"d": {CANARY.encode(): 1}}, {("d",): HELD}),
    ("in a key of a tuple", {"d": {(1, CANARY): 1}}, {("d",): HELD}),
    ("in a set", {"s": {CANARY}}, {("s", "__data__", 0): HELD}),
    ("in a field of an object", Login(f"at {CANARY}", None), {("__data__", "user"): HELD}),
    ("in a key of a field of an object", Login("u", None, {CANARY: 1}), {("__data__", "note"): HELD}),
    ("in a set in an object", Login("u", None, {CANARY}), {("__data__", "note", "__data__", 0): HELD}),
    ("as a number", {"n": 815815815}, {("n",): HELD}),
    ("within a number", {"n": 18158158150.5}, {("n",): HELD}),
    ("not in True", [True, False, None], {}),
    ("not in numbers beyond words", [float("nan"), float("inf"), 10**5000, -(10**5000)], {}),
    # Fields of objects.
    ("a sensitive field", Login("u", "p"), {("__data__", "password"): NAME}),
    ("a sensitive field that is None", Login("u", None), {}),
    ("a sensitive field in a list", [Login("u", "p")], {(0, "__data__", "password"): NAME}),
    ("a sensitive field with marks in it", Login("u", [Secret("p")]), {("__data__", "password"): NAME}),
    (
        "a sensitive field of an object in an object",
        Login("u", None, Login("v", "p")),
        {("__data__", "note", "__data__", "password"): NAME},
    ),
    # Dicts that a serialiser would mistake.
    ("a reserved key", {"d": {"__classname__": "x"}}, {("d",): RESERVED}),
    ("another reserved key", {"__id__": 1}, {(): RESERVED}),
    ("the old encoding", {"__type": "dict", "__var": {}}, {}),
    ("half of the old encoding", {"__type": "dict"}, {}),
    ("a reserved key under a sensitive name", {"token": {"__id__": 1}}, {("token",): NAME}),
    ("a reserved key in a set's tuple", {"s": {("__classname__", 1)}}, {}),
    ("colliding keys", {"d": {1: "a", "1": "b"}}, {}),
    # Dicts that the deserialiser may take for objects: a part of them cannot be sealed.
    ("the old encoding with a secret", {"__type": "dict", "__var": {"token": 1}}, {(): NAME}),
    ("the old encoding beside a secret", [{"__type": "dict", "__var": {}}, Secret("x")], {(1,): MARK}),
    ("half of the old encoding with a secret", {"__type": "dict", "token": 1}, {("token",): NAME}),
    ("a printed class", {Printed("__classname__"): "x", "user": 1}, {}),
    ("a secret beside a printed class", {Printed("__classname__"): "x", "token": 1}, {(): NAME}),
    ("a secret in place of a class", {Printed("__classname__"): Secret("x")}, {(): MARK}),
    ("a secret in place of an object's class", _printed("x", class_=Secret("x")), {(): MARK}),
    ("a secret in place of an object's version", _printed("x", version=Secret("x")), {(): MARK}),
    ("a registered secret in place of a class", _printed("x", class_=CANARY), {(): HELD}),
    ("a secret in a printed object", _printed({"token": 1}), {("__data__", "token"): NAME}),
]


@pytest.mark.parametrize(("value", "findings"), [case[1:] for case in FOUND], ids=[case[0] for case in FOUND])
def test_finds(value: object, findings: dict[Path, str]) -> None:
    assert _found(value) == findings


@pytest.mark.parametrize("value", ["x", ["x"], {"a": 1}, {"x"}, b"x", 1, False, Login("u", None)])
def test_a_sensitive_xcom_key_makes_the_whole_value_sensitive(value: object) -> None:
    assert _found(value, "db_password") == {(): NAME_AIRFLOW}


def test_none_is_never_sensitive() -> None:
    assert _found(None, "db_password") == {}
    assert _found(None, policy=_policy(everything=True)) == {}


@pytest.mark.parametrize("value", ["x", 0, False, "", [], {"a": Secret("x")}, Login("u", None)])
def test_everything_is_found_whole(value: object) -> None:
    assert _found(value, policy=_policy(everything=True)) == {(): EVERYTHING}


@pytest.mark.parametrize(
    ("value", "path"),
    [("4111 1111", ()), ({"a": ["4111 1111"]}, ("a", 0)), ([b"4111"], (0,)), ({"4111": 1}, ())],
)
def test_a_content_rule_finds_by_what_a_text_looks_like(value: object, path: Path) -> None:
    assert _found(value, policy=_policy(content=Card())) == {path: "content-card"}


def test_a_registered_secret_is_named_before_what_it_looks_like() -> None:
    policy = Policy(names=NO_NAMES, holds_registered_secret=lambda text: True, content=Card())
    assert _found("4111", policy=policy) == {(): REGISTERED}


@given(value=any_value.marked)
def test_no_finding_lies_within_another(value: object) -> None:
    paths = list(_found(value))
    assert [(a, b) for a in paths for b in paths if a != b and b[: len(a)] == a] == []


@given(value=any_value.marked)
def test_nothing_that_is_marked_stays_outside_of_the_findings(value: object) -> None:
    encoding = encode(value, ObjectHost().encode)
    assert not _marks_outside(encoding.tree, scan(encoding.tree, "out", _policy(), encoding.names.of))


def _marks_outside(node: Node, selection: Any) -> bool:
    if isinstance(selection, str):
        return False
    within = selection or {}
    match node:
        case Mark():
            return True
        case Extension(content=list() as content):
            return any(_marks_outside(child, None) for child in content)
        case dict():
            return any(_marks_outside(child, within.get(key)) for key, child in node.items())
        case list():
            return any(_marks_outside(child, within.get(position)) for position, child in enumerate(node))
    return False


def test_the_keys_of_many_rows_are_looked_at_once() -> None:
    looked: list[str] = []

    def holds(text: str) -> bool:
        looked.append(text)
        return False

    policy = Policy(names=NO_NAMES, holds_registered_secret=holds)
    _found([{"first": 1, "second": None}] * 100, policy=policy)
    assert [sum(text.split("\n").count(key) for text in looked) for key in ("first", "second")] == [1, 1]


def test_the_fields_of_a_named_tuple_are_names() -> None:
    login = namedtuple("login", ["user", "password"])("ann", "x")  # noqa: PYI024 - Airflow knows no typed ones
    assert _found([login]) == {(0, "__data__", 1): NAME}


@pytest.mark.parametrize("names", [("password",), ("user", "password", "token"), ("token",) * 9])
def test_more_or_fewer_names_than_items_do_no_harm(names: tuple[str, ...]) -> None:
    items = type("Items", (list,), {"_fields": names})(["ann", "x"])
    assert _found(items) == {(position,): NAME for position in (0, 1) if (*names, "user")[position] != "user"}


class Table:
    """As a data frame: its columns have names that its encoding does not show."""

    columns = ("user", "password")

    def __init__(self, content: JSON) -> None:
        self.content = content


@pytest.mark.parametrize("content", ["hex", [["ann", "x"]], {"rows": []}], ids=["text", "rows", "dict"])
def test_a_table_with_a_sensitive_column_is_sensitive_as_a_whole(content: JSON) -> None:
    def encode_table(value: object) -> JSON:
        return {"__classname__": "tests.Table", "__version__": 1, "__data__": value.content}  # type: ignore[attr-defined]

    encoding = encode([Table(content)], encode_table)
    assert scan(encoding.tree, "out", _policy(), encoding.names.of) == {0: NAME}


@pytest.mark.parametrize("key", [(1, Secret("k")), frozenset({Secret("k")}), ((Secret("k"),),)], ids=repr)
def test_a_mark_within_a_key_is_found(key: object) -> None:
    assert _found({key: 1}) == {(): MARK}


@pytest.mark.parametrize("name", ["privateKey", "awsSecretKey", "dbPassWord1"])
def test_names_in_camel_case_are_looked_at_in_snake_case(name: str) -> None:
    listed = ("private_key", "secret", "pass_word")
    rule_of = Names(listed=lambda name: any(word in name.lower() for word in listed)).compiled().rule_of
    assert rule_of(name) == NAME_AIRFLOW


@pytest.mark.parametrize(
    ("contents", "rule"),
    [
        (["x", {"user": ["y", 1]}], None),
        (["x", {"user": [{"password": "y"}]}], NAME),
        (["x", f"at {CANARY}"], HELD),
        (["x" * 70_000, "y" * 70_000, CANARY], HELD),
        ([f"{CANARY}", *("x" * 70_000)], HELD),
        ([{CANARY: 1}], HELD),
        (["x", ...], UNSEARCHED),
    ],
    ids=["plain", "name", "text", "last", "first", "key", "unsearched"],
)
def test_what_an_object_holds_makes_it_sensitive_as_a_whole(contents: list[Any], rule: str | None) -> None:
    assert _scanned(contents) == ({} if rule is None else {(0,): rule})
    assert _scanned(contents, policy=_policy().for_marks_only()) == {}


def _scanned(contents: list[Any], *, complete: bool = True, policy: Policy | None = None) -> dict[Path, str]:
    def read() -> list[Any]:
        assert policy is None
        return contents

    tree: Node = [{"__classname__": "pandas.DataFrame", "__version__": 1, "__data__": "hex"}]
    held = SimpleNamespace(names=(), complete=complete, contents=read)
    lost = SimpleNamespace(fields=(), aliases={}, held=[held])
    selection = scan(tree, "out", policy or _policy(), lambda node: lost if node is tree[0] else None)
    return {finding.path: finding.rule for finding in findings_of(selection)}


def test_what_could_not_all_be_looked_at_is_sensitive() -> None:
    assert _scanned([], complete=False) == {(0,): UNSEARCHED}
    assert _scanned([], complete=False, policy=_policy().for_marks_only()) == {}


def test_the_texts_that_an_encoding_loses_are_looked_at_too() -> None:
    assert _scanned(["x", "4111 1111"], policy=None) == {}
    policy = _policy(content=Card())
    lost = SimpleNamespace(
        fields=(),
        aliases={},
        held=[SimpleNamespace(names=(), complete=True, contents=lambda: iter(["x", "4111 1111"]))],
    )
    assert scan(["x"], "out", policy, lambda _: lost) == "content-card"


def test_another_name_of_an_item_counts_too() -> None:
    tree: Node = {"p": {"a": CANARY}, "q": None, "user": "ann"}
    lost = SimpleNamespace(fields=(), aliases={"p": ("x", "password"), "q": ("token",), "user": ("name",)}, held=[])
    assert scan(tree, "out", _policy(), lambda node: lost if node is tree else None) == {"p": NAME}


DEEPEST = 254
"""Levels of a row that Airflow takes."""

PATHS = {
    "no path": ((), ()),
    "a sensitive path": (("**.pin",), ()),
    "an ignored path": ((), ("**.hint",)),
    "all ignored": ((), ("**",)),
}


def _below(frames: int, call: Callable[[], object]) -> object:
    """Call something amid so many other calls, as a task's are."""
    return _below(frames - 1, call) if frames else call()


@pytest.mark.parametrize("paths", PATHS.values(), ids=PATHS.keys())
@pytest.mark.parametrize("nest", [lambda inner: [inner], lambda inner: {"a": inner}], ids=["lists", "dicts"])
def test_what_airflow_can_nest_is_looked_at_whatever_the_paths(
    nest: Callable[[Node], Node], paths: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    tree: Node = CANARY
    for _ in range(DEEPEST):
        tree = nest(tree)
    sensitive, ignored = map(PathPatterns, paths)
    policy = replace(_policy(), sensitive_paths=sensitive, ignored_paths=ignored)
    # The rest of the stack is Airflow's and the task's.
    selection = _below(250, lambda: scan(tree, "out", policy))
    assert [finding.rule for finding in findings_of(selection)] == [REGISTERED]  # type: ignore[arg-type]


_CELLS = st.sampled_from(
    (
        *(None, True, 0, 17, 815815815, 1.5, 815815815.0, "", "x", "a text", CANARY, f"at {CANARY}", "4111 1111"),
        *({}, [], {"password": "x"}, [{"token": None}], [CANARY]),
    )
)
_KEYS = st.lists(st.sampled_from(("id", "password", "token", "name", "4111", CANARY)), max_size=4, unique=True)


@given(data=st.data())
def test_rows_with_the_same_keys_are_judged_as_each_of_them_alone(data: st.DataObject) -> None:
    keys = data.draw(_KEYS)
    rows: list[Node] = [{key: data.draw(_CELLS) for key in keys} for _ in range(data.draw(st.integers(4, 6)))]
    policy = _policy(content=Card())  # type: ignore[arg-type]  # has all that is asked of rules
    alone = {position: scan([row], "out", policy) for position, row in enumerate(rows)}
    selected = {position: found[0] for position, found in alone.items() if isinstance(found, dict)}
    assert repr(scan(rows, "out", policy)) == repr(selected or None)


def test_a_row_among_many_with_the_same_keys_has_the_aliases_that_it_has_alone() -> None:
    rows: list[Node] = [{"p": "x", "user": "u"} for _ in range(8)]
    lost = SimpleNamespace(fields=(), aliases={"p": ("password",)}, held=[])

    def lost_of(node: object) -> Any:
        return lost if node is rows[5] else None

    assert scan(rows, "out", _policy(), lost_of) == {5: {"p": NAME}}


def test_of_rows_with_the_same_keys_only_those_with_a_sensitive_name_or_a_suspicious_text_are_visited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visited: list[str | None] = []
    visit = Walk.visit

    def counted(self: Walk, node: Node, name: str | None, others: Sequence[str] = ()) -> object:
        visited.append(name)
        return visit(self, node, name, others)

    monkeypatch.setattr(Walk, "visit", counted)
    rows: list[Node] = [{"id": number, "name": f"user {number}", "password": "x"} for number in range(1000)]
    rows[17] = {"id": 17, "name": CANARY, "password": "x"}
    assert scan(rows, "out", _policy()) == {
        number: {"name": REGISTERED, "password": NAME} if number == 17 else {"password": NAME} for number in range(1000)
    }
    # A suspicion is one about a batch of texts.
    assert (visited.count("id"), visited.count("password")) == (0, 1000)
    assert 1 <= visited.count("name") <= 64
