"""What is printed says the same as the documents, to a machine and to a reader."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.aws.documents import AwsDocuments, documents
from secure_xcom.ops.iam.aws.render import FORMATS, render
from tests.iam.world import DOMAINS, IAM, deployment

HOSTILE = (Domain("${x}%{y}'\"\\`$(id)\nEOF\n*/ #"), (Domain("e.t"),))
"""A Dag whose id would end a string, a comment or a document, were it printed as it is."""

DESIGNS = (pytest.param(False, id="tags"), pytest.param(True, id="per-dag"))


def made(*, per_dag: bool) -> AwsDocuments:
    return documents(deployment(per_dag=per_dag, domains=(*DOMAINS, HOSTILE)))


def statements(given: AwsDocuments) -> Iterator[str]:
    for document in (*given.policies, *(role.trust for role in given.roles), given.bucket, given.key):
        yield from (statement.comment for statement in document.statements)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_text_is_the_same_each_time_and_plain(per_dag: bool, form: str) -> None:
    text = render(made(per_dag=per_dag), form)
    assert text == render(made(per_dag=per_dag), form)
    assert re.fullmatch(r"[ -~\n]+\n", text)


@pytest.mark.parametrize("form", ["terraform", "cli"])
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_each_right_has_a_comment_line(per_dag: bool, form: str) -> None:
    lines = [line.strip() for line in render(made(per_dag=per_dag), form).splitlines()]
    for comment in statements(made(per_dag=per_dag)):
        assert f"# {comment}" in lines


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_json_holds_the_documents_and_a_reason_for_each_statement(per_dag: bool) -> None:
    given = made(per_dag=per_dag)
    listed = json.loads(render(given, "json"))["documents"]
    by_kind = {(one["kind"], one["name"]): one for one in listed}
    assert len(by_kind) == len(listed) == len(given.policies) + len(given.roles) + 2
    for one in listed:
        assert set(one["why"]) == {statement["Sid"] for statement in one["document"]["Statement"]}
    assert by_kind["bucket", "sealed-values"]["document"] == given.bucket.as_json()
    assert by_kind["permissions", "xcom-operator"]["attached_to"] == ["role/xcom-maintenance", "user/olga"]


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_script_gives_aws_the_documents(per_dag: bool, tmp_path: Path) -> None:
    given = made(per_dag=per_dag)
    calls = list(_run(render(given, "cli"), tmp_path))
    sent = [document for _, document in calls if document is not None]
    assert sent == [
        document.as_json()
        for document in (*given.policies, *(role.trust for role in given.roles), given.bucket, given.key)
    ]
    arguments = [" ".join(call) for call, _ in calls]
    assert "iam attach-user-policy --user-name olga --policy-arn " + f"{IAM}policy/xcom-operator" in arguments
    for role in given.roles:
        for policy in role.policies:
            assert f"iam attach-role-policy --role-name {role.name} --policy-arn {IAM}policy/{policy}" in arguments


def _run(script: str, folder: Path) -> Iterator[tuple[list[str], Any]]:
    """Run the script with an ``aws`` that writes down what it is given."""
    aws = folder / "aws"
    aws.write_text(
        "#!/bin/sh\n"
        'n=$(ls "$CALLS" | wc -l)\n'
        'for argument in "$@"; do printf "%s\\0" "$argument"; done > "$CALLS/$(printf %03d "$n").arguments"\n'
        'case "$*" in *file:///dev/stdin*) cat ;; esac > "$CALLS/$(printf %03d "$((n + 1))").input"\n'
    )
    aws.chmod(0o755)
    calls = folder / "calls"
    calls.mkdir()
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(calls)}
    subprocess.run(["sh", "-c", script], check=True, env=environment, cwd=folder, timeout=60)
    for arguments in sorted(calls.glob("*.arguments")):
        text = (calls / f"{int(arguments.stem) + 1:03}.input").read_text()
        yield arguments.read_text().split("\0")[:-1], json.loads(text) if text else None


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_terraform_reads_the_documents_as_they_are(per_dag: bool, tmp_path: Path) -> None:
    terraform = shutil.which("terraform") or shutil.which("tofu")
    if terraform is None:
        pytest.skip("opt-in: install terraform or tofu to have it read what is generated for it")
    given = made(per_dag=per_dag)
    text = render(given, "terraform")
    expressions = re.findall(r"(?ms)^( *)[^\n]+ = (jsonencode\(.*?^\1}\))$", text)
    outputs = "\n".join(f'output "o{n:03}" {{\n  value = {one}\n}}' for n, (_, one) in enumerate(expressions))
    (tmp_path / "main.tf").write_text(outputs)
    for command in (["apply", "-auto-approve", "-input=false"], ["output", "-json"]):
        done = subprocess.run([terraform, *command], cwd=tmp_path, capture_output=True, check=True, timeout=120)
    read = [json.loads(one["value"]) for _, one in sorted(json.loads(done.stdout).items())]
    expected = [*given.policies, *(role.trust for role in given.roles), given.bucket, given.key]
    assert read == [document.as_json() for document in expected]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="--format: 'hcl' is none of json, terraform, cli"):
        render(made(per_dag=False), "hcl")
