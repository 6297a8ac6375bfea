"""The one look at a small dict finds nothing only where the walk finds nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.detection.corpus import HALVES, shapes
from benchmarks.detection.detectors import policy
from secure_xcom.classify import Policy
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.flat import is_plain
from secure_xcom.classify.names import Names
from secure_xcom.classify.paths import PathPatterns
from secure_xcom.classify.suspects import suspects
from secure_xcom.classify.walk import Walk
from secure_xcom.model.value import CLASSNAME, Mark, Node, Selection

TOKEN = invent("dop_v1_<64 hex>")
REGISTERED = "kanarienvogel"
POLICY = replace(policy(), holds_registered_secret=lambda text: REGISTERED in text or "815815815" in text)

PLAIN: dict[str, Node] = {
    "what most tasks push": {"rows": 42, "status": "ok", "path": "/data/2024-01-01.csv"},
    "nothing": {},
    "a flag and nothing": {"is_done": True, "error": None},
}

UNCLEAR: dict[str, tuple[Node, str]] = {
    "a password": ({"user": "ann", "password": "Tr0ub4dor&3"}, "out"),
    "a password's key": ({"rows": 1}, "db_password"),
    "a token in a text": ({"said": f"use {TOKEN} here"}, "out"),
    "a token as a key": ({TOKEN: 1}, "out"),
    "a registered secret": ({"said": f"x{REGISTERED}x"}, "out"),
    "a registered secret as a key": ({f"x{REGISTERED}x": 1}, "out"),
    "a registered number": ({"said": 815815815}, "out"),
    "a number with a point": ({"said": 815815.815}, "out"),
    "a pair": ({"name": "DB_PASSWORD", "value": "dragon"}, "out"),
    "a parameter that AWS encrypted": ({"Name": "/a", "Type": "SecureString", "Value": "x"}, "out"),
    "a mark": ({"said": Mark("x")}, "out"),
    "a dict in a dict": ({"said": {}}, "out"),
    "a class": ({CLASSNAME: "x"}, "out"),
    "a long text": ({"said": "word " * 200}, "out"),
    "many keys": ({f"key {number}": 1 for number in range(40)}, "out"),
    "a long key": ({"key" * 100: 1}, "out"),
    "a list": (["rows", 42], "out"),
}


def _walked(tree: Node, name: str, judge: Policy) -> Selection | None:
    return Walk(judge, None, None, suspects(tree, judge)).begin(tree, name)


@pytest.mark.parametrize("tree", PLAIN.values(), ids=PLAIN.keys())
def test_a_dict_of_harmless_leaves_takes_one_look(tree: Node) -> None:
    assert is_plain(tree, "return_value", POLICY, None)


@pytest.mark.parametrize(("tree", "name"), UNCLEAR.values(), ids=UNCLEAR.keys())
def test_what_is_not_surely_harmless_is_walked(tree: Node, name: str) -> None:
    # Twice: the second answer about the keys is a kept one.
    assert not is_plain(tree, name, POLICY, None)
    assert not is_plain(tree, name, POLICY, None)


def test_what_the_operator_names_is_walked() -> None:
    tree: Node = {"rows": 42}
    for judge in (
        replace(POLICY, sensitive_paths=PathPatterns(["**.rows"])),
        replace(POLICY, ignored_paths=PathPatterns(["**.rows"])),
        replace(POLICY, names=Names(sensitive=["rows"]).compiled()),
        replace(POLICY, names=Names(ignored=["rows"]).compiled()),
    ):
        assert not is_plain(tree, "out", judge, None)


def test_a_secret_that_is_registered_later_is_found() -> None:
    known: list[str] = []
    judge = replace(POLICY, holds_registered_secret=lambda text: any(secret in text for secret in known))
    assert is_plain({"said": "dragonfly"}, "out", judge, None)
    known.append("dragonfly")
    assert not is_plain({"said": "dragonfly"}, "out", judge, None)


def test_what_an_encoding_loses_is_walked() -> None:
    assert not is_plain({"rows": 42}, "out", POLICY, lambda _: object())  # type: ignore[arg-type,return-value]


WORDS = st.sampled_from(
    (
        *("rows", "status", "name", "value", "kind", "data", "type", "password", "token_count", "next_page_token"),
        *("key", "user", "auth", "secret_arn", "host", "remoteRef", "Secret", "", CLASSNAME, "__type", "__var"),
        *(TOKEN, REGISTERED),
    )
)
LEAVES = st.one_of(
    WORDS,
    st.text(max_size=12),
    st.sampled_from(("dragon", "Secret", f"Bearer {TOKEN}", f"password={REGISTERED}", '{"a": 1}', "true", "30s")),
    st.integers(),
    st.booleans(),
    st.none(),
    st.floats(),
)


@given(tree=st.dictionaries(WORDS | st.text(max_size=8), LEAVES, max_size=6), name=WORDS)
@example(tree={"LOGGED_IN_KEY": "x", "NONCE_SALT": "x"}, name="out")
def test_the_walk_finds_nothing_where_the_look_finds_nothing(tree: dict[str, Node], name: str) -> None:
    if is_plain(tree, name, POLICY, None):
        assert _walked(tree, name, POLICY) is None


@pytest.mark.parametrize("half", HALVES)
def test_the_labelled_values_agree(half: str) -> None:
    for case in shapes(half):
        if is_plain(case.value, case.key, POLICY, None):
            assert _walked(case.value, case.key, POLICY) is None
