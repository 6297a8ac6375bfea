"""The generated Vault documents as text, with Dags that are called like code."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.vault.auth import AppRoleAuth, JWTAuth, KubernetesAuth
from secure_xcom.ops.iam.vault.deployment import VaultDeployment, documents
from secure_xcom.ops.iam.vault.documents import VaultDocuments
from secure_xcom.ops.iam.vault.render import VaultFormat, render
from tests.fixtures import terraform

HOSTILE = (
    'x"\n}\npath "*" {\n  capabilities = ["sudo"]\n}\n#',
    "$(touch pwned)",
    "`touch pwned`",
    '${file("/etc/passwd")}',
    "%{ for x in y }",
    "'; touch pwned; '",
    "x\nEOF\ntouch pwned\n",
    "x\nEOT\n",
    'x\r\npath "*" {}',
    '\u2028path "*" {}',
    "\u202e\x1b[31m",
    "*/ # //",
    "{{identity.entity.name}}",
    "\\",
)
AUTHS = {
    "approle": AppRoleAuth(),
    "kubernetes": KubernetesAuth(audience="vault"),
    "jwt": JWTAuth(audiences=('a"${b}',), claims={"sub": "xcom-{domain}", "env": "p'r\"o${d}$(touch pwned)"}),
}
RECORDER = """#!/bin/sh
printf '%s\\n' "$*" >> "$RECORD"
for last; do :; done
case "$*" in *" -"|*" - "*) cat >> "$RECORD" ;; esac
"""


def made(auth: str = "approle", **options: object) -> VaultDocuments:
    domains = tuple((Domain(label), (Domain("report"),)) for label in HOSTILE)
    options = {"kv_mount": "secret", "prefix": "xcom", "transit_mount": "transit", "auth": AUTHS[auth], **options}
    return documents(VaultDeployment(domains=domains, **options))


def without_comments(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))


@pytest.mark.parametrize("form", VaultFormat)
@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("templated", [False, True])
def test_a_text_is_printable_ascii_and_ever_the_same(form: str, auth: str, templated: bool) -> None:
    text = render(made(auth, templated=templated), form)
    assert text == render(made(auth, templated=templated), form)
    assert re.fullmatch(r"[ -~\n]*", text)
    assert text.endswith("\n")


def test_hcl_holds_the_generated_rules_and_no_others() -> None:
    generated = made()
    text = without_comments(render(generated, "hcl"))
    blocks = re.findall(r'^path "([^"\\]+)" \{\n  capabilities = \[([a-z", ]+)\]\n\}$', text, re.MULTILINE)
    expected = [(rule.path, [*rule.without]) for policy in generated.policies for rule in policy.rules]
    assert [(path, json.loads(f"[{rights}]")) for path, rights in blocks] == expected
    assert len([line for line in text.split("\n") if line]) == 3 * len(expected)


def test_hcl_introduces_each_policy_by_its_name_and_each_right_by_its_reason() -> None:
    generated = made()
    lines = render(generated, "hcl").split("\n")
    assert [line for line in lines if line.startswith("# Policy ")] == [
        f"# Policy {p.name}" for p in generated.policies
    ]
    for at, line in enumerate(lines):
        if line.startswith("path "):
            count = len(json.loads(lines[at + 1].partition("=")[2]))
            assert all(re.match(r"# [a-z]+: without it, ", told) for told in lines[at - count : at])


def test_json_has_the_body_of_every_request() -> None:
    content = json.loads(render(made(templated=True, namespace="team"), "json"))
    assert content["namespace"] == "team"
    assert content["policies"]["xcom-all--session"]["path"]["auth/token/renew-self"]["capabilities"] == ["update"]
    assert content["writes"]["auth/approle/role/xcom-report"]["role_id"] == "xcom-report"
    assert content["writes"]["transit/keys/xcom-report"]["derived"] is True
    assert content["writes"]["identity/entity/name/xcom-report"]["metadata"] == {"dag_id": "report", "domain": "report"}
    assert content["writes"]["sys/auth/approle/tune"] == {"user_lockout_config": {"lockout_disable": True}}
    assert content["aliases"]["xcom-report"] == {"name": "xcom-report", "auth_mount": "approle"}


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("templated", [False, True])
def test_the_script_runs_vaults_commands_and_nothing_that_a_dag_is_called(
    tmp_path: Path, auth: str, templated: bool
) -> None:
    generated = made(auth, templated=templated, namespace="team/a")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "vault").write_text(RECORDER)
    (folder / "vault").chmod(0o700)
    script = tmp_path / "apply.sh"
    script.write_text(render(generated, "cli"))
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "RECORD": str(tmp_path / "record")}
    subprocess.run(["sh", str(script)], cwd=tmp_path, env=environment, check=True, timeout=60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["apply.sh", "bin", "record"]
    record = (tmp_path / "record").read_text()
    assert re.findall(r"^policy write (\S+) -$", record, re.MULTILINE) == [policy.name for policy in generated.policies]
    assert len(re.findall(r"^write (\S+) -$", record, re.MULTILINE)) == (
        len(generated.keys) + len(generated.tunings) + len(generated.roles) + len(generated.entities)
    )
    assert len(re.findall(r"^write identity/entity-alias ", record, re.MULTILINE)) == len(generated.entities)


def test_a_namespace_stands_where_the_commands_look_for_it() -> None:
    generated = made(namespace="team/a", templated=True)
    assert "export VAULT_NAMESPACE=team/a\n" in render(generated, "cli")
    blocks = terraform.blocks(render(generated, "terraform"))
    assert [body["namespace"] for body in blocks.values()] == ["team/a"] * 7
    assert "namespace" not in render(made(templated=True), "terraform")


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("templated", [False, True])
def test_terraform_makes_what_the_other_formats_make(auth: str, templated: bool) -> None:
    """Nothing that a Dag is called, or a claim, is evaluated: ``evaluated`` knows no expressions but ours."""
    generated = made(auth, templated=templated)
    content = json.loads(render(generated, "json"))
    found = terraform.evaluated(render(generated, "terraform"))
    policies = {name: json.loads(one["policy"]) for name, one in found["vault_policy.xcom"].items()}
    assert policies == content["policies"]
    assert {name: one["name"] for name, one in found["vault_policy.xcom"].items()} == {name: name for name in policies}
    writes = {}
    for name, one in found["vault_transit_secret_backend_key.xcom"].items():
        assert one.pop("name") == name
        writes[f"{one.pop('backend')}/keys/{name}"] = one
    for name, one in found[f"vault_{auth}_auth_backend_role.xcom"].items():
        assert one.pop("role_name") == name
        writes[f"auth/{one.pop('backend')}/role/{name}"] = one
    for one in found.get("vault_generic_endpoint.xcom", {}).values():
        writes[one["path"]] = json.loads(one["data_json"])
    for name, one in found.get("vault_identity_entity.xcom", {}).items():
        assert one.pop("name") == name
        writes[f"identity/entity/name/{name}"] = one
    assert writes == content["writes"]
    aliases = {
        one["canonical_id"]: {"name": one["name"], "auth_mount": one["mount_accessor"]}
        for one in found.get("vault_identity_entity_alias.xcom", {}).values()
    }
    assert aliases == content["aliases"]


def test_terraform_has_the_reason_of_each_right_in_the_policy_and_what_each_block_is_in_a_comment() -> None:
    generated = made(templated=True)
    blocks = terraform.blocks(render(generated, "terraform"))
    assert blocks["vault_policy.xcom"]["//"] == {policy.name: policy.about for policy in generated.policies}
    for policy in generated.policies:
        rules = blocks["vault_policy.xcom"]["for_each"][policy.name]["path"]
        for rule in policy.rules:
            comment = rules[rule.path]["comment"]
            assert all(f"{right}: without it, {reason}" in comment for right, reason in rule.without.items())
    for kind, named in (
        ("vault_transit_secret_backend_key", generated.keys),
        ("vault_approle_auth_backend_role", generated.roles),
        ("vault_identity_entity", generated.entities),
    ):
        assert blocks[f"{kind}.xcom"]["//"] == {one.name: one.about for one in named}


@pytest.mark.skipif(terraform.TERRAFORM is None, reason=terraform.MISSING)
@pytest.mark.parametrize("auth", AUTHS)
def test_terraform_itself_evaluates_the_document_like_that(tmp_path: Path, auth: str) -> None:
    text = render(made(auth, templated=True, namespace="team", all_domains=False), "terraform")
    found, expected = terraform.applied(text, tmp_path), terraform.evaluated(text)
    assert _decoded(found) == _decoded(expected)
    assert len(found) == (7 if auth == "approle" else 6)


def _decoded(found: terraform.Made) -> terraform.Made:
    encoded = ("policy", "data_json")
    return {
        address: {
            key: {name: json.loads(value) if name in encoded else value for name, value in one.items()}
            for key, one in instances.items()
        }
        for address, instances in found.items()
    }


@pytest.mark.parametrize("form", VaultFormat)
def test_every_format_says_why_the_operators_policy_is_omitted(form: VaultFormat) -> None:
    text = render(made(all_domains=False), form)
    assert "The operator's policy, all--operator, is omitted" in text
    assert "xcom-all--operator" not in text
    assert "is omitted" not in render(made(), form)
