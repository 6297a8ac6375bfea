"""``Cut``: where a domain's chains begin anew, or cannot be verified, since a chain key can no longer be opened.

A cut has an id, by which an operator accepts it. The id stands for all that the cut says, and for every row that cannot
be verified: if one of them is changed afterwards, the cut has another id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from secure_xcom.ledger.db.text import original
from secure_xcom.ledger.generations import Before, before, said_before
from secure_xcom.ledger.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One cut. ``dag_id`` is a Dag of the domain."""

    dag_id: str
    generation: int
    problem: str
    id: str

    def __str__(self) -> str:
        return f"Dag {self.dag_id}, generation {self.generation}: {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What the authentic first entry of a generation's register says."""

    domain: str
    generation: int
    dag_id: str
    at: int
    error: str
    mac: str
    said: Before

    @classmethod
    def of(cls, domain: str, generation: int, row: Mapping[str, Any]) -> Beginning | None:
        """Return what an entry says; ``None`` if it is another entry."""
        said = said_before(original(str(row["detail"])))
        if said is None:
            return None
        return cls(
            domain=domain,
            generation=generation,
            dag_id=original(str(row["dag_id"])),
            at=int(row["at"]),
            error=str(row["error"]),
            mac=str(row["mac"]),
            said=said,
        )


def cuts_of(
    connection: Connection,
    walks: Iterable[Walk],
    beginnings: Sequence[Beginning],
    lost: Mapping[tuple[str, int], str],
) -> Iterator[Cut]:
    """Give each generation that begins since the one before could not be opened, and each that cannot be now."""
    for beginning in sorted(beginnings, key=lambda one: (one.domain, one.generation)):
        yield _begun(beginning, before(connection, beginning.domain, beginning.generation))
    walked = sorted(walks, key=lambda walk: (walk.domain, walk.generation, walk.dag_id, walk.run_id))
    for (domain, generation), error in sorted(lost.items()):
        mine = [walk for walk in walked if (walk.domain, walk.generation) == (domain, generation)]
        if mine:
            yield _unopened(mine, error)


def _begun(beginning: Beginning, now: Before) -> Cut:
    said = beginning.said
    moment = datetime.fromtimestamp(beginning.at / 1000, tz=UTC).isoformat(timespec="seconds")
    since = "has the same ends now" if now.ends == said.ends else "has other ends now"
    problem = (
        f"begun at {moment}, as the key of generation {said.generation} could not be opened ({beginning.error}). What "
        f"came before had {said.chains} chains with {said.entries} entries then, and {since}"
    )
    ident = _id(beginning.domain, beginning.mac, problem)
    return Cut(dag_id=beginning.dag_id, generation=beginning.generation, problem=problem, id=ident)


def _unopened(walks: Sequence[Walk], error: str) -> Cut:
    runs, entries = sum(not walk.is_register for walk in walks), sum(walk.seen for walk in walks)
    problem = f"its key cannot be opened ({error}), so {runs} runs with {entries} rows cannot be verified"
    rows = (f"{walk.end}{walk.end_mac}{walk.unverified.hexdigest()}" for walk in walks)
    return Cut(
        dag_id=walks[0].dag_id,
        generation=walks[0].generation,
        problem=problem,
        id=_id(walks[0].domain, str(walks[0].generation), problem, *rows),
    )


def _id(*parts: str) -> str:
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:16]
