"""``verify``: walks every chain and names what does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from secure_xcom.ledger.beginnings import starts
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.cuts import Beginning, cuts_of
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chains, entries
from secure_xcom.ledger.db.text import original
from secure_xcom.ledger.extending import REGISTER, ChainKey, chain_of, register_of
from secure_xcom.ledger.known_keys import KnownKeys, number_of
from secure_xcom.ledger.verification import Pruned, Verification
from secure_xcom.ledger.walk import FOREIGN, Break, End, Walk
from secure_xcom.model.event import Event

_BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class _Registered:
    """What an entry of a register says: that there is a run's chain in its ``domain``. ``register`` is its own Dag."""

    chain: str
    dag_id: str
    run_id: str
    domain: str
    register: str


def verify(database: Database, keys: ChainKeys, anchor: Mapping[str, End] | None = None) -> Verification:
    """Walk all chains; ``anchor`` holds the ``ends`` of an earlier verification.

    The work is one pass over the entries, in memory bounded by the number of runs. Raises a ``LedgerError``.
    """
    known = KnownKeys(keys)
    if not database.is_made():
        # Verification must not create the ledger.
        return Verification(runs=0, entries=0, breaks=tuple(_lost({}, (), known, anchor or {})), ends={})
    return database.read_snapshot(lambda connection: _verify(connection, known, anchor or {}))


def _verify(connection: Connection, keys: KnownKeys, anchor: Mapping[str, End]) -> Verification:
    heads = list(_rows(connection, select(chains)))
    found = (keys.of(original(str(row["dag_id"])), row["generation"], str(row["domain"])) for row in heads)
    by_domain = {(key.domain, key.generation): key for key in found if key}
    seen = _Seen({row["chain"]: _walk_of(row, keys, by_domain, anchor) for row in heads})
    for name, start in starts(connection):
        if name in seen.walks:
            seen.walks[name].begin(name, start)
    for name, rows in _grouped(connection):
        seen.see_chain(name, rows)
    seen.finish()
    walks = seen.walks
    return Verification(
        runs=sum(not walk.is_register for walk in walks.values()),
        entries=seen.entries,
        breaks=(*seen.breaks, *keys.problems, *_lost(walks, seen.registered, keys, anchor)),
        cuts=tuple(cuts_of(connection, walks.values(), seen.beginnings, keys.lost)),
        unproved=+seen.unproved,
        pruned=tuple(_pruned(walks.values())),
        ends={name: walk.end for name, walk in walks.items()},
    )


@dataclass(slots=True)
class _Seen:
    """What the entries say while they pass by, one chain at a time."""

    walks: Mapping[str, Walk]
    entries: int = 0
    breaks: list[Break] = field(default_factory=list)
    registered: list[_Registered] = field(default_factory=list)
    beginnings: list[Beginning] = field(default_factory=list)
    unproved: Counter[tuple[str, str]] = field(default_factory=Counter)

    def see_chain(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Walk along the entries of one chain. Without the chain's end the first of them is a break."""
        walk = self.walks.get(name)
        for row in rows:
            self.entries += 1
            if walk is None:
                self.breaks.append(_break_of(row, "the run's end is gone"))
                break
            walk.see(name, row)
            self.unproved[walk.dag_id, walk.run_id] += row["proved"] != 1
            if walk.is_register and row["event"] == Event.KEY.value:
                self.beginnings.extend(_beginning(walk, row))
            elif walk.is_register:
                self.registered.extend(_registered(walk, row))

    def finish(self) -> None:
        """Compare each chain with its end, once all have passed by."""
        for name, walk in self.walks.items():
            walk.finish(name)
            if walk.is_register and walk.generation > 1 and walk.secret and not walk.problem:
                _require_beginning(walk, self.beginnings)
        self.breaks.extend(walk.problem for walk in self.walks.values() if walk.problem)


def _pruned(walks: Iterable[Walk]) -> Iterator[Pruned]:
    """Give what was pruned of each Dag, by records that are authentic."""
    found: dict[str, Pruned] = {}
    for walk in walks:
        if walk.start is not None and walk.secret is not None and not walk.problem:
            one = found.get(walk.dag_id, Pruned(dag_id=walk.dag_id, runs=0, entries=0, until=0))
            found[walk.dag_id] = Pruned(
                dag_id=walk.dag_id,
                runs=one.runs + 1,
                entries=one.entries + walk.start.number,
                until=max(one.until, walk.start.until),
            )
    yield from (found[dag_id] for dag_id in sorted(found))


def _beginning(walk: Walk, row: Mapping[str, Any]) -> Iterator[Beginning]:
    """Give what the first entry of a further generation's register says, if it is authentic."""
    found = Beginning.of(walk.domain, walk.generation, row) if walk.generation > 1 and row["number"] == 1 else None
    if walk.secret is not None and not walk.problem:
        if found is None:
            walk.fail(walk.length, FOREIGN)
        else:
            yield found


def _require_beginning(walk: Walk, beginnings: Sequence[Beginning]) -> None:
    if (walk.domain, walk.generation) not in {(one.domain, one.generation) for one in beginnings}:
        walk.fail(1, "the register does not say which chains came before it")


def _registered(walk: Walk, row: Mapping[str, Any]) -> Iterator[_Registered]:
    """Give the run that an entry of a register is about, if its chain is one of the register's own domain."""
    name, dag_id, run_id = str(row["detail"]), original(str(row["dag_id"])), original(str(row["run_id"]))
    if name == chain_of(walk.domain, dag_id, run_id, walk.generation):
        yield _Registered(name, dag_id, run_id, walk.domain, walk.dag_id)
    elif not walk.problem:
        walk.fail(walk.length, FOREIGN)


def _grouped(connection: Connection) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
    ordered = select(entries).order_by(entries.c.chain, entries.c.number)
    return groupby(_rows(connection.execution_options(yield_per=_BATCH), ordered), key=itemgetter("chain"))


def _rows(connection: Connection, wanted: Select[Any]) -> Iterator[Mapping[str, Any]]:
    names = tuple(column.name for column in wanted.selected_columns)
    for row in connection.execute(wanted):
        yield dict(zip(names, row, strict=True))


def _walk_of(
    row: Mapping[str, Any], keys: KnownKeys, by_domain: Mapping[tuple[str, int], ChainKey], anchor: Mapping[str, End]
) -> Walk:
    # The owner of the database decides what type a value has: SQLite keeps any in any column.
    dag_id, run_id, generation = (
        original(str(row["dag_id"])),
        original(str(row["run_id"])),
        number_of(row["generation"]),
    )
    domain = str(row["domain"])
    # By its chain and not by its name: a run could be called like it.
    is_register = row["chain"] == register_of(domain, generation)
    key = keys.of(dag_id, row["generation"], domain)
    if is_register:
        # The Dag that began it may have left the domain, to which other Dags still belong.
        key = by_domain.get((domain, generation), key)
    walk = Walk(
        dag_id=dag_id,
        run_id=run_id,
        domain=domain,
        generation=generation,
        end=(row["length"], row["last_mac"], str(row["dag_id"]), str(row["run_id"])),
        end_mac=row["end_mac"],
        secret=None if key is None else key.secret,
        anchored=anchor.get(row["chain"]),
        is_register=is_register,
    )
    if key and domain != key.domain:
        walk.fail(0, "the Dag belongs to another domain now: verify with the routes file of that time")
    elif not walk.is_register and row["chain"] != chain_of(domain, dag_id, run_id, generation):
        walk.fail(0, "the run's name was changed")
    elif not isinstance(row["length"], int):
        walk.fail(0, "the run's end was changed")
    return walk


def _lost(
    walks: Mapping[str, Walk], registered: Sequence[_Registered], keys: KnownKeys, anchor: Mapping[str, End]
) -> Iterator[Break]:
    times = Counter(one.chain for one in registered)
    for one in dict.fromkeys(registered):
        if one.chain not in walks:
            yield _gone(one, keys)
        elif times[one.chain] > 1:
            problem = "dropped and begun anew: the register of runs has it more than once"
            yield Break(dag_id=one.dag_id, run_id=one.run_id, number=1, problem=problem)
    for name, walk in walks.items():
        if not walk.is_register and name not in times and walk.secret is not None:
            yield Break(dag_id=walk.dag_id, run_id=walk.run_id, number=1, problem="the run is not in the register")
    for name in anchor.keys() - walks.keys() - times.keys():
        *_, dag_id, run_id = map(original, map(str, anchor[name]))
        yield Break(dag_id=dag_id, run_id=run_id, number=1, problem="gone whole since the last verification")


def _gone(one: _Registered, keys: KnownKeys) -> Break:
    if one.domain in keys.domains_of(one.dag_id):
        return Break(dag_id=one.dag_id, run_id=one.run_id, number=1, problem="the whole run is gone")
    # The Dag has left the domain since, or never belonged to it: only the register says so.
    problem = f"run {one.run_id} of Dag {one.dag_id}, which is of another domain now, is gone whole"
    return Break(dag_id=one.register, run_id=REGISTER, number=1, problem=problem)


def _break_of(row: Mapping[str, Any], problem: str) -> Break:
    dag_id, run_id = row["actor_dag_id"] or row["dag_id"], row["actor_run_id"] or row["run_id"]
    return Break(dag_id=str(dag_id), run_id=str(run_id), number=number_of(row["number"]), problem=problem)
