"""``ChainKeys``: each domain's key for the MACs of its entries, sealed like any value of the domain.

An identity that may read the domain's values may sign and verify its entries; no other may. So no further secret has
to be distributed, and a Dag cannot rewrite what the ledger says about another one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from secure_xcom.errors import Tampered
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chain_keys
from secure_xcom.ledger.db.text import digest, original, readable
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.routes import Route, Routes
from secure_xcom.ports.store import Head

KEY_BYTES: Final = 32

_RUN, _TASK, _KEY = "secure-xcom", "ledger", "chain-key"
"""Where the keys stand among a Dag's objects. Airflow's own run ids never look so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainKey:
    """A domain's key. ``domain`` identifies the domain in the database."""

    domain: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    dag_id: str
    object_id: str
    sealed: bytes = field(repr=False)
    """Empty where it lies in the store, which then is what encrypts it."""


class ChainKeys:
    """Gets a domain's key, and makes it on first use; keeps it for the life of the process."""

    def __init__(self, database: Database, routes: Routes, clock: Callable[[], float]) -> None:
        self._database = database
        self._routes = routes
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, ChainKey] = {}

    def of(self, dag_id: str, *, makes: bool = True) -> ChainKey:
        """Return the key of the domain that the Dag belongs to. Raises what sealing and opening its values raises, and
        ``Tampered`` when the database holds something else, or nothing and ``makes`` is off."""
        route = self._routes.route(dag_id, dag_id)
        domain = _domain_of(route)
        with self._lock:
            if domain not in self._known:
                kept = self._kept(domain)
                if kept is None and not makes:
                    raise Tampered(f"the ledger has no key of {route.domain}")
                kept = kept or self._make(domain, dag_id, route)
                self._known[domain] = ChainKey(domain=domain, secret=self._open(kept, route))
            return self._known[domain]

    def domain_of(self, dag_id: str) -> str:
        """Return what identifies the domain that the Dag belongs to, without its key."""
        return _domain_of(self._routes.route(dag_id, dag_id))

    def _kept(self, domain: str) -> _Kept | None:
        return self._database.read(lambda connection: _select(connection, domain))

    def _make(self, domain: str, dag_id: str, route: Route) -> _Kept:
        where, object_id = _place(dag_id), new_object_id()
        context = SealContext(coordinates=where, object_id=object_id, created=int(self._clock()))
        sealed = bytes(route.sealer.seal(os.urandom(KEY_BYTES), context))
        name = route.folder + object_name(where, object_id)
        if not route.sealer.encrypts:
            route.store.put(name, sealed)
        mine = _Kept(dag_id, object_id, sealed if route.sealer.encrypts else b"")
        kept = self._database.write(lambda connection: _insert(connection, domain, mine))
        if kept != mine and not route.sealer.encrypts:
            route.store.delete(name)
        return kept

    def _open(self, kept: _Kept, route: Route) -> bytes:
        where = _place(kept.dag_id)
        # What the database says is believed only where it is encrypted: a frame authenticates nothing by itself.
        if route.sealer.encrypts:
            sealed = kept.sealed
        else:
            sealed = route.store.get(route.folder + object_name(where, kept.object_id))
        unopened = route.sealer.read(Head.of(sealed))
        context = unopened.context
        if context.coordinates != where or context.object_id != kept.object_id:
            raise Tampered("the ledger's database holds something else in the place of the domain's key")
        secret = route.sealer.unlock(unopened).open(sealed)
        if len(secret) != KEY_BYTES:
            raise Tampered("the ledger's database holds something else in the place of the domain's key")
        return secret


def _domain_of(route: Route) -> str:
    return digest(route.domain.segment)


def _place(dag_id: str) -> Coordinates:
    return Coordinates(dag_id=dag_id, run_id=_RUN, task_id=_TASK, key=_KEY)


def _select(connection: Connection, domain: str) -> _Kept | None:
    columns = (chain_keys.c.dag_id, chain_keys.c.object_id, chain_keys.c.sealed)
    found = connection.execute(select(*columns).where(chain_keys.c.domain == domain)).first()
    return None if found is None else _Kept(original(found.dag_id), found.object_id, bytes(found.sealed))


def _insert(connection: Connection, domain: str, mine: _Kept) -> _Kept:
    found = _select(connection, domain)
    if found is None:
        values = {"dag_id": readable(mine.dag_id), "object_id": mine.object_id, "sealed": mine.sealed}
        connection.execute(chain_keys.insert().values(domain=domain, **values))
    return found or mine
