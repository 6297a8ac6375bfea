"""``SingleRoute``: one route for every Dag."""

from __future__ import annotations

from secure_xcom.model.domain import Domain
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.routes import Route
from secure_xcom.ports.store import Store
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.native import NativeSealer
from secure_xcom.seal.sealer import EnvelopeSealer


class SingleRoute:
    """Routes that lead every Dag to one store, each Dag a domain; without a key provider, natively.

    Large values go to ``large``, if there is one.
    """

    def __init__(self, store: Store, keys: KeyProvider | None, large: Store | None = None) -> None:
        self._store = store
        self._large = large
        self._data_keys = keys and DataKeys(keys)

    def require_access(self, owner: str, running: str | None) -> None:
        """Let every Dag's tasks, and code outside tasks, use every object."""

    def route(self, owner: str, running: str | None) -> Route:
        """Return the route, for any task."""
        sealer = EnvelopeSealer(self._data_keys, Domain(owner)) if self._data_keys else NativeSealer()
        large = Route(domain=Domain(owner), store=self._large, sealer=sealer) if self._large else None
        return Route(domain=Domain(owner), store=self._store, sealer=sealer, large=large)

    def route_alone(self, dag_id: str) -> Route:
        """Return the same route: each Dag is a domain."""
        return self.route(dag_id, dag_id)
