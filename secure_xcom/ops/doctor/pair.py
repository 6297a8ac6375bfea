"""``Pair``: the Dag whose identity the doctor has, and the Dag that it must not reach, with the routes to both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from secure_xcom.assembly.router import Router
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.ops.doctor.report import Skipped
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.routes import Route
from secure_xcom.seal.sealer import encryption_context

PROBE: Final = b"secure-xcom doctor"
RUN: Final = "secure-xcom-doctor"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two Dags of different domains. Each probe has a fresh name, in a run that no Dag has."""

    router: Router
    own: str
    other: str

    def route_unchecked(self, owner: str) -> Route:
        """Return the route of the own identity to the objects of ``owner``, granted or not."""
        return self.router.route_unchecked(owner, self.own)

    def provider(self, owner: str, running: str) -> KeyProvider:
        """Return the provider of ``owner``'s data keys for ``running``. Raises ``Skipped`` if the store has no key."""
        provider = self.router.key_provider(owner, running)
        if provider is None:
            raise Skipped("the store encrypts by itself, and no key is configured")
        return provider

    def folder(self, dag_id: str) -> str:
        """Return the folder of the Dag's domain."""
        return self.router.domain_of(dag_id).segment

    def context(self, dag_id: str) -> Mapping[str, str]:
        """Return the encryption context of a probe."""
        return encryption_context(self.router.domain_of(dag_id), place(dag_id))

    def new_name(self, dag_id: str) -> str:
        """Return a fresh name below the folder of the Dag's domain."""
        return self.router.route_unchecked(dag_id, self.own).folder + object_name(place(dag_id), new_object_id())


def place(dag_id: str) -> Coordinates:
    """Return the coordinates of a Dag's probes."""
    return Coordinates(dag_id=dag_id, run_id=RUN, task_id="probe", key="probe")
