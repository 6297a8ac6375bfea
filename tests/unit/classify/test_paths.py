"""Which paths a pattern matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify import Policy, scan
from secure_xcom.classify.names import NAME_CONFIGURED, Names
from secure_xcom.classify.paths import PathPatterns, advance, matches
from secure_xcom.model.path_pattern import ANY_STEPS, is_path, is_well_formed
from secure_xcom.model.value import Node, Path, findings_of

Steps = tuple[str | int, ...]

PATTERNS: list[tuple[str, list[Steps], list[Steps]]] = [
    # (pattern, paths it must match, paths it must not match)
    ("out.token", [("out", "token"), ("OUT", "Token")], [("out",), ("token",), ("out", "a", "token"), ("in", "token")]),
    ("**.token", [("token",), ("out", "token"), ("out", 0, "a", "token")], [("out", "tokens"), ("token", "a")]),
    ("**.items[*].token", [("out", "items", 7, "token"), ("items", 0, "token")], [("out", "items", "token")]),
    ("out[0].pin", [("out", 0, "pin")], [("out", 1, "pin"), ("out", "0", "pin")]),
    ("out.**", [("out",), ("out", "a"), ("out", 0, "b")], [("other",), ("other", "out")]),
    ("out.**.pin", [("out", "pin"), ("out", "a", 1, "pin")], [("out", "pin", "a")]),
    ("*.a?", [("x", "ab")], [("x", "a"), ("ab",), ("x", 0)]),
    ("out.card number", [("out", "card-number"), ("out", "Card  Number")], [("out", "cardnumber")]),
    ("**", [(), ("a",), ("a", 0)], []),
]


def _reached(pattern: str, path: Steps) -> bool:
    states = PathPatterns([pattern]).start
    for step in path:
        states = advance(states, step)
    return matches(states)


@pytest.mark.parametrize(("pattern", "paths", "others"), PATTERNS, ids=[pattern for pattern, _, _ in PATTERNS])
def test_a_pattern_matches_whole_paths(pattern: str, paths: list[Steps], others: list[Steps]) -> None:
    assert [path for path in paths if not _reached(pattern, path)] == []
    assert [path for path in others if _reached(pattern, path)] == []


_steps = st.one_of(st.sampled_from(["a", "b"]), st.integers(0, 1))
_pattern_steps = st.one_of(st.sampled_from(["a", "b", "*", ANY_STEPS]), st.sampled_from(["[0]", "[1]", "[*]"]))


def _plainly(pattern: tuple[str, ...], path: Steps) -> bool:
    """Match by trying each length of ``**``."""
    if not pattern:
        return not path
    first, rest = pattern[0], pattern[1:]
    if first == ANY_STEPS:
        return any(_plainly(rest, path[count:]) for count in range(len(path) + 1))
    if not path:
        return False
    is_alike = f"[{path[0]}]" == first or first == "[*]" if isinstance(path[0], int) else first in ("*", path[0])
    return is_alike and _plainly(rest, path[1:])


@given(pattern=st.lists(_pattern_steps, min_size=1, max_size=6), path=st.lists(_steps, max_size=7))
def test_patterns_match_as_a_plain_search_does(pattern: list[str], path: list[str | int]) -> None:
    text = "".join(step if step.startswith("[") else f".{step}" for step in pattern).removeprefix(".")
    assert _reached(text, tuple(path)) is _plainly(tuple(pattern), tuple(path))


def test_many_steps_of_any_number_cost_no_more_than_their_number() -> None:
    states = PathPatterns([".".join([ANY_STEPS, "a"] * 20)]).start
    for _ in range(200):
        states = advance(states, "a")
        assert len(states) <= 41
    assert matches(states)


@pytest.mark.parametrize("text", ["a.b", "**.a", "a[0]", "a[*].b", "[0].a", "a.*.b?", "spark.ssl.keyPassword"])
def test_a_path_is_well_formed(text: str) -> None:
    assert is_path(text)
    assert is_well_formed(text)


@pytest.mark.parametrize("text", ["a..b", ".a", "a.", "a[b]", "a[", "a]", "a[0]b", "a[-1]", "a[0", ""])
def test_any_other_text_is_not(text: str) -> None:
    assert not is_well_formed(text)


VALUE: Node = {"items": [{"token": "x", "n": 1}, {"token": "y", "n": 2}], "token": "z", "meta": {"token": "w"}}


def _found(sensitive: list[str], ignored: list[str]) -> set[Path]:
    policy = Policy(
        names=Names(listed=lambda name: "token" in name).compiled(),
        holds_registered_secret=lambda _: False,
        sensitive_paths=PathPatterns(sensitive),
        ignored_paths=PathPatterns(ignored),
    )
    return {finding.path for finding in findings_of(scan(VALUE, "out", policy))}


def test_a_sensitive_path_seals_what_stands_there() -> None:
    assert ("items", 0, "n") in _found(["out.items[0].n"], [])
    assert ("items", 1, "n") not in _found(["out.items[0].n"], [])


def test_an_ignored_path_is_not_sealed_whatever_its_name() -> None:
    assert _found([], ["**.items[*].token"]) == {("token",), ("meta", "token")}


def test_an_ignored_path_goes_before_a_sensitive_one() -> None:
    assert ("meta", "token") not in _found(["**.token"], ["out.meta.*"])


def test_what_stands_below_an_ignored_path_has_names_of_its_own() -> None:
    assert ("meta", "token") in _found([], ["out.meta"])


def test_the_rule_of_a_path_is_the_operators() -> None:
    policy = Policy(
        names=Names().compiled(), holds_registered_secret=lambda _: False, sensitive_paths=PathPatterns(["out.a"])
    )
    assert scan({"a": 1}, "out", policy) == {"a": NAME_CONFIGURED}
