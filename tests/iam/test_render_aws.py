"""What is printed says the same as the documents, to a machine and to a reader."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.aws.deployment import Place
from secure_xcom.ops.iam.aws.documents import AwsDocuments, documents
from secure_xcom.ops.iam.aws.render import AwsFormat, render
from tests.fixtures import terraform
from tests.iam.world import DOMAINS, IAM, OTHER_KEY, PLACE, deployment

HOSTILE = (Domain("${x}%{y}'\"\\`$(id)\nEOF\n*/ #"), (Domain("e.t"),))
"""A Dag whose id would end a string, a comment or a document, were it printed as it is."""

DESIGNS = (pytest.param(False, id="tags"), pytest.param(True, id="per-dag"))


def made(*, per_dag: bool, places: tuple[Place, ...] = (PLACE,)) -> AwsDocuments:
    return documents(deployment(per_dag=per_dag, places=places, domains=(*DOMAINS, HOSTILE)))


def statements(given: AwsDocuments) -> Iterator[str]:
    for document in (*given.policies, *(role.trust for role in given.roles), *given.buckets, given.key):
        yield from (statement.comment for statement in document.statements)


@pytest.mark.parametrize("form", AwsFormat)
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_text_is_the_same_each_time_and_plain(per_dag: bool, form: str) -> None:
    text = render(made(per_dag=per_dag), form)
    assert text == render(made(per_dag=per_dag), form)
    assert re.fullmatch(r"[ -~\n]+\n", text)


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_script_has_a_comment_line_for_each_right(per_dag: bool) -> None:
    lines = render(made(per_dag=per_dag), "cli").splitlines()
    for comment in statements(made(per_dag=per_dag)):
        assert f"# {comment}" in lines


BUCKETS = {
    "one bucket": (PLACE,),
    "two buckets": (PLACE, Place(bucket="large-values", prefix="large", sse_kms_key_arn=OTHER_KEY)),
}
IN_BUCKETS = pytest.mark.parametrize("places", BUCKETS.values(), ids=BUCKETS)


@IN_BUCKETS
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_json_holds_the_documents_and_a_reason_for_each_statement(per_dag: bool, places: tuple[Place, ...]) -> None:
    given = made(per_dag=per_dag, places=places)
    listed = json.loads(render(given, "json"))["documents"]
    by_kind = {(one["kind"], one["name"]): one for one in listed}
    assert len(by_kind) == len(listed) == len(given.policies) + len(given.roles) + len(places) + 1
    for one in listed:
        assert set(one["why"]) == {statement["Sid"] for statement in one["document"]["Statement"]}
    for place, bucket in zip(places, given.buckets, strict=True):
        assert by_kind["bucket", place.bucket]["document"] == bucket.as_json()
    assert by_kind["permissions", "xcom-operator"]["attached_to"] == ["role/xcom-maintenance", "user/olga"]


@IN_BUCKETS
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_script_gives_aws_the_documents(per_dag: bool, places: tuple[Place, ...], tmp_path: Path) -> None:
    given = made(per_dag=per_dag, places=places)
    calls = list(_run(render(given, "cli"), tmp_path))
    sent = [document for _, document in calls if document is not None]
    assert sent == [
        document.as_json()
        for document in (*given.policies, *(role.trust for role in given.roles), *given.buckets, given.key)
    ]
    arguments = [" ".join(call) for call, _ in calls]
    for place in places:
        assert f"s3api put-bucket-policy --bucket {place.bucket} --policy file:///dev/stdin" in arguments
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


@IN_BUCKETS
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_terraform_makes_the_documents_and_attaches_the_policies(per_dag: bool, places: tuple[Place, ...]) -> None:
    given = made(per_dag=per_dag, places=places)
    found = terraform.evaluated(render(given, "terraform"))
    assert _decoded(found, "aws_iam_policy", "policy") == {one.name: one.as_json() for one in given.policies}
    trusts = {role.name: role.trust.as_json() for role in given.roles}
    assert _decoded(found, "aws_iam_role", "assume_role_policy") == trusts
    assert _decoded(found, "aws_s3_bucket_policy", "policy") == {one.name: one.as_json() for one in given.buckets}
    assert _decoded(found, "aws_kms_key_policy", "policy") == {given.deployment.key_arn: given.key.as_json()}
    attached = [
        [*one.values()]
        for address in ("aws_iam_role_policy_attachment.xcom", "aws_iam_role_policy_attachment.operator")
        for one in found[address].values()
    ]
    roles = [[role.name, policy] for role in given.roles for policy in role.policies]
    assert attached == [*roles, ["xcom-maintenance", "xcom-operator"]]
    (olga,) = found["aws_iam_user_policy_attachment.operator"].values()
    assert olga == {"user": "olga", "policy_arn": "xcom-operator"}
    assert len(found) == 7


def _decoded(found: terraform.Made, kind: str, argument: str) -> dict[str, Any]:
    return {key: json.loads(one[argument]) for key, one in found[f"{kind}.xcom"].items()}


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_terraform_makes_a_role_before_what_needs_it(per_dag: bool) -> None:
    blocks = terraform.blocks(render(made(per_dag=per_dag), "terraform"))
    assert "aws_iam_role.xcom" in blocks["aws_iam_role_policy_attachment.xcom"]["role"]
    assert blocks["aws_kms_key_policy.xcom"]["depends_on"] == ["aws_iam_role.xcom"]


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_terraform_has_each_statements_reason_in_a_comment(per_dag: bool) -> None:
    given = made(per_dag=per_dag)
    blocks = terraform.blocks(render(given, "terraform"))
    told = {
        name: reasons
        for kind in ("aws_iam_policy", "aws_iam_role", "aws_s3_bucket_policy", "aws_kms_key_policy")
        for name, reasons in blocks[f"{kind}.xcom"]["//"]["why"].items()
    }
    assert [f"{sid}: {why}." for reasons in told.values() for sid, why in reasons.items()] == [*statements(given)]
    assert f"{IAM}role/key-administrator" in blocks["aws_kms_key_policy.xcom"]["//"]["about"]


@pytest.mark.skipif(terraform.TERRAFORM is None, reason=terraform.MISSING)
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_terraform_itself_evaluates_the_document_like_that(per_dag: bool, tmp_path: Path) -> None:
    text = render(made(per_dag=per_dag), "terraform")
    expected, found = terraform.evaluated(text), terraform.applied(text, tmp_path)
    for kind, argument in (
        ("aws_iam_policy", "policy"),
        ("aws_iam_role", "assume_role_policy"),
        ("aws_s3_bucket_policy", "policy"),
        ("aws_kms_key_policy", "policy"),
    ):
        assert _decoded(found, kind, argument) == _decoded(expected, kind, argument)
    attachments = [address for address in expected if "attachment" in address]
    assert {one: found[one] for one in attachments} == {one: expected[one] for one in attachments}


@pytest.mark.parametrize("form", AwsFormat)
def test_every_format_says_that_policies_of_some_dags_shut_out_the_others(form: AwsFormat) -> None:
    some = documents(deployment(per_dag=True, all_domains=False))
    assert "shut out each Dag that --dag does not name" in " ".join(render(some, form).replace("#", " ").split())
    for all_are_covered in (made(per_dag=True), documents(deployment(per_dag=False, all_domains=False))):
        assert "CAUTION" not in render(all_are_covered, form)
