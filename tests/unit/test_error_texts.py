"""The text of an error: a short first line with the reason, then who, where and the rule, then its section."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom import errors
from secure_xcom.contracts.enforce import DagContract, authorise
from secure_xcom.errors import FIRST_LINE, Diagnosis, Fault, SecureXComError
from secure_xcom.model.contract import Contract
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.settings.settings import Settings
from tests.root import ROOT

SHOWN_BY_AIRFLOW = 150
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, SecureXComError) and kind is not SecureXComError
}
LONG = "a_name_of_the_length_of_40_characters___"


def first_line(error: SecureXComError) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


@pytest.mark.parametrize("name", KINDS)
def test_the_first_line_of_every_class_is_shown_whole_by_airflow(name: str) -> None:
    error = KINDS[name](f"the reason is told first: then {LONG * 9}. " + "And more of it; " * 30)
    assert len(first_line(error)) <= SHOWN_BY_AIRFLOW
    assert str(error).splitlines()[-1] == f"(docs/errors.md#{name.lower()})"


@given(st.text(max_size=600), st.lists(st.text(max_size=200), max_size=3))
def test_of_a_text_nothing_is_lost_and_the_first_line_is_short(reason: str, details: list[str]) -> None:
    text = str(errors.StoreError(reason, *details))
    assert len(text.split("\n")[0]) <= FIRST_LINE
    told = "".join([reason, *details, "(docs/errors.md#storeerror)"])
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", told)


def test_a_short_text_is_one_line_with_its_section() -> None:
    assert str(errors.Tampered("the sealed object is cut")) == "the sealed object is cut (docs/errors.md#tampered)"


def test_details_follow_on_lines_of_their_own() -> None:
    error = errors.Refused("the reason", "who", "", "where")
    assert str(error) == "the reason\nwho\nwhere\n(docs/errors.md#refused)"
    assert error.message == "the reason; who; where"


def test_a_long_reason_is_broken_where_a_clause_ends() -> None:
    error = errors.StoreError("first what is wrong here: " + "then what to do about it " * 5)
    assert str(error).splitlines()[0] == "first what is wrong here:"


def _reasons() -> Iterator[tuple[str, str, str]]:
    """Each call of an error's class in the package: where, its class, and its reason with long names filled in."""
    for path in sorted((ROOT / "secure_xcom").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.func.id, _filled(node.args[0])


def _filled(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_filled(part) for part in parts)
    return LONG


_OF_A_FILE = ("secure_xcom/ledger/db/failures.py",)
"""Modules whose reasons begin with what the reason is about, in a few words: the ledger's database or its file."""


def test_the_reason_of_every_raise_stands_first_and_fits() -> None:
    found = {where: KINDS[name](reason) for where, name, reason in _reasons() if name in KINDS}
    assert len(found) > 100
    assert [where for where, error in found.items() if len(first_line(error)) > SHOWN_BY_AIRFLOW] == []
    late = [
        where
        for where, error in found.items()
        if str(error).startswith(f"{LONG}: ")
        and not isinstance(error, errors.ConfigurationError)
        and not where.startswith(_OF_A_FILE)
    ]
    assert late == [], "begins with a name and not with the reason"


@pytest.mark.parametrize("name", ["ConfigurationError", "MissingDependency"])
@pytest.mark.parametrize("more", [(), ("key: missing",), ("key: missing", "ttl: odd")], ids=len)
@pytest.mark.parametrize("option", ["store", f"--anchor /{LONG}"])
def test_the_first_line_of_a_mistake_has_the_option_and_the_mistake(
    name: str, more: tuple[str, ...], option: str
) -> None:
    error = KINDS[name](f"{option}: must be a URI and so on and on{' and on' * 30}", *more)
    assert f"{option}: must be a URI" in first_line(error)
    assert len(first_line(error)) <= SHOWN_BY_AIRFLOW
    assert first_line(error).startswith(f"{name}: {len(more) + 1} mistakes in the configuration: ") == bool(more)


def test_what_the_settings_report_begins_with_the_first_mistake() -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        Settings.parse({"stroe": "x", "store": "a b"}, ROOT)
    assert str(caught.value).startswith("2 mistakes in the configuration: stroe: no such option; did you mean store?")


def test_a_store_says_first_why_and_then_where() -> None:
    diagnosis = Diagnosis(fault=Fault.DENIED, where="S3 bucket b", code="AccessDenied", advice="grant s3:GetObject")
    error = Fault.DENIED.store_error(*diagnosis.told)
    assert str(error) == "AccessDenied: grant s3:GetObject\nS3 bucket b\n(docs/errors.md#storedenied)"


def test_a_contract_says_first_why_then_who_and_then_where_it_stands() -> None:
    where = Coordinates(dag_id="etl", run_id="r", task_id="fetch", key="rows")
    reader = TaskInstance(dag_id="etl", run_id="r", task_id="thief")
    with pytest.raises(errors.ContractViolation) as caught:
        authorise(Contract(readers=frozenset()), where, reader, contract_required=False)
    reason, who, _ = str(caught.value).splitlines()
    assert reason.startswith("the value is ")
    assert who == f"{reader} may not read key 'rows' of task 'fetch' of Dag 'etl'"
    assert DagContract(dag_id="etl").for_push(reader, where, 1) is None
