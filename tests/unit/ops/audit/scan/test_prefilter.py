"""What the prefilter passes by has nothing that the rules find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.content import RULES, ContentRules
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.name_endings import ENDINGS, WHOLE_NAMES
from secure_xcom.ops.audit.scan.prefilter import Prefilter, words_of_patterns
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

POLICY = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
PREFILTER = Prefilter(ContentRules(RULES, lambda name: POLICY.names.rule_of(name) is not None).explain)

NAMES = sorted(
    spelled
    for ending in {*(ending for ending, rule in ENDINGS.items() if rule), *WHOLE_NAMES}
    for spelled in (
        "_".join(ending),
        "MY-" + "-".join(ending).upper(),
        "the" + "".join(map(str.capitalize, ending)),
        "db." + ".".join(ending) + "_2",
        "".join(ending),
    )
)


def _is_passed_by(value: object) -> bool:
    texts = ["1", json.dumps(value), '"done"']
    assert {0, 2}.isdisjoint(PREFILTER.suspects(texts))
    return 1 not in PREFILTER.suspects(texts)


def test_no_name_of_a_secret_is_passed_by() -> None:
    sensitive = [name for name in NAMES if scan({name: "q7ZtX9bV4mKp2Ls"}, "return_value", POLICY) is not None]
    assert len(sensitive) > 1000
    assert [name for name in sensitive if _is_passed_by({name: "q7ZtX9bV4mKp2Ls"})] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_example_of_a_rule_is_passed_by(rule: object) -> None:
    example = invent(rule.example)  # type: ignore[attr-defined]
    assert not _is_passed_by(example)
    assert not _is_passed_by({"rows": [1, {"x": f"see {example} here"}]})


@pytest.mark.parametrize(
    "value",
    [
        {"rows": 3, "path": "s3://bucket/part-1.parquet", "status": "success"},
        [f"file_{number}.csv" for number in range(5)],
        {"date": "2026-01-01", "count": 4, "pathology": "/a/pattern", "spat": 1},
    ],
    ids=["dict", "list", "words"],
)
def test_what_is_harmless_is_passed_by(value: object) -> None:
    assert _is_passed_by(value)


_WORDS = st.sampled_from(
    [
        *NAMES[::37],
        "name",
        "value",
        "columns",
        "rows",
        "kind",
        "Secret",
        "data",
        "sensitive",
        "auths",
        "id",
        "a",
        "path",
    ]
)
_LEAVES = st.one_of(_WORDS, st.text(max_size=12), st.integers(), st.booleans(), st.just("q7ZtX9bV4mKp2Ls"))
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS | st.text(max_size=6), inner, max_size=3),
)


@given(st.lists(_TREES, min_size=1, max_size=4))
def test_what_is_passed_by_has_nothing_to_find(values: list[object]) -> None:
    suspects = PREFILTER.suspects([json.dumps(value) for value in values])
    passed_by = [value for number, value in enumerate(values) if number not in suspects]
    assert [value for value in passed_by if scan(value, "return_value", POLICY) is not None] == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("patterns", "words"),
    [(["iban"], ["iban"]), (["cust_*_pin?"], ["cust"]), (["*"], None), ([], [])],
    ids=["word", "longest", "wildcard", "none"],
)
def test_a_word_of_each_pattern_is_looked_for(patterns: list[str], words: list[str] | None) -> None:
    assert words_of_patterns(patterns) == words
