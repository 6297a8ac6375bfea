"""``rekey``: seals the chain key of each domain anew under the store and key of now, or begins a new generation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, unique

from secure_xcom.errors import SecureXComError
from secure_xcom.ledger.chain_keys import NEVER_OPENS, ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.extending import ChainKey
from secure_xcom.ledger.generations import GONE, domains_of


@unique
class Rekeying(Enum):
    """What became of a domain's chain keys, or would."""

    SEALED = "sealed"
    """At least one can be opened: it was sealed anew, and its chains go on."""
    BEGUN = "begun"
    """None can ever be opened: a new generation of chains was begun."""
    FAILED = "failed"
    """It is out of reach, and nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeyed:
    """A domain, by one of its Dags, and what became of its keys. ``generations`` are those that were sealed or begun;
    ``problem`` says what is wrong with those that were not."""

    dag_id: str
    outcome: Rekeying
    generations: tuple[int, ...] = ()
    problem: str = ""


def rekey(database: Database, keys: ChainKeys, *, dry_run: bool) -> list[Rekeyed]:
    """Seal the keys of all domains that the ledger knows; with ``dry_run`` say what would be done, and change nothing.

    A domain that is out of reach is reported, and holds up no other. Raises a ``LedgerError``.
    """
    return [_rekeyed(keys, dag_id, dry_run=dry_run) for dag_id in dags_of(database, keys)]


def problems(database: Database, keys: ChainKeys) -> dict[str, str]:
    """Return each domain that the ledger knows, by one of its Dags, with what is wrong with its key; empty if it opens.

    Nothing is made. Raises a ``LedgerError``.
    """
    found = {}
    for dag_id in dags_of(database, keys):
        try:
            keys.of(dag_id, makes=False)
        except SecureXComError as error:
            found[dag_id] = f"{type(error).__name__}: {error.message}"
        else:
            found[dag_id] = ""
    return found


def dags_of(database: Database, keys: ChainKeys) -> Sequence[str]:
    """Return one Dag of each domain that the ledger knows; where the settings give all its Dags to other domains now,
    any of them."""
    if not database.is_made():
        return ()
    chosen: dict[str, str] = {}
    for domain, dag_id in database.read(domains_of):
        if domain not in chosen or (_domain_of(keys, chosen[domain]) != domain == _domain_of(keys, dag_id)):
            chosen[domain] = dag_id
    return sorted(set(chosen.values()))


def _domain_of(keys: ChainKeys, dag_id: str) -> str:
    try:
        return keys.domain_of(dag_id)
    except SecureXComError:
        return ""


def _rekeyed(keys: ChainKeys, dag_id: str, *, dry_run: bool) -> Rekeyed:
    try:
        each = keys.each(dag_id)
        if dry_run:
            return _told(dag_id, each)
        sealed = tuple(number for number in each if keys.reseal(dag_id, number))
        if sealed:
            return Rekeyed(dag_id=dag_id, outcome=Rekeying.SEALED, generations=sealed, problem=_lost(each, sealed))
        begun = keys.of(dag_id).generation
        return Rekeyed(dag_id=dag_id, outcome=Rekeying.BEGUN, generations=(begun,), problem=_lost(each, ()))
    except SecureXComError as error:
        return Rekeyed(dag_id=dag_id, outcome=Rekeying.FAILED, problem=f"{type(error).__name__}: {error.message}")


def _told(dag_id: str, each: dict[int, ChainKey | SecureXComError]) -> Rekeyed:
    for found in each.values():
        if isinstance(found, SecureXComError) and not isinstance(found, NEVER_OPENS):
            raise found
    opened = tuple(number for number, found in each.items() if isinstance(found, ChainKey))
    outcome = Rekeying.SEALED if opened else Rekeying.BEGUN
    return Rekeyed(dag_id=dag_id, outcome=outcome, generations=opened, problem=_lost(each, opened))


def _lost(each: dict[int, ChainKey | SecureXComError], sealed: Sequence[int]) -> str:
    return "; ".join(_words(each, sealed)) if each else f"the ledger has no key of this domain ({GONE})"


def _words(each: dict[int, ChainKey | SecureXComError], sealed: Sequence[int]) -> Iterator[str]:
    for number, found in each.items():
        if number not in sealed:
            yield f"generation {number} cannot be opened ({type(found).__name__})"
