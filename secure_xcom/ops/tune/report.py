"""``Report``: what was found, for people and machines: counts, patterns, rules and looks, never a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secure_xcom.ops.explain.shown_names import masked_name
from secure_xcom.ops.tune.effect import LASTING
from secure_xcom.ops.tune.proposals import Proposal, proposals
from secure_xcom.ops.tune.steps import written
from secure_xcom.ops.tune.verdict import (
    AIRFLOW_HIDES,
    LOOKS_HARMLESS,
    LOOKS_RANDOM,
    harmless_values,
    is_decided,
    looks_secret,
    missed_values,
)

if TYPE_CHECKING:
    from secure_xcom.ops.tune.look import Look
    from secure_xcom.ops.tune.tally import Group, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A pattern of one Dag with the values there that a section of the report is about."""

    dag_id: str
    path: str
    values: int
    because: str
    """The rules, or why it is listed."""
    looks: tuple[tuple[str, int], ...]
    """The most frequent looks, with counts."""
    always_the_same: bool = False
    observed: int = 0
    """How often tasks reported it with ``mode = observe``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found. ``sealed``, ``unsealed`` and ``harmless`` have the largest places first."""

    rows: int
    problems: Mapping[str, int]
    sealed_values: int
    plain_values: int
    sealed: tuple[Place, ...]
    unsealed: tuple[Place, ...]
    """Not sealed, but looks secret."""
    harmless: tuple[Place, ...]
    """Sealed, but looks harmless."""
    proposals: tuple[Proposal, ...]


def report_of(tally: Tally) -> Report:
    """Return what a tally says."""
    groups, policy = list(tally.groups), tally.policy
    undecided = [group for group in groups if not is_decided(group.pattern, policy)]

    def places(groups: Iterable[Group], place_of: Callable[[Group], Place]) -> tuple[Place, ...]:
        return tuple(
            replace(one, dag_id=masked_name(one.dag_id, policy.rule_of_text)) for one in _places(groups, place_of)
        )

    return Report(
        rows=tally.rows,
        problems={problem.value: count for problem, count in tally.problems.items()},
        sealed_values=sum(group.sealed.total() for group in groups),
        plain_values=sum(group.plain.total() for group in groups),
        sealed=places((group for group in groups if group.sealed or group.observed), _sealed),
        unsealed=places((group for group in undecided if missed_values(group)), _unsealed),
        harmless=places((group for group in undecided if harmless_values(group)), _harmless),
        proposals=tuple(proposals(groups, policy)),
    )


def _places(groups: Iterable[Group], place_of: Callable[[Group], Place]) -> tuple[Place, ...]:
    return tuple(sorted(map(place_of, groups), key=lambda place: (-place.values, place.dag_id, place.path)))


def _sealed(group: Group) -> Place:
    rules: Counter[str] = Counter()
    looks: Counter[Look] = Counter()
    for (rule, look), values in group.sealed.items():
        rules[rule] += values
        looks[look] += values
    return _place(group, rules.total(), ", ".join(_in_order(rules or group.observed)), looks)


def _unsealed(group: Group) -> Place:
    looks = Counter({look: values for look, values in group.plain.items() if looks_secret(group, look)})
    because = [AIRFLOW_HIDES] if group.airflow_hides else []
    if any(look.is_suspicious for look in looks):
        because.append(LOOKS_RANDOM)
    return _place(group, looks.total(), ", ".join(because), looks)


def _harmless(group: Group) -> Place:
    looks: Counter[Look] = Counter()
    rules: Counter[str] = Counter()
    for (rule, look), values in group.sealed.items():
        if rule not in LASTING:
            looks[look] += values
            rules[rule] += values
    return _place(group, looks.total(), f"{LOOKS_HARMLESS}, sealed by {', '.join(_in_order(rules))}", looks)


def _place(group: Group, values: int, because: str, looks: Counter[Look]) -> Place:
    return Place(
        dag_id=group.dag_id,
        path=written(group.pattern),
        values=values,
        because=because,
        looks=tuple((str(look), count) for look, count in looks.most_common(3)),
        always_the_same=group.is_constant,
        observed=group.observed.total(),
    )


def _in_order(rules: Counter[str]) -> list[str]:
    return [rule for rule, _ in sorted(rules.items(), key=lambda item: (-item[1], item[0]))]
