"""The generated Vault documents, applied as they are to a real Vault, against everyone who is not meant.

The numbers of attempts are asserted: a table that loses rows must not pass for one that holds.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import jwt
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from secure_xcom.adapters.vault.kv import VaultKVStore
from secure_xcom.adapters.vault.transit import VaultTransit
from secure_xcom.errors import ObjectNotFound
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.vault.auth import AppRoleAuth, JWTAuth, KubernetesAuth
from secure_xcom.ops.iam.vault.deployment import documents
from secure_xcom.ops.iam.vault.render import policy_hcl, render
from tests.fixtures.stub import Answer, StubServer
from tests.fixtures.vault import BUILT, MISSING, VaultServer, key_uri, store_uri
from tests.isolation.vault_site import CANARY, PREFIX, Documents, Site, new_site

ETL, REPORT, TEAM = Domain("etl"), Domain("report"), Domain("etl", is_namespace=True)

HOSTILE = (
    Domain("etl2"),
    Domain("ETL"),
    Domain("etl-2"),
    Domain("e.tl"),
    Domain("etl_"),
    Domain("étl"),
    Domain("\u0435tl"),  # Cyrillic
    Domain("etl" * 80),
    Domain(Domain("ETL").name),
    Domain(TEAM.name),
    Domain("@etl"),
    Domain("etl/x"),
    Domain("etl\n"),
    Domain("..%2fetl"),
    Domain("*"),
    Domain("+"),
    Domain("{{identity.entity.metadata.dag_id}}"),
)
"""Dags that are called like somebody else, or like something else."""

GRANTS = ((ETL, (REPORT, TEAM)), (REPORT, ()), (TEAM, ()), *((domain, ()) for domain in HOSTILE))
DOMAINS = tuple(domain for domain, _ in GRANTS)

SIGNER = ec.generate_private_key(ec.SECP256R1())

VICTIMS = (ETL, Domain("etl2"), Domain("ETL"), TEAM, Domain("etl" * 80))
"""Whom every trick with paths is tried on: each of these spellings once."""

OPERATIONS = 45
TRICKS = 60

OWN = {"create", "read", "read version", "datakey", "decrypt", "decrypt batch"}
GRANTED = {"read", "read version", "decrypt", "decrypt batch"}
OPERATOR = {*OWN, "update", "update with cas", "create higher up", "create lower down"}
OPERATOR |= {"list folder", "list folder/", "list run", "list all", "read metadata", "encrypt", "rewrap"}
OPERATOR |= {"write metadata"}


@pytest.fixture(scope="module", params=[False, True], ids=["per Dag", "templated"])
def site(vault_server: VaultServer, request: pytest.FixtureRequest) -> Site:
    """All domains, each logged in at its own role."""
    made = _site(vault_server, domains=GRANTS, templated=request.param)
    made.apply()
    return made


def test_every_domain_does_its_own_work_through_the_adapters(site: Site, tmp_path: Path) -> None:
    """With ``role_id`` templates as the documentation has them."""
    for domain in DOMAINS:
        store, key = _adapters(site, domain, tmp_path)
        name = site.new_name(domain)
        store.put(name, b"sealed", int(time.time()) + 600)
        assert store.get(name) == b"sealed", domain
        store.delete(name)
        with pytest.raises(ObjectNotFound):
            store.get(name)
        context = {"dag_id": domain.segment, "run_id": "run", "fmt": "sxc1"}
        data_key = key.generate(context)
        assert key.unwrap(data_key.wrapped, data_key.kek_id, context) == data_key.plaintext, domain


def test_no_domain_does_anything_to_another_but_what_is_granted(site: Site) -> None:
    """Every ordered pair, every operation: Vault refuses by policy, or a grant names the reader."""
    tried, through = 0, set()
    for victim in DOMAINS:
        tokens = {intruder.segment: token for intruder, token in site.tokens.items() if intruder != victim}
        count, found = site.got_through(victim, tokens)
        tried += count
        through |= {(intruder, victim.segment, called) for intruder, called in found}
    assert tried == len(DOMAINS) * (len(DOMAINS) - 1) * OPERATIONS == 17100
    assert through == {(reader.segment, "etl", called) for reader in (REPORT, TEAM) for called in GRANTED}


def test_a_domain_does_nothing_but_its_work_in_its_own_folder(site: Site) -> None:
    """No list, no overwriting, no look at the key or the policies."""
    tried, through = 0, {}
    for domain in DOMAINS:
        count, found = site.got_through(domain, {"own": site.tokens[domain]})
        tried += count
        through[domain] = {called for _, called in found}
    assert tried == len(DOMAINS) * OPERATIONS == 900
    assert through == dict.fromkeys(DOMAINS, OWN)


def test_no_spelling_of_a_path_leads_from_one_folder_into_another(site: Site) -> None:
    """Dots, slashes and percent signs: nobody sees or touches what is the victim's."""
    # Vault's redirects encode a percent sign once more, so that a run with one in its name would never be reached.
    planted = {domain: site.plant(domain, run="manual") for domain in VICTIMS}
    before = site.server.below(f"{site.deployment.kv_mount}/metadata/")
    tried, shown = 0, []
    pairs = [(i, v) for i in DOMAINS for v in VICTIMS if i != v and not (v == ETL and i in (REPORT, TEAM))]
    for intruder, victim in pairs:
        for called, attempt in site.tricks(intruder, victim, planted[victim].name):
            status, said = site.wire.ask(attempt, site.tokens[intruder])
            tried += 1
            # A literal name in the intruder's own folder may be written, as long as it is no way out of it.
            if CANARY in said or (called.startswith("read") and status < 400):
                shown.append((intruder, victim, called, status))
    assert tried == (len(DOMAINS) * len(VICTIMS) - len(VICTIMS) - 2) * TRICKS == 5580
    assert shown == []
    assert [domain for domain in VICTIMS if not site.intact(planted[domain])] == []
    assert site.server.below(f"{site.deployment.kv_mount}/metadata/") == before


def test_no_domain_leaves_the_prefix(site: Site) -> None:
    """Other secrets of the same mount stay, though a path with dots has as many segments as an object's."""
    refused = [status for domain in DOMAINS for status in _tried_with_dots(site, domain)]
    assert len(refused) == 19 * 18 + 18
    assert set(refused) <= {400, 403}
    assert _others(site) == ["other", "other/x"]


def test_a_token_that_is_renewed_without_end_ends_all_the_same(vault_server: VaultServer) -> None:
    """It keeps its policies, so that a grant that was withdrawn would last as long as it does."""
    site = _site(vault_server, domains=((ETL, ()),), token_ttl=2)
    site.apply()
    token = site.tokens[ETL]
    renewals = (vault_server.ask("POST", "auth/token/renew-self", token=token).status_code for _ in range(3000))
    assert next(renewals) == 200
    assert 403 in renewals


def test_no_domain_logs_in_as_another(site: Site) -> None:
    """A role id is no secret, and a secret id serves its own role; nor does guessing lock anybody out."""
    refused = [
        site.server.ask("POST", f"auth/{site.deployment.auth.mount}/login", body).status_code
        for intruder, victim in permutations(DOMAINS, 2)
        for body in ({"role_id": site.name(victim), "secret_id": site.secret_ids[intruder]},)
    ]
    assert refused == [400] * 380
    assert all(site.login(site.name(domain), site.secret_ids[domain]) for domain in DOMAINS)


def test_the_operator_works_on_all_domains_and_is_no_administrator(site: Site) -> None:
    """Opens, makes, wraps and rewraps data keys; no other Transit operation, no policies, no roles."""
    token = _operator(site)
    through = {domain: {called for _, called in site.got_through(domain, {"operator": token})[1]} for domain in DOMAINS}
    assert through == dict.fromkeys(DOMAINS, OPERATOR)


@pytest.mark.parametrize("who", ["own", "operator"])
def test_those_who_may_delete_do_it_in_one_request(site: Site, who: str) -> None:
    """What the table of operations leaves out, since nothing could be tried on the object afterwards."""
    operator = _operator(site)
    for domain in DOMAINS:
        planted = site.plant(domain)
        path = f"{site.deployment.kv_mount}/metadata/{PREFIX}/{planted.name}"
        token = operator if who == "operator" else site.tokens[domain]
        assert site.server.ask("DELETE", path, token=token).status_code == 204
        assert site.server.ask("GET", path).status_code == 404


def test_nobody_deletes_what_is_anothers(site: Site) -> None:
    """Not even a granted reader."""
    planted = {domain: site.plant(domain) for domain in DOMAINS}
    path = f"{site.deployment.kv_mount}/metadata/{PREFIX}"
    refused = [
        site.server.ask("DELETE", f"{path}/{planted[victim].name}", token=site.tokens[intruder]).status_code
        for intruder, victim in permutations(DOMAINS, 2)
    ]
    assert refused == [403] * 380
    assert all(site.intact(one) for one in planted.values())


STRANGERS = {
    "no entity": None,
    "an entity that Vault made": {},
    "an entity with other metadata": {"team": "etl"},
    "an entity with empty metadata": {"dag_id": "", "domain": ""},
    "half an entity": {"dag_id": "", "domain": "."},
}


@pytest.mark.parametrize("metadata", STRANGERS.values(), ids=STRANGERS)
def test_a_templated_policy_gives_nothing_to_whom_no_metadata_names(
    vault_server: VaultServer, metadata: dict[str, str] | None
) -> None:
    """The policies are attached, and lead nowhere."""
    site = _site(vault_server, domains=tuple((domain, ()) for domain in DOMAINS), templated=True)
    site.apply()
    policies = [site.deployment.role.replace("{domain}", f"all--{kind}") for kind in ("session", "writer", "reader")]
    if metadata is None:
        body = {"policies": policies, "no_default_policy": True}
        token = vault_server.ask("POST", "auth/token/create", body).json()["auth"]["client_token"]
    else:
        token = _stranger(site, policies, metadata)
    results = [site.got_through(domain, {"stranger": token}) for domain in DOMAINS]
    assert sum(tried for tried, _ in results) == 900
    assert [found for _, found in results if found] == []


def _stranger(site: Site, policies: list[str], metadata: dict[str, str]) -> str:
    server, mount, name = site.server, site.deployment.auth.mount, f"stranger-{secrets.token_hex(4)}"
    body = {"role_id": name, "token_policies": policies, "token_no_default_policy": True}
    server.data("POST", f"auth/{mount}/role/{name}", body)
    token = site.login(name, site.secret_id(name))
    entity = server.data("POST", "auth/token/lookup", {"token": token})["entity_id"]
    server.data("POST", f"identity/entity/id/{entity}", {"metadata": metadata})
    return token


def _tried_with_dots(site: Site, domain: Domain) -> list[int]:
    for name in ("other/x", "other"):
        site.server.data("POST", f"{site.deployment.kv_mount}/data/{name}", {"data": {"a": "b"}})
    return [site.wire.ask(attempt, site.tokens[domain])[0] for attempt in site.dots(domain)]


def _others(site: Site) -> list[str]:
    found = site.server.below(f"{site.deployment.kv_mount}/metadata/")
    return sorted(name for name in found if not name.startswith(PREFIX))


def _in_policies(old: str, new: str) -> Callable[[Documents], None]:
    def alter(generated: Documents) -> None:
        for name, policy in list(generated["policies"].items()):
            if "operator" not in name:
                policy["path"] = {path.replace(old, new): rule for path, rule in policy["path"].items()}

    return alter


def _in_roles(**fields: object) -> Callable[[Documents], None]:
    def alter(generated: Documents) -> None:
        for path, body in generated["writes"].items():
            if "/role/" in path:
                body.update(fields)

    return alter


def _list_right(generated: Documents) -> None:
    for policy in generated["policies"].values():
        for path, rule in list(policy["path"].items()):
            if rule["capabilities"] == ["delete"]:
                policy["path"][path.replace("/+/+/+/+/+", "/*")] = {"capabilities": ["delete", "list"]}


def _second_reader(generated: Documents) -> None:
    for path, body in generated["writes"].items():
        if path.endswith("-etl") and "/role/" in path:
            body["token_policies"].append(body["token_policies"][-1].replace("-etl-reader", "-etl2-reader"))


def _same_metadata(generated: Documents) -> None:
    for path, body in generated["writes"].items():
        if path.startswith("identity/entity/"):
            body["metadata"] = {"dag_id": "etl2", "domain": "etl2"}


MISTAKES: dict[str, tuple[bool, Callable[[Documents], None], set[str]]] = {
    "a glob without a slash": (False, _in_policies("/etl/+/+/+/+/+", "/etl*"), {"create", "read", "read version"}),
    "a '+' for the folder": (False, _in_policies("/etl/", "/+/"), {"create", "read", "read version"}),
    "all folders": (False, _in_policies("/etl/+/+/+/+/+", "/*"), {"create", "read", "read version"}),
    "the key's name as a glob": (False, _in_policies("-etl", "-etl*"), {"datakey", "decrypt", "decrypt batch"}),
    "another's reader's policy": (False, _second_reader, GRANTED),
    "roles with an administrator's policy": (False, _in_roles(token_policies=["root-like"]), {"write policy"}),
    "everyone's metadata alike": (True, _same_metadata, OWN),
    "a templated folder as a glob": (
        True,
        _in_policies("dag_id}}/+/+/+/+/+", "dag_id}}*"),
        {"create", "read", "read version"},
    ),
    "no folder in the template": (True, _in_policies("{{identity.entity.metadata.dag_id}}/+", "+/+"), {"read"}),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_documents_would_be_noticed(vault_server: VaultServer, mistake: str) -> None:
    """The same attempts as above get through when the documents are wrong: the refusals are no accident."""
    templated, alter, expected = MISTAKES[mistake]
    intruder, victim = ETL, Domain("etl2")
    site = _site(vault_server, domains=((intruder, ()), (victim, ())), templated=templated)
    everything = {"path": {"sys/*": {"capabilities": ["create", "update", "sudo"]}}}
    vault_server._make("sys/policies/acl/root-like", {"policy": json.dumps(everything)})
    alter(site.documents)
    site.apply()
    assert {called for _, called in site.got_through(victim, {"etl": site.tokens[intruder]})[1]} >= expected


HAND_WRITTEN = {
    "without the denied dots": lambda path: path,
    "with a glob for the objects": lambda path: path.replace("/+/+/+/+/+", "/*"),
}


@pytest.mark.parametrize("altered", HAND_WRITTEN.values(), ids=HAND_WRITTEN)
def test_dots_that_vault_follows_would_be_noticed(vault_server: VaultServer, altered: Callable[[str], str]) -> None:
    """What an ordinary policy leaves open in Vault before 2.0.0: deleting what is no business of one's own."""
    site = _site(vault_server, domains=((ETL, ()),))
    if not site.follows_dots():
        pytest.skip("this Vault refuses dots by itself")
    for policy in site.documents["policies"].values():
        rules = {altered(path): rule for path, rule in policy["path"].items() if rule["capabilities"] != ["deny"]}
        policy["path"] = rules
    site.apply()
    assert 204 in _tried_with_dots(site, ETL)
    assert _others(site) in (["fresh"], ["fresh/x"], ["fresh", "fresh/x"])


def test_a_right_to_list_would_be_noticed(vault_server: VaultServer) -> None:
    """In one's own folder too."""
    site = _site(vault_server, domains=((ETL, ()),))
    _list_right(site.documents)
    site.apply()
    found = site.got_through(ETL, {"own": site.tokens[ETL]})[1]
    assert {called for _, called in found} == {*OWN, "list folder", "list folder/", "list run"}


def test_a_mount_that_locks_out_would_be_noticed(vault_server: VaultServer) -> None:
    """Vault's own default, since 1.13."""
    site = _site(vault_server, domains=((ETL, ()),))
    site.documents["writes"] = {path: body for path, body in site.documents["writes"].items() if "tune" not in path}
    site.apply()
    for _ in range(6):
        body = {"role_id": site.name(ETL), "secret_id": "guessed"}
        assert not vault_server.ask("POST", f"auth/{site.deployment.auth.mount}/login", body).ok
    with pytest.raises(AssertionError, match="permission denied"):
        site.login(site.name(ETL), site.secret_ids[ETL])


def test_a_role_without_a_secret_id_would_be_noticed(vault_server: VaultServer) -> None:
    """Then anybody is anybody."""
    site = _site(vault_server, domains=((ETL, ()), (REPORT, ())))
    _in_roles(bind_secret_id=False, secret_id_num_uses=0)(site.documents)
    for body in site.documents["writes"].values():
        if body.get("bind_secret_id") is False:
            body["token_bound_cidrs"] = ["127.0.0.0/8"]
    with pytest.raises(AssertionError):
        site.apply()
    assert site.login(site.name(REPORT), "of somebody else")


def test_one_key_for_all_domains_keeps_none_apart(vault_server: VaultServer) -> None:
    """Which is what the comment in its documents says."""
    site = _site(vault_server, domains=((ETL, ()), (REPORT, ())), transit_key="shared")
    site.apply()
    found = site.got_through(REPORT, {"etl": site.tokens[ETL]})[1]
    assert {called for _, called in found} == {"datakey", "decrypt", "decrypt batch"}
    assert "keeps none of them apart" in render(documents(site.deployment), "cli")


@pytest.mark.parametrize("templated", [False, True], ids=["per Dag", "templated"])
def test_the_script_makes_the_same_with_vaults_own_commands(
    vault_server: VaultServer, tmp_path: Path, templated: bool
) -> None:
    """It runs twice, and whatever a Dag is called, the shell runs nothing else."""
    called = (
        "$(touch pwned)",
        "`touch pwned`",
        "'; touch pwned; '",
        'x"\nEOF\ntouch pwned\n',
        "a\nEOF\n$(touch pwned)",
    )
    domains = tuple((Domain(label), (ETL,)) for label in called)
    site = _site(vault_server, domains=(*domains, (ETL, ())), templated=templated)
    generated = documents(site.deployment)
    script = tmp_path / "apply.sh"
    script.write_text(render(generated, "cli"))
    environment = {**_with_vault(tmp_path), "VAULT_ADDR": vault_server.url, "VAULT_TOKEN": vault_server.token}
    for _ in range(2):
        subprocess.run(["sh", str(script)], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=300)

    for policy in generated.policies:
        written = vault_server.data("GET", f"sys/policies/acl/{policy.name}")["policy"]
        assert str(written).strip() == policy_hcl(policy).strip()
    for domain in site.domains:
        site.tokens[domain] = site.login(site.name(domain), site.secret_id(site.name(domain)))
    for domain in site.domains:
        tokens = {other.segment: token for other, token in site.tokens.items()}
        granted = set() if domain == ETL else {("etl", operation) for operation in GRANTED}
        assert site.got_through(domain, tokens)[1] == {(domain.segment, operation) for operation in OWN} | granted
    assert sorted(path.name for path in tmp_path.iterdir()) == ["apply.sh", "bin"]


def test_a_signed_token_logs_in_to_its_own_domains_role_only(vault_server: VaultServer) -> None:
    """Nor does one for another audience, or with a glob in its claim."""
    public = SIGNER.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    site = _site(vault_server, domains=GRANTS, auth=JWTAuth(mount=_auth(vault_server, "jwt"), audiences=("vault",)))
    mount = site.deployment.auth.mount
    vault_server.data("POST", f"auth/{mount}/config", {"jwt_validation_pubkeys": [public]})
    site.make()

    def logs_in(role: Domain, subject: str, audience: str = "vault") -> bool:
        token = _signed({"sub": subject, "aud": audience, "iat": 1, "exp": 4102444800})
        answer = vault_server.ask("POST", f"auth/{mount}/login", {"role": site.name(role), "jwt": token})
        return answer.ok

    admitted = {(role, other) for role in DOMAINS for other in DOMAINS if logs_in(role, f"xcom-{other.name}")}
    assert admitted == {(domain, domain) for domain in DOMAINS}
    assert not any(logs_in(domain, "xcom-*") for domain in DOMAINS)
    assert not any(logs_in(domain, f"xcom-{domain.name}", audience="another service") for domain in DOMAINS)


def test_a_pod_logs_in_to_its_own_domains_role_only_and_is_that_domain(vault_server: VaultServer) -> None:
    """By its service account and that one's namespace, also with templated policies."""
    kubernetes = StubServer()
    site = _site(
        vault_server, domains=GRANTS, templated=True, auth=KubernetesAuth(mount=_auth(vault_server, "kubernetes"))
    )
    configuration = {"kubernetes_host": kubernetes.url, "token_reviewer_jwt": _pod("vault", "vault")}
    mount = site.deployment.auth.mount
    vault_server.data(
        "POST", f"auth/{mount}/config", {**configuration, "kubernetes_ca_cert": trustme.CA().cert_pem.bytes().decode()}
    )
    site.make()

    def login(role: Domain, namespace: str, account: str) -> str | None:
        kubernetes.answers = [_review(namespace, account)]
        body = {"role": site.name(role), "jwt": _pod(namespace, account)}
        answer = vault_server.ask("POST", f"auth/{mount}/login", body)
        return answer.json()["auth"]["client_token"] if answer.ok else None

    accounts = {domain: str(site.documents["aliases"][site.name(domain)]["name"]).split("/") for domain in DOMAINS}
    tokens = {(role, whose): login(role, *accounts[whose]) for role in DOMAINS for whose in DOMAINS}
    assert {pair for pair, token in tokens.items() if token} == {(domain, domain) for domain in DOMAINS}
    assert not any(login(domain, "elsewhere", accounts[domain][1]) for domain in DOMAINS)
    for domain in (REPORT, TEAM, *HOSTILE):
        logged_in = {other.segment: str(tokens[other, other]) for other in (domain, ETL)}
        assert site.got_through(domain, logged_in)[1] == {(domain.segment, called) for called in OWN}
    kubernetes.close()


def _pod(namespace: str, account: str) -> str:
    names = {"service-account.name": account, "service-account.uid": f"uid-{account}", "namespace": namespace}
    claims = {f"kubernetes.io/serviceaccount/{name}": value for name, value in names.items()}
    return _signed({"iss": "kubernetes/serviceaccount", **claims})


def _signed(claims: dict[str, object]) -> str:
    return jwt.encode(claims, SIGNER, algorithm="ES256")


def _review(namespace: str, account: str) -> Answer:
    user = {
        "username": f"system:serviceaccount:{namespace}:{account}",
        "uid": f"uid-{account}",
        "groups": ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"],
    }
    body = json.dumps({"status": {"authenticated": True, "user": user}}).encode()
    return Answer(status=201, headers={"Content-Type": "application/json"}, body=body)


def _site(server: VaultServer, **options: object) -> Site:
    stem = f"x{secrets.token_hex(4)}"
    options.setdefault("auth", AppRoleAuth(mount=_auth(server, "approle")))
    return new_site(server, role=f"{stem}-{{domain}}", **{"transit_key": f"{stem}-{{domain}}", **options})


def _operator(site: Site) -> str:
    return site.server.token_for(site.deployment.role.replace("{domain}", "all--operator"))


def _auth(server: VaultServer, kind: str) -> str:
    mount = f"sxc-{kind}-{secrets.token_hex(8)}"
    server._make(f"sys/auth/{mount}", {"type": kind})
    return mount


def _adapters(site: Site, domain: Domain, folder: Path) -> tuple[VaultKVStore, VaultTransit]:
    file = folder / site.name(domain)
    file.write_text(site.secret_ids[domain])
    params = f"auth=approle&auth_mount={site.deployment.auth.mount}&role_id={site.name(domain)}&secret_id_file={file}"
    store = VaultKVStore.from_uri(store_uri(site.server, str(site.deployment.kv_mount), PREFIX, params))
    return store, VaultTransit.from_uri(
        key_uri(site.server, str(site.deployment.transit_mount), site.key(domain), params)
    )


def _with_vault(folder: Path) -> dict[str, str]:
    binary = shutil.which("bao") or shutil.which("vault") or (BUILT.exists() and str(BUILT))
    if not binary:
        pytest.skip(MISSING)
    (folder / "bin").mkdir()
    (folder / "bin" / "vault").symlink_to(binary)
    return {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder / "bin")}
