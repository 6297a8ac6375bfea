"""The generated Vault documents as text, with Dags that are called like code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.vault.auth import AppRoleAuth, JWTAuth, KubernetesAuth
from secure_xcom.ops.iam.vault.deployment import VaultDeployment, documents
from secure_xcom.ops.iam.vault.documents import VaultDocuments
from secure_xcom.ops.iam.vault.render import FORMATS, render

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


@pytest.mark.parametrize("form", FORMATS)
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
    blocks = re.findall(r"^(?:resource|data) ", render(generated, "terraform"), re.MULTILINE)
    assert render(generated, "terraform").count('  namespace = "team/a"\n') == len(blocks) == 7


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("templated", [False, True])
def test_terraform_evaluates_nothing_that_a_dag_is_called(auth: str, templated: bool) -> None:
    """What Terraform would evaluate in a string or a heredoc is doubled; the instances are named by strings."""
    text = without_comments(render(made(auth, templated=templated), "terraform"))
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", text)
    kinds = re.findall(r'^resource "(\w+)" "xcom" \{$', text, re.MULTILINE)
    assert f"vault_{auth}_auth_backend_role" in kinds
    assert ("vault_identity_entity_alias" in kinds) == templated


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on the PATH")
@pytest.mark.parametrize("auth", AUTHS)
def test_terraform_takes_the_text_for_its_language(tmp_path: Path, auth: str) -> None:
    text = render(made(auth, templated=True, namespace="team"), "terraform")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"}
    subprocess.run(
        ["terraform", "fmt", "-"], input=text.encode(), check=True, capture_output=True, env=environment, timeout=60
    )


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="hcl, cli, json, terraform"):
        render(made(), "yaml")
