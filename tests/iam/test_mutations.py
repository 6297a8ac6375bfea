"""Everything in the generated documents is needed: without it, an attempt succeeds or an own access fails.

Each half of the documents is looked at alone, since together the other half would still refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pytest

from tests.iam.attempts import GRANTED, REFUSED_BY_TAGS, REFUSED_PER_DAG, Row
from tests.iam.world import Layer, World, without, world

Mutant = tuple[str, str, str, Any]
"""What is missing, and where: kind and name of a document, and the document without it."""

_LAYERS: Final = {
    "permissions": Layer.ROLES,
    "trust": Layer.ALL,
    "bucket": Layer.RESOURCES,
    "key": Layer.RESOURCES,
}

IN_DEPTH: Final[Mapping[str, str]] = {
    "xcom TakeOnForOneDag: Null of aws:TagKeys": (
        "an absent dag_id is not like '?*' either; this says it in the words that policy checkers look for"
    ),
}
"""Conditions that refuse nothing more than the others do, and why they are there."""


def _documents(made: World) -> Iterator[tuple[str, str, Any]]:
    yield from (("permissions", name, document) for name, document in made.policies.items())
    yield from (("trust", name, document) for name, document in made.trusts.items())
    yield from (("bucket", name, document) for name, document in made.buckets.items())
    yield "key", "key", made.key


def _statements(made: World) -> Iterator[tuple[str, str, Any, int, Any]]:
    for kind, name, document in _documents(made):
        for index, statement in enumerate(document["Statement"]):
            yield kind, name, document, index, statement


def _without_a_condition(made: World, effect: str) -> Iterator[Mutant]:
    for kind, name, document, index, statement in _statements(made):
        if statement["Effect"] != effect:
            continue
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                what = f"{name} {statement['Sid']}: {operator} of {key}"
                yield what, kind, name, without(document, "Statement", index, "Condition", operator, key)


def _without_a_refused_value(made: World) -> Iterator[Mutant]:
    for kind, name, document, index, statement in _statements(made):
        keys = statement.get("Condition", {}).get("StringNotLike", {})
        for key, values in keys.items():
            for position, value in enumerate(values):
                what = f"{name} {statement['Sid']}: {value}"
                yield (
                    what,
                    kind,
                    name,
                    without(document, "Statement", index, "Condition", "StringNotLike", key, position),
                )


def _without_a_statement(made: World, effect: str) -> Iterator[Mutant]:
    for kind, name, document, index, statement in _statements(made):
        if statement["Effect"] == effect:
            yield f"{name} {statement['Sid']}", kind, name, without(document, "Statement", index)


def _without_an_element_of_a_right(made: World) -> Iterator[Mutant]:
    for kind, name, document, index, statement in _statements(made):
        for element in ("Action", "NotAction", "NotResource"):
            values = statement.get(element)
            # What a refusal excepts is a right, too.
            if isinstance(values, list) and (statement["Effect"] == "Allow" or element.startswith("Not")):
                for position, value in enumerate(values):
                    changed = without(document, "Statement", index, element, position)
                    yield f"{name} {statement['Sid']}: {value}", kind, name, changed


def _table(per_dag: bool) -> Mapping[str, Row]:
    return REFUSED_PER_DAG if per_dag else REFUSED_BY_TAGS


def _one_succeeds(rows: Mapping[str, Row], made: World) -> bool:
    return any(made.layer in row.layers and row.succeeds(made) for row in rows.values())


def _one_fails(rows: Mapping[str, Row], made: World) -> bool:
    return any(made.layer in row.layers and not row.succeeds(made) for row in rows.values())


def _changed(mutants: Iterable[Mutant], *, per_dag: bool) -> Iterator[tuple[str, World]]:
    worlds = {layer: world(layer, per_dag=per_dag) for layer in Layer}
    for what, kind, name, document in mutants:
        yield what, worlds[_LAYERS[kind]].with_(kind, name, document)


designs = pytest.mark.parametrize("per_dag", [pytest.param(False, id="tags"), pytest.param(True, id="per-dag")])


@designs
def test_without_any_one_condition_of_a_right_an_attempt_succeeds(per_dag: bool) -> None:
    mutants = list(_without_a_condition(world(per_dag=per_dag), "Allow"))
    assert len(mutants) >= 30
    idle = {what for what, made in _changed(mutants, per_dag=per_dag) if not _one_succeeds(_table(per_dag), made)}
    assert idle == (set() if per_dag else set(IN_DEPTH))


@designs
def test_without_any_one_condition_of_a_refusal_an_own_access_fails(per_dag: bool) -> None:
    mutants = list(_without_a_condition(world(per_dag=per_dag), "Deny"))
    assert len(mutants) >= 10
    assert [what for what, made in _changed(mutants, per_dag=per_dag) if not _one_fails(GRANTED, made)] == []


@designs
def test_without_any_one_refusal_an_attempt_succeeds(per_dag: bool) -> None:
    mutants = list(_without_a_statement(world(per_dag=per_dag), "Deny"))
    assert len(mutants) >= 8
    table = _table(per_dag)
    assert [what for what, made in _changed(mutants, per_dag=per_dag) if not _one_succeeds(table, made)] == []


def test_without_any_one_refused_pattern_an_attempt_succeeds() -> None:
    mutants = list(_without_a_refused_value(world()))
    assert len(mutants) == 4
    assert [what for what, made in _changed(mutants, per_dag=False) if not _one_succeeds(REFUSED_BY_TAGS, made)] == []


@designs
def test_without_any_one_right_an_own_access_fails(per_dag: bool) -> None:
    mutants = list(_without_a_statement(world(per_dag=per_dag), "Allow"))
    assert len(mutants) >= 15
    assert [what for what, made in _changed(mutants, per_dag=per_dag) if not _one_fails(GRANTED, made)] == []


@designs
def test_without_any_one_action_or_exception_an_own_access_fails(per_dag: bool) -> None:
    mutants = list(_without_an_element_of_a_right(world(per_dag=per_dag)))
    assert len(mutants) >= 30
    assert [what for what, made in _changed(mutants, per_dag=per_dag) if not _one_fails(GRANTED, made)] == []
