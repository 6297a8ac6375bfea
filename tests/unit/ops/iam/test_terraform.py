"""Documents in Terraform's JSON syntax: a literal is what it says, whatever it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.ops.iam.terraform import Block, literal, render
from tests.fixtures import terraform

HOSTILE = [
    "${x}",
    "$${x}",
    "$$${x}",
    "$$$${x}",
    "$",
    "%{ if true }",
    "%%{",
    "%%%{x}",
    "$%{x}",
    "%${x}",
    "{${$}",
    "*${*}*",
    '\n"c\\d\\n${file("/etc/passwd")}',
    "${",
    "~${~x~}",
    "\\${x}",
    "${\n}",
    "\u2028",
]


def document(values: list[str]) -> str:
    instances = {f"{number} {value}": {"list": [value], value or "-": True} for number, value in enumerate(values)}
    block = Block(type="made_up", comment={"${x}": "%{ y"}, instances=instances, arguments={"value": "${each.value}"})
    return render([block], comment="${remark}")


@given(st.lists(st.text(alphabet=st.sampled_from("${}%\\\"'~ax\n")), min_size=1))
def test_what_is_escaped_evaluates_to_itself(values: list[str]) -> None:
    (found,) = terraform.evaluated(document(values)).values()
    assert [one["value"]["list"] for one in found.values()] == [[value] for value in values]


@pytest.mark.skipif(terraform.TERRAFORM is None, reason=terraform.MISSING)
def test_terraform_itself_takes_it_for_the_same_and_ignores_comments(tmp_path: Path) -> None:
    text = document(HOSTILE)
    assert terraform.applied(text, tmp_path) == terraform.evaluated(text)


def test_a_literal_keeps_its_type() -> None:
    value = {"a": [1, True, None, {"${b}": "c"}]}
    assert literal(value) == {"a": [1, True, None, {"$${b}": "c"}]}


def test_a_document_is_nested_by_kind_type_and_name() -> None:
    blocks = [
        Block(type="a", instances={"x": 1}, arguments={"y": "${each.value}"}),
        Block(type="a", name="other", comment="why", arguments={}),
        Block(type="b", is_data=True, arguments={"z": "w"}),
    ]
    assert json.loads(render(blocks, comment="all", common={"namespace": "n"})) == {
        "//": "all",
        "resource": {
            "a": {
                "xcom": {"for_each": {"x": 1}, "y": "${each.value}", "namespace": "n"},
                "other": {"//": "why", "namespace": "n"},
            }
        },
        "data": {"b": {"xcom": {"z": "w", "namespace": "n"}}},
    }
