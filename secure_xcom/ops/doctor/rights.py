"""Which rights this identity has on the other Dag by Vault's answer: to overwrite, destroy or restore its objects.

Trying would need an object of the other Dag, and would change it. So the check asks Vault which capabilities the token
has (``sys/capabilities-self``, which Vault's default policy and the printed policies allow).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from secure_xcom.adapters.vault import VaultClient, VaultFailure
from secure_xcom.errors import translated
from secure_xcom.ops.doctor.isolation import ISOLATION
from secure_xcom.ops.doctor.pair import Pair
from secure_xcom.ops.doctor.report import Check, Failed, Skipped, run
from secure_xcom.ports.identity import Connections, Identity
from secure_xcom.settings.routes_file import RoutesFile
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri

Expected = Mapping[str, frozenset[str]]
"""Paths in Vault, each with the capabilities that are expected there: "deny", and those that other checks try."""

_NONE: Final = frozenset({"deny"})


def check(settings: Settings, connections: Connections, pair: Pair) -> Check:
    """Ask Vault. The check is skipped if neither the store nor the key is in Vault."""
    return run("other-rights", lambda: _found(settings, connections, pair), ISOLATION)


def _found(settings: Settings, connections: Connections, pair: Pair) -> str:
    own, other = (pair.router.domain_of(dag_id) for dag_id in (pair.own, pair.other))
    route = (settings.routes or RoutesFile()).route_of(pair.other)
    me = Identity(domain=own, connections=connections)
    found: set[str] = set()
    asked = 0
    for option, uri in (("store", route.store or settings.store), ("key", route.key or settings.key)):
        if uri is None or uri.scheme not in ("vault", "vault-transit"):
            continue
        here, theirs = uri.of_domain(other, own), uri.of_domain(other, other)
        # If one key serves all Dags, unwrapping is a finding of `other-key`.
        opens = own in route.readers or uri.of_domain(own, own).path == here.path
        paths = dict(_objects(here, pair) if option == "store" else _keys(here, opens=opens))
        # With one login for all Dags, the role of the other Dag is the own role.
        paths |= _login(theirs) if theirs.params != here.params else {}
        found.update(_unexpected(VaultClient.from_uri(here, me, option=option), paths))
        asked += len(paths)
    if found:
        raise Failed(
            f"this identity has rights on the other Dag's objects or keys: {'; '.join(sorted(found))}", ISOLATION
        )
    if not asked:
        raise Skipped("neither store nor key is in Vault")
    return f"Vault allows nothing more on {asked} paths of {other.segment}"


def _objects(uri: AdapterUri, pair: Pair) -> Iterator[tuple[str, frozenset[str]]]:
    name = f"{uri.path}/{pair.new_name(pair.other)}".lstrip("/")
    yield f"{uri.authority}/data/{name}", _NONE | {"create", "read"}
    yield f"{uri.authority}/metadata/{name}", _NONE | {"delete", "list"}
    for kind in ("delete", "undelete", "destroy", "subkeys"):
        yield f"{uri.authority}/{kind}/{name}", _NONE


def _keys(uri: AdapterUri, *, opens: bool) -> Iterator[tuple[str, frozenset[str]]]:
    yield f"{uri.authority}/datakey/plaintext/{uri.path}", _NONE | {"update"}
    yield f"{uri.authority}/decrypt/{uri.path}", _NONE | {"update"} if opens else _NONE
    for operation in ("datakey/wrapped", "encrypt", "rewrap", "hmac", "export/encryption-key", "backup", "keys"):
        yield f"{uri.authority}/{operation}/{uri.path}", _NONE


def _login(uri: AdapterUri) -> Expected:
    """An identity that can make secret ids of the other Dag's role can log in as that Dag."""
    role = uri.params.get("role") or uri.params.get("role_id")
    path = f"auth/{uri.params.get('auth_mount') or uri.params.get('auth')}/role/{role}"
    return {path: _NONE, f"{path}/secret-id": _NONE} if role else {}


def _unexpected(client: VaultClient, paths: Expected) -> Iterator[str]:
    for path, capabilities in _capabilities(client, paths).items():
        more = sorted(capabilities - paths.get(path, _NONE))
        if more:
            yield f"{', '.join(more)} on {path}"


def _capabilities(client: VaultClient, paths: Expected) -> Mapping[str, frozenset[str]]:
    with translated(VaultFailure, into=_untold):
        answer = client.call(lambda vault: vault.sys.get_capabilities(list(paths)))
    match answer:
        case {"data": dict(told)}:
            return {path: frozenset(told.get(path, ("root",))) for path in paths}
    raise _untold("no list of them")


def _untold(cause: object) -> Skipped:
    return Skipped(
        f"Vault does not tell this identity what it may do (sys/capabilities-self: {cause}), so it was not checked "
        "whether it may overwrite, destroy or restore the other Dag's objects, or rewrap and encrypt under its key: "
        "apply what `secure-xcom iam vault` prints"
    )
