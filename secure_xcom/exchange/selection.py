"""``Classifier``: what of a value is to be sealed, and whether its finished row is clean.

It is the third step of a push and the look at the row that its fifth step ends with. What is sensitive the policy says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secure_xcom.classify import Policy, scan, scan_row
from secure_xcom.classify.names import EVERYTHING, REGISTERED, WRAPPED
from secure_xcom.classify.policy import is_spoken
from secure_xcom.classify.scan import scan_with_suspects
from secure_xcom.classify.suspects import ALL, Suspects
from secure_xcom.errors import PayloadError
from secure_xcom.exchange.observing import Observer
from secure_xcom.model.coordinates import is_airflows, is_read_by_airflow
from secure_xcom.model.mode import Mode
from secure_xcom.model.origin import UNKNOWN, Origin
from secure_xcom.model.value import Node, Selection, findings_of, merged, rules_of

if TYPE_CHECKING:
    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.coordinates import Coordinates
    from secure_xcom.payload.encoding import Encoding
    from secure_xcom.payload.parts import Parts


@dataclass(frozen=True, slots=True)
class Selected:
    """What is sealed of a value, and what the look at it showed of the rest."""

    parts: Selection
    policy: Policy
    suspects: Suspects
    origin: Origin = UNKNOWN
    looks: int = 0
    """How often the row was cut anew, for copies and for what reads as sensitive beside what is sealed."""

    @property
    def shown_rule(self) -> str:
        """The rule that the placeholder shows: the first, or one about passwords, by which readers mask words."""
        first = next(findings_of(self.parts)).rule
        return first if is_spoken(first) else next(filter(is_spoken, sorted(rules_of(self.parts))), first)

    def with_more(self, parts: Selection) -> Selected:
        """Return that further parts are sealed too."""
        return replace(self, parts=merged(self.parts, parts), looks=self.looks + 1)


def _covers(first: Selection, second: Selection) -> bool:
    """Whether each part of the second selection is one of the first, or lies within one."""
    if isinstance(first, str) or isinstance(second, str):
        return isinstance(first, str)
    return all(step in first and _covers(first[step], inner) for step, inner in second.items())


class Classifier:
    """Safe to use from several threads."""

    def __init__(self, runtime: Runtime, policy: Policy, mode: Mode) -> None:
        self._policy = policy
        self._mode = mode
        self._observer = Observer(runtime)

    def whole(self, rule: str) -> Selected:
        """Return that a value is sealed whole, by a rule that did not look at it."""
        return Selected(rule, self._policy, ALL)

    def selected(self, encoding: Encoding, where: Coordinates | None, origin: Origin = UNKNOWN) -> Selected | None:
        """Return what is sealed of a value, ``None`` if nothing is; report what is only observed.

        ``origin`` tells how the task made it.

        Raises ``PayloadError`` for what cannot be classified, and for a secret that Airflow would have to read.
        """
        key = where.key if where else ""
        policy, tree, lost_of = self._policy_of(key, encoding.tree), encoding.tree, encoding.lost_of
        enforced = self._enforced(policy)
        selection, suspected = scan_with_suspects(tree, _name_of(key), enforced, lost_of, origin=origin)
        if self._mode is Mode.OBSERVE:
            sealed = {finding.path for finding in findings_of(selection)}
            observed = findings_of(scan(tree, _name_of(key), policy, lost_of, origin=origin))
            if reported := [finding for finding in observed if finding.path not in sealed]:
                self._observer.observe(where, reported)
        if is_airflows(key):
            _require_readable(selection, key)
        return None if selection is None else Selected(selection, enforced, suspected, origin)

    def left_in(
        self, row: Node, parts: Parts, placeholder: Node, where: Coordinates, selected: Selected
    ) -> Selection | None:
        """Look at the finished row once more, and return what has to be sealed besides.

        That is copies of what is sealed, and what reads as sensitive since the row was cut. After ``MOST_LOOKS`` it is
        the whole.

        ``None`` if the row is clean. Raises ``PayloadError`` if what was selected before is still in it.
        """
        # Loaded with the first value of which something is sealed: most have nothing.
        from secure_xcom.exchange.copies import MOST_LOOKS, copies_in

        copies = None
        if isinstance(selected.parts, dict) and not is_airflows(where.key):
            copies = copies_in(row, parts, placeholder, selected.policy)
        left = copies or scan_row(
            row, _name_of(where.key), selected.policy, placeholder, selected.suspects, origin=selected.origin
        )
        if left is None:
            return None
        # What is sealed changes how the rest reads: it is sealed too. What is sealed and still there is a defect.
        if _covers(selected.parts, left):
            raise PayloadError(
                f"nothing was stored: the row of {where} would hold what is sensitive by {_rules_of(left)}; this is a "
                "defect of secure-xcom"
            )
        return left if selected.looks < MOST_LOOKS else REGISTERED

    def _policy_of(self, key: str, tree: Node) -> Policy:
        """Return what is sensitive in a value: of what Airflow reads from the database, marks and registered texts."""
        if is_airflows(key) and is_read_by_airflow(tree):
            return self._policy.for_registered_texts()
        return self._policy

    def _enforced(self, policy: Policy) -> Policy:
        return policy if self._mode is Mode.ENFORCE else policy.for_marks_only()


def _require_readable(selection: Selection | None, key: str) -> None:
    """Raise ``PayloadError`` if what is sensitive in one of Airflow's own keys would be sealed by parts.

    Airflow reads these from the database, and would read placeholders. What the author marked is sealed all the same,
    and what has a form that Airflow never reads is sealed whole where every value is.
    """
    if rules := {*_rules_of(selection)} - {WRAPPED, EVERYTHING}:
        raise PayloadError(
            f"nothing was stored: Airflow reads {key!r} from the database, so this key can hold no secret, and the "
            f"value is sensitive by {sorted(rules)}: push it under a key of your own, or leave the secret out"
        )


def _rules_of(selection: Selection | None) -> list[str]:
    return sorted({finding.rule for finding in findings_of(selection)})


def _name_of(key: str) -> str:
    # A link that is called after a password is no password.
    return "" if is_airflows(key) else key
