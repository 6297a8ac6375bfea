"""``rekey``: seals the chain key of each domain anew under the store and key of now, or begins a new generation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from functools import partial

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
    ``problem`` says what is wrong with those that were not. The domain is ``former`` if it was the Dag's own before it
    joined a namespace."""

    dag_id: str
    former: bool = False
    outcome: Rekeying
    generations: tuple[int, ...] = ()
    problem: str = ""


def rekey(database: Database, keys: ChainKeys, *, dry_run: bool) -> list[Rekeyed]:
    """Seal the keys of all domains that the ledger knows; with ``dry_run`` say what would be done, and change nothing.

    A domain that is out of reach is reported, and holds up no other. Raises a ``LedgerError``.
    """
    return [_rekeyed(keys, one, dry_run=dry_run) for one in known_domains(database, keys)]


def problems(database: Database, keys: ChainKeys) -> dict[str, str]:
    """Return each domain that the ledger knows, by its name, with what is wrong with its key; empty if it opens.

    Nothing is made. Raises a ``LedgerError``.
    """
    found = {}
    for one in known_domains(database, keys):
        try:
            keys.of(one.dag_id, one.domain, makes=False)
        except SecureXComError as error:
            found[one.name] = f"{type(error).__name__}: {error.message}"
        else:
            found[one.name] = ""
    return found


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class KnownDomain:
    """A domain that the ledger knows, by one of its Dags; ``former`` as in ``Rekeyed``."""

    dag_id: str
    former: bool
    domain: str

    @property
    def name(self) -> str:
        """The domain for people."""
        return f"{self.dag_id}, from before it joined a namespace" if self.former else self.dag_id


def known_domains(database: Database, keys: ChainKeys) -> Sequence[KnownDomain]:
    """Return each domain that the ledger knows and a Dag belongs to, or belonged to as its own.

    A namespace that lost its last Dag is left out: its name is in the settings alone, which no longer have it.
    """
    if not database.is_made():
        return ()
    chosen: dict[str, KnownDomain] = {}
    for domain, dag_id in database.read(domains_of):
        domains = _domains_of(keys, dag_id)
        if domain in domains and (domain not in chosen or chosen[domain].former):
            former = domains[0] != domain
            chosen[domain] = KnownDomain(dag_id=dag_id, former=former, domain=domain)
    return sorted(chosen.values())


def _domains_of(keys: ChainKeys, dag_id: str) -> tuple[str, ...]:
    try:
        return keys.domains_of(dag_id)
    except SecureXComError:
        return ()


def _rekeyed(keys: ChainKeys, known: KnownDomain, *, dry_run: bool) -> Rekeyed:
    dag_id, domain = known.dag_id, known.domain
    done = partial(Rekeyed, dag_id=dag_id, former=known.former)
    try:
        each = keys.each(dag_id, domain)
        if dry_run:
            outcome, opened = _foretold(each)
            return done(outcome=outcome, generations=opened, problem=_lost(each, opened))
        sealed = tuple(number for number in each if keys.reseal(dag_id, number, domain))
        if sealed:
            return done(outcome=Rekeying.SEALED, generations=sealed, problem=_lost(each, sealed))
        begun = keys.of(dag_id, domain).generation
        return done(outcome=Rekeying.BEGUN, generations=(begun,), problem=_lost(each, ()))
    except SecureXComError as error:
        return done(outcome=Rekeying.FAILED, problem=f"{type(error).__name__}: {error.message}")


def _foretold(each: dict[int, ChainKey | SecureXComError]) -> tuple[Rekeying, tuple[int, ...]]:
    for found in each.values():
        if isinstance(found, SecureXComError) and not isinstance(found, NEVER_OPENS):
            raise found
    opened = tuple(number for number, found in each.items() if isinstance(found, ChainKey))
    return Rekeying.SEALED if opened else Rekeying.BEGUN, opened


def _lost(each: dict[int, ChainKey | SecureXComError], sealed: Sequence[int]) -> str:
    return "; ".join(_words(each, sealed)) if each else f"the ledger has no key of this domain ({GONE})"


def _words(each: dict[int, ChainKey | SecureXComError], sealed: Sequence[int]) -> Iterator[str]:
    for number, found in each.items():
        if number not in sealed:
            yield f"generation {number} cannot be opened ({type(found).__name__})"
