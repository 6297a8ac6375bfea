"""``effect_of``: what an entry of a setting would change, computed from the tally by the classifier itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique
from functools import cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify import Policy, scan
from secure_xcom.classify.held import UNSEARCHED
from secure_xcom.classify.names import EVERYTHING, REGISTERED, RESERVED, WRAPPED, Names, substring_of
from secure_xcom.classify.paths import PathPatterns
from secure_xcom.model.path_pattern import is_path, is_path_alone
from secure_xcom.ops.tune.look import Look
from secure_xcom.ops.tune.parts import SEALED_BEFORE
from secure_xcom.ops.tune.steps import POSITION, REST, Pattern, written

if TYPE_CHECKING:
    from secure_xcom.model.value import Node
    from secure_xcom.ops.tune.tally import Group

LASTING: Final = frozenset({WRAPPED, REGISTERED, RESERVED, UNSEARCHED, EVERYTHING, SEALED_BEFORE})
"""Rules that ``ignored_keys`` does not lift, and what is sealed already."""


@unique
class Option(Enum):
    """The settings that tuning writes to."""

    AIRFLOW = "[core] sensitive_var_conn_names"
    SENSITIVE = "[secure_xcom] sensitive_keys"
    IGNORED = "[secure_xcom] ignored_keys"

    @property
    def section(self) -> str:
        """The section of ``airflow.cfg``."""
        return self.value.partition("]")[0][1:]

    @property
    def key(self) -> str:
        """The option's name."""
        return self.value.partition(" ")[2]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of one of the settings."""

    option: Option
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How many of the values that were looked at are sealed before and after, and what that costs."""

    before: int
    after: int
    dags: int
    """Dags with values that change sides."""
    false_alarms: int
    """Values that would be sealed and look harmless."""
    missed: int
    """Values that would no longer be sealed and do not look harmless."""
    looks: tuple[tuple[str, int], ...] = ()
    """The most frequent looks of the values that change sides."""


def effect_of(entries: Iterable[Entry], groups: Iterable[Group], *, elsewhere: int = 0) -> Effect:
    """Return what the entries together would change, for values like those in ``groups``.

    What is sealed in the database already stays sealed there: the effect is on the next values that are pushed.
    ``elsewhere`` are the sealed values of other groups, which stay sealed.
    """
    before, gained, lost = elsewhere, Counter[Look](), Counter[Look]()
    dags = set()
    # Many Dags have the same patterns.
    sides = cache(_Entries(entries).sides)
    for group in groups:
        before += group.sealed.total()
        becomes_sealed, becomes_plain = sides(group.pattern)
        to_seal = group.plain if becomes_sealed else Counter[Look]()
        to_show = _lifted(group) if becomes_plain else Counter[Look]()
        gained.update(to_seal)
        lost.update(to_show)
        if to_seal or to_show:
            dags.add(group.dag_id)
    return Effect(
        before=before,
        after=before + gained.total() - lost.total(),
        dags=len(dags),
        false_alarms=sum(values for look, values in gained.items() if look.is_harmless),
        missed=sum(values for look, values in lost.items() if not look.is_harmless),
        looks=tuple((str(look), values) for look, values in (gained + lost).most_common(3)),
    )


def _lifted(group: Group) -> Counter[Look]:
    """Count the sealed values that ``ignored_keys`` can have plain."""
    lifted: Counter[Look] = Counter()
    for (rule, look), values in group.sealed.items():
        if rule not in LASTING:
            lifted[look] += values
    return lifted


class _Entries:
    """Entries as the policies that they alone would make."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        listed = list(entries)
        of = {option: [entry.pattern for entry in listed if entry.option is option] for option in Option}
        self._sensitive, self._ignored = of[Option.SENSITIVE], of[Option.IGNORED]
        self._sealing = _policy(self._sensitive, self._ignored, of[Option.AIRFLOW])

    def sides(self, pattern: Pattern) -> tuple[bool, bool]:
        """Whether a plain value at ``pattern`` would become sealed, and a sealed one plain."""
        if pattern == REST:
            return False, False
        tree = _tree(pattern[1:])
        becomes_sealed = scan(tree, pattern[0], self._sealing) is not None
        if not self._ignored:
            return becomes_sealed, False
        # A sealed value stays sealed by another rule: one that names its place alone stands for all of them.
        return becomes_sealed, scan(tree, pattern[0], _policy([written(pattern)], self._ignored)) is None


def _policy(sensitive: Iterable[str] = (), ignored: Iterable[str] = (), listed: Iterable[str] = ()) -> Policy:
    sensitive, ignored = list(sensitive), list(ignored)
    names = Names(
        sensitive=[pattern for pattern in sensitive if not is_path_alone(pattern)],
        ignored=[pattern for pattern in ignored if not is_path_alone(pattern)],
        listed=substring_of(list(listed)),
    )
    return Policy(
        names=names.compiled(),
        holds_registered_secret=lambda _: False,
        sensitive_paths=PathPatterns([pattern for pattern in sensitive if is_path(pattern)]),
        ignored_paths=PathPatterns([pattern for pattern in ignored if is_path(pattern)]),
    )


def _tree(steps: Pattern) -> Node:
    """Return a value that has a text at these steps and nothing else."""
    tree: Node = "x"
    for step in reversed(steps):
        tree = [tree] if step == POSITION else {step: tree}
    return tree
