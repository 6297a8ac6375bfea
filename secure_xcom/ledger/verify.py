"""``verify``: walks every chain and names what does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from secure_xcom.errors import SecureXComError
from secure_xcom.ledger.chain_keys import ChainKey, ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chains, entries
from secure_xcom.ledger.db.text import original
from secure_xcom.ledger.ledger import REGISTER, chain_of, register_of
from secure_xcom.ledger.walk import FOREIGN, Break, End, Walk

_BATCH: Final = 2000


@dataclass(frozen=True, slots=True)
class _Registered:
    """What an entry of a register says: that there is a run's chain in its ``domain``. ``register`` is its own Dag."""

    chain: str
    dag_id: str
    run_id: str
    domain: str
    register: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found. ``ends`` are the chains' ends as the database has them, to be compared the next time."""

    runs: int
    entries: int
    breaks: tuple[Break, ...]
    ends: Mapping[str, End] = field(repr=False)


def verify(database: Database, keys: ChainKeys, anchor: Mapping[str, End] | None = None) -> Verification:
    """Walk all chains; ``anchor`` holds the ``ends`` of an earlier verification.

    The work is one pass over the entries, in memory bounded by the number of runs. Raises a ``LedgerError``.
    """
    known = _KeysOnce(keys)
    if not database.is_made():
        # Verification must not create the ledger.
        return Verification(runs=0, entries=0, breaks=tuple(_lost({}, (), known, anchor or {})), ends={})
    return database.read_snapshot(lambda connection: _verify(connection, known, anchor or {}))


def _verify(connection: Connection, keys: _KeysOnce, anchor: Mapping[str, End]) -> Verification:
    heads = list(_rows(connection, select(chains)))
    found = (keys.of(original(str(row["dag_id"]))) for row in heads)
    by_domain = {key.domain: key for key in found if key}
    walks = {row["chain"]: _walk_of(row, keys, by_domain, anchor) for row in heads}
    breaks: list[Break] = []
    registered: list[_Registered] = []
    total = 0
    for name, rows in _grouped(connection):
        walk = walks.get(name)
        for row in rows:
            total += 1
            if walk is None:
                breaks.append(_break_of(row, "the run's end is gone"))
                break
            walk.see(name, row)
            if walk.is_register:
                registered.extend(_registered(walk, row))
    for name, walk in walks.items():
        walk.finish(name)
    breaks.extend(walk.problem for walk in walks.values() if walk.problem)
    breaks.extend(keys.problems)
    breaks.extend(_lost(walks, registered, keys, anchor))
    ends = {name: walk.end for name, walk in walks.items()}
    runs = sum(not walk.is_register for walk in walks.values())
    return Verification(runs=runs, entries=total, breaks=tuple(breaks), ends=ends)


def _registered(walk: Walk, row: Mapping[str, Any]) -> Iterator[_Registered]:
    """Give the run that an entry of a register is about, if its chain is one of the register's own domain."""
    name, dag_id, run_id = str(row["detail"]), original(str(row["dag_id"])), original(str(row["run_id"]))
    if name == chain_of(walk.domain, dag_id, run_id):
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
    row: Mapping[str, Any], keys: _KeysOnce, by_domain: Mapping[str, ChainKey], anchor: Mapping[str, End]
) -> Walk:
    # The owner of the database decides what type a value has: SQLite keeps any in any column.
    dag_id, run_id = original(str(row["dag_id"])), original(str(row["run_id"]))
    # By its chain and not by its name: a run could be called like it.
    is_register = row["chain"] == register_of(str(row["domain"]))
    key = keys.of(dag_id)
    if is_register:
        # The Dag that began it may have left the domain, to which other Dags still belong.
        key = by_domain.get(row["domain"], key)
    walk = Walk(
        dag_id=dag_id,
        run_id=run_id,
        domain=row["domain"],
        end=(row["length"], row["last_mac"], str(row["dag_id"]), str(row["run_id"])),
        end_mac=row["end_mac"],
        secret=None if key is None else key.secret,
        anchored=anchor.get(row["chain"]),
        is_register=is_register,
    )
    if key and row["domain"] != key.domain:
        walk.fail(0, "the Dag belongs to another domain now: verify with the routes file of that time")
    elif key and not walk.is_register and row["chain"] != chain_of(key.domain, dag_id, run_id):
        walk.fail(0, "the run's name was changed")
    elif not isinstance(row["length"], int):
        walk.fail(0, "the run's end was changed")
    return walk


def _lost(
    walks: Mapping[str, Walk], registered: Sequence[_Registered], keys: _KeysOnce, anchor: Mapping[str, End]
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


def _gone(one: _Registered, keys: _KeysOnce) -> Break:
    if keys.domain_of(one.dag_id) == one.domain:
        return Break(dag_id=one.dag_id, run_id=one.run_id, number=1, problem="the whole run is gone")
    # The Dag has left the domain since, or never belonged to it: only the register says so.
    problem = f"run {one.run_id} of Dag {one.dag_id}, which is of another domain now, is gone whole"
    return Break(dag_id=one.register, run_id=REGISTER, number=1, problem=problem)


def _break_of(row: Mapping[str, Any], problem: str) -> Break:
    dag_id, run_id = row["actor_dag_id"] or row["dag_id"], row["actor_run_id"] or row["run_id"]
    return Break(dag_id=str(dag_id), run_id=str(run_id), number=_number(row["number"]), problem=problem)


def _number(found: object) -> int:
    return found if isinstance(found, int) else 0


class _KeysOnce:
    """The domains' chain keys. A key that cannot be had is reported once, and what it signed is not called whole."""

    def __init__(self, keys: ChainKeys) -> None:
        self._keys = keys
        self._known: dict[str, ChainKey | None] = {}
        self.problems: list[Break] = []

    def domain_of(self, dag_id: str) -> str:
        """Return the Dag's domain, empty if the settings here do not tell."""
        try:
            return self._keys.domain_of(dag_id)
        except SecureXComError:
            return ""

    def of(self, dag_id: str) -> ChainKey | None:
        if dag_id not in self._known:
            try:
                self._known[dag_id] = self._keys.of(dag_id, makes=False)
            except SecureXComError as error:
                self._known[dag_id] = None
                problem = f"cannot be verified: {type(error).__name__}: {error.message}"
                self.problems.append(Break(dag_id=dag_id, run_id="*", number=0, problem=problem))
        return self._known[dag_id]
