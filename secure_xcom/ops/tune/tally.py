"""``Tally``: counts the parts of XComs by Dag and pattern, in bounded memory and without a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify import Policy
from secure_xcom.errors import PayloadError
from secure_xcom.ops.tune.look import SEALED, Look, look_of
from secure_xcom.ops.tune.parts import SEALED_BEFORE, take_apart
from secure_xcom.ops.tune.rows import Problem, Row
from secure_xcom.ops.tune.steps import ANY, POSITION, REST, Pattern, parsed, step_of

if TYPE_CHECKING:
    from secure_xcom.model.value import Node
    from secure_xcom.ops.tune.observed import Observation

MOST_GROUPS: Final = 20_000
"""Groups that are kept, at a kilobyte each. The others are counted together by Dag, or at all."""

_LONGEST_COMPARED: Final = 128

_MOST_STEPS: Final = 65_536
"""Keys whose step is remembered."""

_UNSEEN: Final = object()
_VARIES: Final = object()


@dataclass(slots=True)
class Group:
    """What stands at one pattern of one Dag, in all its runs. Counts are of values: texts, numbers, truth values."""

    dag_id: str
    pattern: Pattern
    airflow_hides: bool = False
    """Whether Airflow itself would hide a value of that name, by its built-in list or the operator's."""
    sealed: Counter[tuple[str, Look]] = field(default_factory=Counter)
    """Sealed values, by rule and look."""
    plain: Counter[Look] = field(default_factory=Counter)
    observed: Counter[str] = field(default_factory=Counter)
    """What tasks reported with ``mode = observe``, by rule."""
    _first: object = field(default=_UNSEEN, repr=False)

    @property
    def is_constant(self) -> bool:
        """Whether two or more sealed values were all the same."""
        return self._first is not _UNSEEN and self._first is not _VARIES and self.sealed.total() > 1

    def seal(self, node: Node, rule: str, values: int) -> None:
        """Count a sealed part."""
        self.sealed[rule, SEALED if rule == SEALED_BEFORE else look_of(node)] += values
        if self._first is _VARIES:
            return
        is_long = isinstance(node, (dict, list)) or (isinstance(node, str) and len(node) > _LONGEST_COMPARED)
        if is_long or self._first not in (_UNSEEN, node):
            self._first = _VARIES
        else:
            self._first = node


class Tally:
    """What was found in all XComs so far."""

    def __init__(self, policy: Policy, hides_name: Callable[[str], bool], most_groups: int = MOST_GROUPS) -> None:
        self.policy = policy
        self._hides_name = hides_name
        self._most_groups = most_groups
        self._step = lru_cache(_MOST_STEPS)(self._step_of)
        self._groups: dict[tuple[str, Pattern], Group] = {}
        self.rows = 0
        self.problems: Counter[Problem] = Counter()

    @property
    def groups(self) -> Iterable[Group]:
        """The groups in no order."""
        return self._groups.values()

    @property
    def dags(self) -> set[str]:
        """The Dags that there were XComs of."""
        return {group.dag_id for group in self._groups.values()}

    def add(self, row: Row | Problem) -> None:
        """Count an XCom. What cannot be looked at is counted as that."""
        self.rows += 1
        if isinstance(row, Problem):
            self.problems[row] += 1
            return
        try:
            take_apart(row, self.policy, _OfDag(row.dag_id, self._group, self._step))
        except RecursionError:
            self.problems[Problem.TOO_DEEP] += 1
        except PayloadError:
            self.problems[Problem.NO_PYARROW] += 1

    def observe(self, observation: Observation) -> None:
        """Count what a task reported in the mode that only observes."""
        group = self._group(observation.dag_id, self._shown(parsed(observation.path)))
        group.observed[observation.rule] += observation.count

    def _shown(self, pattern: Pattern) -> Pattern:
        return tuple(step if step == POSITION else self._step(step) for step in pattern)

    def _step_of(self, name: str) -> str:
        """Return a key as a step, ``*`` for one that is a secret itself."""
        return ANY if self.policy.rule_of_text(name) else step_of(name)

    def _group(self, dag_id: str, pattern: Pattern) -> Group:
        group = self._groups.get((dag_id, pattern))
        if group is not None:
            return group
        if len(self._groups) >= self._most_groups:
            pattern = REST
            # Twice that for the Dags themselves; a database with more of them is not one that people made.
            dag_id = dag_id if len(self._groups) < 2 * self._most_groups else REST[0]
        hides = any(map(self._hides_name, pattern))
        return self._groups.setdefault((dag_id, pattern), Group(dag_id, pattern, hides))


class _OfDag:
    """Implements ``parts.Parts``: counts the parts of one XCom."""

    def __init__(self, dag_id: str, group: Callable[[str, Pattern], Group], step: Callable[[str], str]) -> None:
        self._dag_id = dag_id
        self._group = group
        self.step = step

    def sealed(self, pattern: Pattern, node: Node, rule: str, values: int) -> None:
        self._group(self._dag_id, pattern).seal(node, rule, values)

    def plain(self, pattern: Pattern, node: Node) -> None:
        self._group(self._dag_id, pattern).plain[look_of(node)] += 1
