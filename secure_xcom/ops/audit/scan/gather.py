"""``Gathered``: the findings so far, each secret at each kind of place once, in memory that does not grow with rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from secure_xcom.ops.audit.finding import Finding, Place
from secure_xcom.ops.audit.scan.hits import Hit, text_of
from secure_xcom.ops.audit.scan.severity import severity_of

if TYPE_CHECKING:
    from secure_xcom.ops.audit.scan.excerpt import Excerpt
    from secure_xcom.ops.audit.scan.fingerprint import Fingerprints

MOST_FINDINGS: Final = 20_000
"""Findings beyond which further ones are counted by source, column and rule: nobody reads so many, and CI stores them.
"""

OTHERS: Final = "others, beyond those that are listed one by one"


_LONGEST: Final = 512
"""Characters of a name that is kept: those of an XCom's key (Airflow). A dict's key may be as long as its author likes,
and thousands of them would fill the memory."""


class Gathered:
    """Adds hits to findings. No secret stays here: a finding has its fingerprint and its look."""

    def __init__(
        self,
        fingerprints: Fingerprints,
        excerpt: Excerpt,
        before: Iterable[Finding] = (),
        most: int = MOST_FINDINGS,
    ) -> None:
        self._fingerprints = fingerprints
        self._excerpt = excerpt
        self._most = most
        self._findings = {finding.fingerprint: finding for finding in before}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, the worst first."""
        return tuple(sorted(self._findings.values(), key=lambda one: (one.severity.rank, one.rule, one.place)))

    def add(self, hit: Hit, place: Place, when: str, *, is_named: bool) -> None:
        """Count a secret."""
        secret = text_of(hit.secret)
        fingerprint = self._fingerprints.of(hit.rule, place, secret, is_named=is_named)
        if fingerprint in self._findings or len(self._findings) < self._most:
            self._count(fingerprint, hit, place, when, self._excerpt(hit.rule, hit.secret))
            return
        place = Place(source=place.source, column=place.column)
        other = self._fingerprints.of_texts("others", hit.rule, place.source, place.column)
        self._count(other, hit, place, when, OTHERS)

    def drop(self, source: str) -> None:
        """Forget the findings of a source, which is scanned anew."""
        self._findings = {key: one for key, one in self._findings.items() if one.place.source != source}

    def _count(self, fingerprint: str, hit: Hit, place: Place, when: str, excerpt: str) -> None:
        known, place = self._findings.get(fingerprint), _short(place)
        severity = severity_of(hit.rule, hit.secret)
        if known is None:
            self._findings[fingerprint] = Finding(
                fingerprint=fingerprint,
                rule=hit.rule,
                severity=severity,
                place=place,
                excerpt=excerpt,
                first_seen=when,
                last_seen=when,
            )
            return
        self._findings[fingerprint] = replace(
            known,
            # What stands for many has the severity of the worst of them, for which a scan must fail.
            severity=min(known.severity, severity, key=lambda one: one.rank),
            count=known.count + 1,
            place=place if when >= known.last_seen else known.place,
            first_seen=min(filter(None, (known.first_seen, when)), default=""),
            last_seen=max(known.last_seen, when),
        )


def _short(place: Place) -> Place:
    if max(len(place.name), len(place.part), len(place.run_id)) <= _LONGEST:
        return place
    return replace(place, name=_cut(place.name), part=_cut(place.part), run_id=_cut(place.run_id))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
