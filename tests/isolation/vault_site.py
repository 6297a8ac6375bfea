"""A deployment on a real Vault, made of the generated documents alone, and everything that an intruder tries there."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import encode_segment
from secure_xcom.ops.iam.vault.deployment import VaultDeployment, documents
from secure_xcom.ops.iam.vault.render import render
from tests.fixtures.vault import VaultServer, apply

PREFIX: Final = "airflow/xcom"
RUN: Final = encode_segment("manual__2026-01-01T00:00:00+00:00")
CANARY: Final = "canary-7b2f-of-the-victim"

Documents = dict[str, dict[str, dict[str, object]]]


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A victim's object, and a data key wrapped for it."""

    name: str
    context: str
    wrapped: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A request as it goes over the wire: nothing is added to the path and nothing is tidied."""

    method: str
    path: str
    body: object = None


class Wire:
    """One connection, kept open; unlike ``requests`` it leaves dots and percent signs in a path alone."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
        return kind(self._address.netloc, timeout=30)

    def ask(self, attempt: Attempt, token: str) -> tuple[int, str]:
        """Make a request, follow at most three redirects, and return the last answer."""
        path = f"/v1/{attempt.path}"
        for _ in range(4):
            status, body, location = self._once(attempt, path, token)
            if location is None:
                break
            path = location.removeprefix(f"{self._address.scheme}://{self._address.netloc}")
        return status, body

    def _once(self, attempt: Attempt, path: str, token: str) -> tuple[int, str, str | None]:
        kind = "application/merge-patch+json" if attempt.method == "PATCH" else "application/json"
        headers = {"X-Vault-Token": token, "Content-Type": kind}
        content = None if attempt.body is None else json.dumps(attempt.body)
        self._connection.request(attempt.method, path, body=content, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace"), answer.getheader("Location")


@dataclass(kw_only=True)
class Site:
    """Mounts of its own on a server, and what the generated documents put there; tests may alter those first."""

    server: VaultServer
    deployment: VaultDeployment
    documents: Documents
    wire: Wire
    secret_ids: dict[Domain, str] = field(default_factory=dict)
    tokens: dict[Domain, str] = field(default_factory=dict)

    @property
    def domains(self) -> tuple[Domain, ...]:
        """Everyone who has a role."""
        return tuple(domain for domain, _ in self.deployment.domains)

    def name(self, domain: Domain) -> str:
        """Return the domain's role, which is its role id too."""
        return self.deployment.role.replace("{domain}", domain.name)

    def key(self, domain: Domain) -> str:
        """Return the domain's Transit key."""
        return self.deployment.transit_key.replace("{domain}", domain.name)

    def apply(self) -> None:
        """Do what the documents say, and have every domain log in by its AppRole."""
        self.make()
        for domain in self.domains:
            self.secret_ids[domain] = self.secret_id(self.name(domain))
            self.tokens[domain] = self.login(self.name(domain), self.secret_ids[domain])

    def make(self) -> None:
        """Do what the documents say."""
        apply(self.server, self.documents)

    def secret_id(self, role: str) -> str:
        """Have a secret id made for a role."""
        return str(self.server.data("POST", f"auth/{self.deployment.auth.mount}/role/{role}/secret-id")["secret_id"])

    def login(self, role: str, secret_id: str) -> str:
        """Log in as the role and return the token."""
        body = {"role_id": role, "secret_id": secret_id}
        answer = self.server.ask("POST", f"auth/{self.deployment.auth.mount}/login", body)
        assert answer.ok, answer.text
        return answer.json()["auth"]["client_token"]

    def new_name(self, domain: Domain, run: str = RUN) -> str:
        """Return an object's name as the exchange makes them."""
        return f"{_dag_folder(domain)}/{run}/make/-1/return_value/{secrets.token_hex(16)}"

    def plant(self, domain: Domain, run: str = RUN) -> Planted:
        """Put an object and a data key where the domain's own would be."""
        name = self.new_name(domain, run)
        self.server.data("POST", f"{self.data}/{name}", {"data": {"object": [CANARY]}})
        context = base64.b64encode(json.dumps({"dag_id": domain.segment}).encode()).decode()
        path = f"{self.deployment.transit_mount}/datakey/plaintext/{self.key(domain)}"
        return Planted(
            name=name, context=context, wrapped=str(self.server.data("POST", path, {"context": context})["ciphertext"])
        )

    def intact(self, planted: Planted) -> bool:
        """Whether an object is what it was."""
        answer = self.server.ask("GET", f"{self.data}/{planted.name}")
        read = answer.json()["data"] if answer.ok else {}
        return read.get("data") == {"object": [CANARY]} and read["metadata"]["version"] == 1

    @property
    def data(self) -> str:
        """Where objects are read and written."""
        return f"{self.deployment.kv_mount}/data/{PREFIX}"

    def on(self, domain: Domain, planted: Planted) -> dict[str, Attempt]:
        """Return every operation on a domain, by what it is called."""
        kv, name, folder = self.deployment.kv_mount, quote(planted.name), quote(_dag_folder(domain))
        transit, key = self.deployment.transit_mount, self.key(domain)
        role, names = f"auth/{self.deployment.auth.mount}/role/{self.name(domain)}", self.deployment.role
        entity, other = f"identity/entity/name/{self.name(domain)}", names.replace("{domain}", "intruder--made")
        versions, secret = {"versions": [1]}, {"data": {"object": ["forged"]}}
        context = {"context": planted.context, "plaintext": "c2VjcmV0"}
        wrapped = {"context": planted.context, "ciphertext": planted.wrapped}
        own = {"metadata": {"dag_id": domain.segment, "domain": domain.name}}
        policy = {"policy": json.dumps({"path": {f"{self.data}/*": {"capabilities": ["read"]}}})}
        rows: Iterable[tuple[str, str, str, object]] = (
            ("create", "POST", f"{kv}/data/{PREFIX}/{quote(self.new_name(domain))}", secret),
            ("create higher up", "POST", f"{kv}/data/{PREFIX}/{folder}/new-{secrets.token_hex(8)}", secret),
            ("create lower down", "POST", f"{kv}/data/{PREFIX}/{name}/new/and/new", secret),
            ("read", "GET", f"{kv}/data/{PREFIX}/{name}", None),
            ("read version", "GET", f"{kv}/data/{PREFIX}/{name}?version=1", None),
            ("read subkeys", "GET", f"{kv}/subkeys/{PREFIX}/{name}", None),
            ("update", "POST", f"{kv}/data/{PREFIX}/{name}", secret),
            ("update with cas", "PUT", f"{kv}/data/{PREFIX}/{name}", {**secret, "options": {"cas": 1}}),
            ("patch", "PATCH", f"{kv}/data/{PREFIX}/{name}", secret),
            ("delete data", "DELETE", f"{kv}/data/{PREFIX}/{name}", None),
            ("delete versions", "POST", f"{kv}/delete/{PREFIX}/{name}", versions),
            ("undelete", "POST", f"{kv}/undelete/{PREFIX}/{name}", versions),
            ("destroy", "POST", f"{kv}/destroy/{PREFIX}/{name}", versions),
            ("read metadata", "GET", f"{kv}/metadata/{PREFIX}/{name}", None),
            ("write metadata", "POST", f"{kv}/metadata/{PREFIX}/{name}", {"custom_metadata": {"a": "b"}}),
            ("patch metadata", "PATCH", f"{kv}/metadata/{PREFIX}/{name}", {"max_versions": 1}),
            ("list folder", "LIST", f"{kv}/metadata/{PREFIX}/{folder}", None),
            ("list folder/", "GET", f"{kv}/metadata/{PREFIX}/{folder}/?list=true", None),
            ("list run", "LIST", f"{kv}/metadata/{PREFIX}/{folder}/{quote(RUN)}", None),
            ("list all", "LIST", f"{kv}/metadata/{PREFIX}", None),
            ("list mount", "LIST", f"{kv}/metadata", None),
            ("configure store", "POST", f"{kv}/config", {"max_versions": 1}),
            ("datakey", "POST", f"{transit}/datakey/plaintext/{key}", {"context": planted.context}),
            ("datakey wrapped", "POST", f"{transit}/datakey/wrapped/{key}", {"context": planted.context}),
            ("decrypt", "POST", f"{transit}/decrypt/{key}", wrapped),
            ("decrypt batch", "POST", f"{transit}/decrypt/{key}", {"batch_input": [wrapped]}),
            ("encrypt", "POST", f"{transit}/encrypt/{key}", context),
            ("rewrap", "POST", f"{transit}/rewrap/{key}", wrapped),
            ("hmac", "POST", f"{transit}/hmac/{key}", {"input": "c2VjcmV0"}),
            ("export", "GET", f"{transit}/export/encryption-key/{key}", None),
            ("backup", "GET", f"{transit}/backup/{key}", None),
            ("read key", "GET", f"{transit}/keys/{key}", None),
            ("list keys", "LIST", f"{transit}/keys", None),
            ("rotate key", "POST", f"{transit}/keys/{key}/rotate", {}),
            ("trim key", "POST", f"{transit}/keys/{key}/trim", {"min_available_version": 1}),
            ("configure key", "POST", f"{transit}/keys/{key}/config", {"exportable": True}),
            ("delete key", "DELETE", f"{transit}/keys/{key}", None),
            ("read role", "GET", role, None),
            ("write role", "POST", role, {"token_policies": ["root"]}),
            ("make secret id", "POST", f"{role}/secret-id", {}),
            ("become", "POST", entity, own),
            ("read policy", "GET", f"sys/policies/acl/{self.name(domain)}-reader", None),
            ("write policy", "PUT", f"sys/policies/acl/{self.name(domain)}-writer", policy),
            ("make policy", "PUT", f"sys/policies/acl/{other}", policy),
            ("make token", "POST", "auth/token/create", {"policies": [f"{self.name(domain)}-reader"]}),
        )
        return {called: Attempt(method=method, path=path, body=body) for called, method, path, body in rows}

    def dots(self, intruder: Domain) -> Iterator[Attempt]:
        """Paths that look like an object's in the intruder's folder, and lead to ``other/x`` or ``other``."""
        depth = 6 if intruder.is_namespace else 5
        ways = (
            ["..", "..", "..", "other", "x"],
            [".", "..", "..", "..", "other", "x"],
            ["..", ".", "..", "..", "other", "x"],
            ["..", "..", ".", "..", "other"],
            ["a", "..", "..", "..", "..", "other"],
            ["..", "..", "..", ".", "other"],
        )
        folder = f"{PREFIX}/{quote(intruder.segment)}"
        for way in ways:
            if len(way) == depth:
                rest = "/".join(way).replace(".", "%2e")
                fresh = rest.replace("other", "fresh")
                for written in (str, lambda way: way.replace("%2e", ".")):
                    kv = self.deployment.kv_mount
                    yield Attempt(method="GET", path=f"{kv}/data/{folder}/{written(rest)}")
                    yield Attempt(method="DELETE", path=f"{kv}/metadata/{folder}/{written(rest)}")
                    yield Attempt(method="POST", path=f"{kv}/data/{folder}/{written(fresh)}", body={"data": {"a": "b"}})

    def follows_dots(self) -> bool:
        """Whether this Vault takes ``..`` in a KV path for the way up (CVE-2026-3605)."""
        self.server.data("POST", f"{self.deployment.kv_mount}/data/probe", {"data": {"a": "b"}})
        self.wire.ask(
            Attempt(method="DELETE", path=f"{self.deployment.kv_mount}/metadata/x/%2e%2e/probe"), self.server.token
        )
        return self.server.ask("GET", f"{self.deployment.kv_mount}/data/probe").status_code == 404

    def got_through(self, domain: Domain, tokens: Mapping[str, str]) -> tuple[int, set[tuple[str, str]]]:
        """Try every operation on a domain with every token; return the number of attempts, and (token, operation) of
        those that Vault did not refuse by policy."""
        planted = self.plant(domain)
        attempts = self.on(domain, planted)
        found = {
            (whose, called)
            for whose, token in tokens.items()
            for called, attempt in attempts.items()
            if self.wire.ask(attempt, token)[0] != 403
        }
        return len(tokens) * len(attempts), found

    def tricks(self, intruder: Domain, victim: Domain, name: str) -> Iterator[tuple[str, Attempt]]:
        """Paths that begin in the intruder's folder, or differ from the victim's in spelling only."""
        own, other = quote(intruder.segment), quote(victim.segment)
        rest = quote(name).removeprefix(f"{other}/")
        spelt = {
            "..": f"data/{PREFIX}/{own}/../{other}/{rest}",
            "../..": f"data/{PREFIX}/{own}/x/../../{other}/{rest}",
            "%2e%2e": f"data/{PREFIX}/{own}/%2e%2e/{other}/{rest}",
            "..%2f": f"data/{PREFIX}/{own}/..%2f{other}/{rest}",
            "%2f..%2f": f"data/{PREFIX}/{own}%2f..%2f{other}/{rest}",
            "%252e%252e": f"data/{PREFIX}/{own}/%252e%252e/{other}/{rest}",
            "%252f": f"data/{PREFIX}/{own}/..%252f{other}/{rest}",
            "..\\": f"data/{PREFIX}/{own}/..%5c{other}/{rest}",
            "..;": f"data/{PREFIX}/{own}/..;/{other}/{rest}",
            "//..": f"data/{PREFIX}/{own}//../{other}/{rest}",
            "//": f"data/{PREFIX}//{other}/{rest}",
            "./": f"data/{PREFIX}/./{other}/{rest}",
            "%2f": f"data/{PREFIX}%2f{other}/{rest}",
            "trailing /": f"data/{PREFIX}/{other}/{rest}/",
            "trailing newline": f"data/{PREFIX}/{other}/{rest}%0a",
            "NUL": f"data/{PREFIX}/{own}/%00/../{other}/{rest}",
            "*": f"data/{PREFIX}/*/{rest}",
            "+": f"data/{PREFIX}/+/{rest}",
            "mount": f"../{self.deployment.kv_mount}/data/{PREFIX}/{own}/../{other}/{rest}",
            "kind": f"data/{PREFIX}/{own}/../../../../data/{PREFIX}/{other}/{rest}",
        }
        for called, path in spelt.items():
            yield f"read {called}", Attempt(method="GET", path=f"{self.deployment.kv_mount}/{path}")
            body = {"data": {"object": ["forged"]}, "options": {}}
            yield f"write {called}", Attempt(method="POST", path=f"{self.deployment.kv_mount}/{path}", body=body)
            path = path.replace("data/", "metadata/", 1)
            yield f"delete {called}", Attempt(method="DELETE", path=f"{self.deployment.kv_mount}/{path}")


def _dag_folder(domain: Domain) -> str:
    return f"{domain.segment}/dag" if domain.is_namespace else domain.segment


def new_site(server: VaultServer, **options: object) -> Site:
    """Return a site with mounts of its own; nothing is applied yet."""
    deployment = VaultDeployment(kv_mount=server.kv(), prefix=PREFIX, transit_mount=server.mount("transit"), **options)
    generated = json.loads(render(documents(deployment), "json"))
    return Site(server=server, deployment=deployment, documents=generated, wire=Wire(server.url))
