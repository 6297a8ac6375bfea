"""``proposals``: entries for the settings that would seal what was missed, and leave plain what was sealed in vain."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.spelling import normal_pattern
from secure_xcom.ops.tune.effect import Effect, Entry, Option, effect_of
from secure_xcom.ops.tune.steps import POSITION, Pattern, name_in, parsed, written
from secure_xcom.ops.tune.verdict import harmless_values, is_decided, missed_values

if TYPE_CHECKING:
    from secure_xcom.classify import Policy
    from secure_xcom.ops.tune.tally import Group

PAGES: Final = ("variables", "extras of connections", "rendered templates", "task logs")
"""What Airflow also hides by a name that ``sensitive_var_conn_names`` lists, besides XComs: the value of a variable,
a field of a connection's extra, a field of a rendered template, and all of these in a log. Source: Airflow's
documentation, "Masking sensitive data".
"""

MOST: Final = 100
"""Proposals that are made. After the first hundred are decided, the next run makes the others."""

_MOST_TRIED: Final = 200
"""Entries of each kind whose effect is computed, in some milliseconds each. Those with the most values come first."""

_FEWEST: Final = 3
"""Sealed values below which it may be an accident that all of them look harmless."""

_NAME_SHARE: Final = 0.5
"""Share of a name's plain values that must look secret for the name to be proposed, and not the places alone."""

_WORD_SHARE: Final = 0.8
"""The same for a part of names, which ``sensitive_var_conn_names`` finds in any name."""

_SAYS_NOTHING: Final = frozenset(
    {"return_value", "body", "content", "data", "id", "item", "key", "message", "name", "output", "result", "results"}
    | {"text", "uri", "url", "value", "values"}
)
"""Names that are not proposed: there is anything under them. Their places are."""

_MAY_BE_A_WORD: Final = frozenset(
    {"pass", "passphrase", "passwd", "password", "pin", "pwd", "tan", "host_key", "password_salt", "salt"}
)
"""Names that are never proposed for ``ignored_keys``: what stands there may be a secret that looks like a word."""

_SEGMENT: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", re.ASCII)
_SHORTEST_WORD: Final = 4
_MOST_WORDS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An entry for a setting, with what it changes."""

    entry: Entry
    reason: str
    effect: Effect
    pages: tuple[str, ...] = ()
    """What Airflow hides by this entry besides XComs."""


def proposals(groups: Iterable[Group], policy: Policy) -> list[Proposal]:
    """Return the proposals, those first that change the most values."""
    counted = _Counted(groups, policy)
    finders = (_for_missed, _for_harmless)
    entries = [entry for find in finders for entry in islice(find(counted.undecided), _MOST_TRIED)]
    made = [_proposal(entry, counted.effect_of([entry])) for entry in entries]
    useful = [one for one in made if one.effect.before != one.effect.after]
    return sorted(useful, key=lambda one: (-abs(one.effect.after - one.effect.before), one.entry.pattern))[:MOST]


def effect_of_all(entries: Sequence[Entry], groups: Iterable[Group], policy: Policy) -> Effect:
    """Return what the entries change together. Places that the operator ignores stay as they are."""
    return _Counted(groups, policy).effect_of(entries)


class _Counted:
    """The groups that entries can change, and how many values are sealed in all."""

    def __init__(self, groups: Iterable[Group], policy: Policy) -> None:
        listed = list(groups)
        self.undecided = [group for group in listed if not is_decided(group.pattern, policy)]
        self._named = [(normal_pattern(".".join(group.pattern)), group) for group in self.undecided]
        self._sealed = sum(group.sealed.total() for group in listed)

    def effect_of(self, entries: Sequence[Entry]) -> Effect:
        """Ask the classifier about those groups alone that have a name of an entry in them."""
        needles = [normal_pattern(name_in(parsed(entry.pattern)) or "") for entry in entries]
        near = [group for named, group in self._named if any(needle in named for needle in needles)]
        return effect_of(entries, near, elsewhere=self._sealed - sum(group.sealed.total() for group in near))


def _proposal(entry: Entry, effect: Effect) -> Proposal:
    reasons = {
        Option.AIRFLOW: "names with this part hold what looks secret",
        Option.SENSITIVE: "not sealed, and looks secret",
        Option.IGNORED: "sealed, and all of it looks harmless",
    }
    pages = PAGES if entry.option is Option.AIRFLOW else ()
    return Proposal(entry=entry, reason=reasons[entry.option], effect=effect, pages=pages)


def _for_missed(groups: Sequence[Group]) -> Iterator[Entry]:
    missed = [group for group in groups if missed_values(group)]
    by_name = _by_name(group for group in groups if group.plain)
    told = {name for group in missed if (name := name_in(group.pattern)) and _is_telling(name, by_name[name])}
    words = _words(told, by_name)
    for word in sorted(words):
        yield Entry(Option.AIRFLOW, word)
    covered = {name for name in told if any(word in name.lower() for word in words)}
    for name in sorted(told - covered, key=lambda name: (-sum(map(missed_values, by_name[name])), name)):
        yield Entry(Option.SENSITIVE, name)
    places: Counter[Pattern] = Counter()
    for group in missed:
        if name_in(group.pattern) not in told and _is_place(group.pattern):
            places[group.pattern] += missed_values(group)
    for pattern, _ in places.most_common():
        yield Entry(Option.SENSITIVE, written(pattern))


def _is_telling(name: str, groups: Sequence[Group]) -> bool:
    """Whether most of what stands under a name looks secret."""
    return name.lower() not in _SAYS_NOTHING and _share(groups) >= _NAME_SHARE


def _share(groups: Iterable[Group]) -> float:
    listed = list(groups)
    values = sum(group.plain.total() for group in listed)
    return sum(map(missed_values, listed)) / values if values else 0.0


def _words(names: Iterable[str], by_name: dict[str, list[Group]]) -> set[str]:
    """Return the parts of two names or more that say of each name that has them that its values look secret."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for segment in _SEGMENT.findall(name):
            found[segment.lower()].add(name)
    shared = {word: having for word, having in found.items() if len(having) > 1 and len(word) >= _SHORTEST_WORD}
    most = sorted(shared.keys() - _SAYS_NOTHING, key=lambda word: (-len(shared[word]), word))[:_MOST_WORDS]
    return {
        word
        for word in most
        if _share(group for name, groups in by_name.items() if word in name.lower() for group in groups) >= _WORD_SHARE
    }


def _is_place(pattern: Pattern) -> bool:
    """Whether a setting can name this place without naming every Dag's returned values."""
    return len([step for step in pattern if step != POSITION]) > 1


def _for_harmless(groups: Sequence[Group]) -> Iterator[Entry]:
    harmless = [group for group in groups if harmless_values(group)]
    by_name = _by_name(group for group in groups if group.sealed)
    names = {name for group in harmless if (name := name_in(group.pattern)) and _is_vain(name, by_name[name])}
    for name in sorted(names, key=lambda name: (-sum(map(harmless_values, by_name[name])), name)):
        yield Entry(Option.IGNORED, name)
    spoilt = {group.pattern for group in groups if group.sealed and not harmless_values(group)}
    places: Counter[Pattern] = Counter()
    for group in harmless:
        if group.pattern not in spoilt and _is_vain_place(group, names):
            places[group.pattern] += harmless_values(group)
    for pattern, _ in places.most_common():
        yield Entry(Option.IGNORED, written(pattern))


def _is_vain(name: str, groups: Sequence[Group]) -> bool:
    """Whether all that is sealed under a name looks harmless."""
    if name.lower() in _MAY_BE_A_WORD | _SAYS_NOTHING:
        return False
    return all(map(harmless_values, groups)) and sum(map(harmless_values, groups)) >= _FEWEST


def _is_vain_place(group: Group, names: set[str]) -> bool:
    name = name_in(group.pattern)
    if name is None or name in names or name.lower() in _MAY_BE_A_WORD or not _is_place(group.pattern):
        return False
    return harmless_values(group) >= _FEWEST


def _by_name(groups: Iterable[Group]) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        if (name := name_in(group.pattern)) is not None:
            found[name].append(group)
    return found
