"""The settings as an operator uses them: with the operator's own identity, and not with that of a task.

A worker takes on a role or logs in for each Dag, by parameters of the store's and the key's URIs. Without these
parameters AWS sees boto3's own credentials, and Vault the operator's token (VAULT_TOKEN, or ``~/.vault-token``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from secure_xcom.adapters.aws.access import ACCESS_PARAMS
from secure_xcom.adapters.vault.login import LOGIN_PARAMS
from secure_xcom.model.domain import DOMAIN_FIELD
from secure_xcom.settings.routes_file import DomainRoute, RoutesFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secure_xcom.settings.previous import PreviousStore
    from secure_xcom.settings.settings import Settings
    from secure_xcom.settings.uri import AdapterUri

_VAULT: Final = frozenset({"conn_id", "auth"}.union(*LOGIN_PARAMS.values()))

_OF_TASKS: Final[Mapping[str, frozenset[str]]] = {
    "s3": frozenset(ACCESS_PARAMS),
    "aws-kms": frozenset(ACCESS_PARAMS),
    "vault": _VAULT,
    "vault-transit": _VAULT,
    **dict.fromkeys(("gs", "gcs", "abfs", "abfss"), frozenset({"conn_id"})),
}
"""By scheme, the parameters that say as whom a task works. A Redis has its address behind ``conn_id``, too, and a file
store and a keyring ask for no identity: these stay as they are."""

_OF_EACH_DOMAIN: Final[Mapping[str, frozenset[str]]] = {"redis": frozenset({"username", "password_file"})}
"""By scheme, the parameters that do so only if each domain has its own: an operator has none of a domain's."""


def as_operator(settings: Settings) -> Settings:
    """Return the settings without what says as whom a task works."""
    routes = settings.routes
    return replace(
        settings,
        store=_own(settings.store),
        large_store=None if settings.large_store is None else _own(settings.large_store),
        key=None if settings.key is None else _own(settings.key),
        previous_keys=tuple(map(_own, settings.previous_keys)),
        previous_stores=_own_previous(settings.previous_stores),
        routes=None if routes is None else RoutesFile(tuple(map(_own_route, routes.routes))),
    )


def _own_route(route: DomainRoute) -> DomainRoute:
    store, key = (None if uri is None else _own(uri) for uri in (route.store, route.key))
    previous = None if route.previous_stores is None else _own_previous(route.previous_stores)
    keys = None if route.previous_keys is None else tuple(map(_own, route.previous_keys))
    return replace(route, store=store, previous_stores=previous, key=key, previous_keys=keys)


def _own_previous(stores: tuple[PreviousStore, ...]) -> tuple[PreviousStore, ...]:
    return tuple(replace(one, uri=_own(one.uri)) for one in stores)


def _own(uri: AdapterUri) -> AdapterUri:
    of_tasks = _OF_TASKS.get(uri.scheme, frozenset())
    of_each = _OF_EACH_DOMAIN.get(uri.scheme, frozenset())
    if any(DOMAIN_FIELD in uri.params.get(name, "") for name in of_each):
        of_tasks |= of_each
    return replace(uri, params={name: value for name, value in uri.params.items() if name not in of_tasks})
