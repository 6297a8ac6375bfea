"""``ChainKeys``: each domain's key for the MACs of its entries, sealed like any value of the domain.

An identity that may read the domain's values may sign and verify its entries; no other may. So no further secret has
to be distributed, and a Dag cannot rewrite what the ledger says about another one.

A key that can never be opened again, since the store or the key was changed, begins a new generation (ADR 0026).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from secure_xcom.errors import ObjectNotFound, SecureXComError, Tampered, WrongKey
from secure_xcom.ledger import generations
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.text import digest
from secure_xcom.ledger.extending import ChainKey
from secure_xcom.ledger.generations import Kept, place_of_key
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.routes import Route, Routes
from secure_xcom.ports.store import Head

KEY_BYTES: Final = 32

NEVER_OPENS: Final = (ObjectNotFound, Tampered, WrongKey)
"""The object is gone, is not authentic, or was sealed under a key that is not configured. No other error begins a new
generation: what is out of reach, throttled or denied may be had again."""

_ANOTHER: Final = "the ledger's database holds something else in the place of the domain's key"


class ChainKeys:
    """Gets a domain's key, and makes it on first use; keeps it for the life of the process."""

    def __init__(self, database: Database, routes: Routes, clock: Callable[[], float]) -> None:
        self._database = database
        self._routes = routes
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, ChainKey] = {}

    def of(self, dag_id: str, domain: str = "", *, makes: bool = True) -> ChainKey:
        """Return the newest key of the Dag's domain that can be opened. Where none ever can, begin a new generation.

        ``domain`` is one of ``domains_of``, and the first of them if it is empty.

        Raises what sealing and opening the domain's values raises. With ``makes`` off it makes no key, and raises what
        is wrong with the newest one, or ``Tampered`` where the database has no key.
        """
        route = self._route(dag_id, domain)
        domain = _domain_of(route)
        with self._lock:
            if domain not in self._known:
                self._known[domain] = self._newest(dag_id, domain, route, makes=makes)
            return self._known[domain]

    def at_hand(self, dag_id: str) -> ChainKey | None:
        """Return the key of the Dag's domain if this process has it already. Raises nothing."""
        try:
            return self._known.get(self.domain_of(dag_id))
        except SecureXComError:
            return None

    def each(self, dag_id: str, domain: str = "") -> dict[int, ChainKey | SecureXComError]:
        """Return each generation's key of the Dag's domain, or why it cannot be opened, the newest first."""
        route = self._route(dag_id, domain)
        domain = _domain_of(route)
        return {one.generation: self._tried(one, domain, route) for one in self._kept(domain)}

    def kept(self, dag_id: str, domain: str = "") -> tuple[Domain, list[Kept]]:
        """Return the Dag's domain, and its keys as they are sealed, the newest first."""
        route = self._route(dag_id, domain)
        return route.domain, self._kept(_domain_of(route))

    def domain_of(self, dag_id: str) -> str:
        """Return what identifies the domain that the Dag belongs to, without its key."""
        return _domain_of(self._routes.route(dag_id, dag_id))

    def domains_of(self, dag_id: str) -> tuple[str, ...]:
        """Return the domain that the Dag belongs to and, if that is a namespace, the Dag's own from before it joined.

        No other Dag ever had the key of the latter, so what it has signed of this Dag is the Dag's own.
        """
        routes = (self._routes.route(dag_id, dag_id), self._routes.route_alone(dag_id))
        return tuple(dict.fromkeys(map(_domain_of, routes)))

    def reseal(self, dag_id: str, generation: int, domain: str = "") -> bool:
        """Seal a key anew under the store and key of now; return whether it could be opened. Raises like ``of``."""
        route = self._route(dag_id, domain)
        domain = _domain_of(route)
        old = next(one for one in self._kept(domain) if one.generation == generation)
        # As a push does, sealing makes a keyring that was lost: then it is known what is opened no more.
        self._sealed(os.urandom(KEY_BYTES), old.dag_id, generation, route, stored=False)
        found = self._tried(old, domain, route)
        if not isinstance(found, ChainKey):
            return _never(found)
        new = self._sealed(found.secret, old.dag_id, generation, route)
        is_new = self._database.write(lambda connection: generations.replace_sealed(connection, domain, old, new))
        self._remove(route, old if is_new else new)
        return True

    def _route(self, dag_id: str, domain: str) -> Route:
        route = self._routes.route(dag_id, dag_id)
        return route if domain in ("", _domain_of(route)) else self._routes.route_alone(dag_id)

    def _kept(self, domain: str) -> list[Kept]:
        return self._database.read(lambda connection: generations.kept_of(connection, domain))

    def _newest(self, dag_id: str, domain: str, route: Route, *, makes: bool) -> ChainKey:
        kept = self._kept(domain)
        problems: list[SecureXComError] = []
        for one in kept:
            found = self._tried(one, domain, route)
            if isinstance(found, ChainKey):
                return found
            _never(found)
            problems.append(found)
        if not makes:
            raise problems[0] if problems else Tampered(f"the ledger has no key of {route.domain}")
        why = type(problems[0]).__name__ if problems else generations.GONE
        begun = self._begin(dag_id, domain, route, kept, why)
        # Another process has begun one meanwhile, or has sealed the keys anew.
        return begun or self._newest(dag_id, domain, route, makes=makes)

    def _begin(self, dag_id: str, domain: str, route: Route, seen: Sequence[Kept], why: str) -> ChainKey | None:
        """Make the key of the next generation; ``None`` if the keys are others than those that were ``seen``."""
        last = self._database.read(lambda connection: generations.last_generation(connection, domain))
        secret = os.urandom(KEY_BYTES)
        mine = self._sealed(secret, dag_id, last + 1, route)
        key = ChainKey(domain=domain, generation=mine.generation, secret=secret)

        def is_begun(connection: Connection) -> bool:
            there = generations.kept_of(connection, domain)
            if there == seen:
                generations.begin(connection, key, mine, self._clock(), why)
                return True
            # An earlier try may have been carried out though its answer was lost.
            return there[:1] == [mine]

        if self._database.write(is_begun):
            return key
        self._remove(route, mine)
        return None

    def _sealed(self, secret: bytes, dag_id: str, generation: int, route: Route, *, stored: bool = True) -> Kept:
        where, object_id = place_of_key(dag_id), new_object_id()
        # Without an end: the key outlives the values whose entries it signs.
        context = SealContext(coordinates=where, object_id=object_id, created=int(self._clock()))
        sealed = bytes(route.sealer.seal(secret, context))
        if stored and not route.sealer.encrypts:
            route.store.put(route.folder + object_name(where, object_id), sealed)
        kept = sealed if route.sealer.encrypts else b""
        return Kept(generation=generation, dag_id=dag_id, object_id=object_id, sealed=kept)

    def _remove(self, route: Route, kept: Kept) -> None:
        if not kept.sealed and (holding := _holding(route)) is not None:
            holding.delete(object_name(place_of_key(kept.dag_id), kept.object_id))

    def _tried(self, kept: Kept, domain: str, route: Route) -> ChainKey | SecureXComError:
        try:
            return ChainKey(domain=domain, generation=kept.generation, secret=self._open(kept, route))
        except SecureXComError as error:
            return error

    def _open(self, kept: Kept, route: Route) -> bytes:
        where = place_of_key(kept.dag_id)
        # What the database says is believed only where it is encrypted: a frame authenticates nothing by itself.
        holding = _holding(route)
        if holding is None or (route.sealer.encrypts and kept.sealed):
            sealer, sealed = route.sealer, kept.sealed
        else:
            name = object_name(where, kept.object_id)
            found, head = holding.find(name)
            sealer, sealed = found.sealer, holding.whole(name, found, head)
        unopened = sealer.read(Head.of(sealed))
        context = unopened.context
        if context.coordinates != where or context.object_id != kept.object_id:
            raise Tampered(_ANOTHER)
        secret = bytes(sealer.unlock(unopened).open(sealed))
        if len(secret) != KEY_BYTES:
            raise Tampered(_ANOTHER)
        return secret


def _never(problem: SecureXComError) -> bool:
    """Return ``False`` for what can never be opened again. Raises what may pass."""
    if not isinstance(problem, NEVER_OPENS):
        raise problem
    return False


def _holding(route: Route) -> Route | None:
    """Return the route to stores that encrypt by themselves, which hold chain keys; ``None`` if all need a key."""
    holding = tuple(one for one in route.everywhere if not one.sealer.encrypts)
    return replace(holding[0], elsewhere=holding[1:]) if holding else None


def _domain_of(route: Route) -> str:
    return digest(route.domain.segment)
