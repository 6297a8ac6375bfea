"""What looks secret in the source of a Dag."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import Policy
from secure_xcom.classify.names import Names, substring_of
from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.tune.source import Kind, SourceFinding, findings_in_source
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

CANARY = "kanarienvogel-4711"


class Marked:
    """A content rule: what begins with a mark."""

    def rule_of(self, text: str) -> str | None:
        return "marked" if text.startswith("tok-") else None


POLICY = Policy(
    names=Names(listed=substring_of(["password", "token"])).compiled(),
    holds_registered_secret=lambda _: False,
    content=Marked(),
)


def found(source: str) -> list[tuple[int, str, str, Kind]]:
    findings = findings_in_source(textwrap.dedent(source), POLICY)
    return [(one.line, one.name, one.rule, one.kind) for one in findings]


LITERALS = {
    "a variable": 'db_password = "x"',
    "a variable with a type": 'db_password: str = "x"',
    "an attribute": 'self.db_password = "x"',
    "an item": 'environ["db_password"] = "x"',
    "an argument": 'connect(db_password="x")',
    "a default": 'def connect(host, db_password="x"): ...',
    "a default by keyword": 'def connect(*, host, db_password="x"): ...',
    "a default of a lambda": 'lambda db_password="x": 0',
    "an item of a dict": 'config = {"db_password": "x"}',
    "bytes": 'db_password = b"x"',
}


@pytest.mark.parametrize("what", LITERALS)
def test_a_literal_under_a_sensitive_name_is_found(what: str) -> None:
    assert found(LITERALS[what]) == [(1, "db_password", "name-airflow", Kind.LITERAL)]


HARMLESS = {
    "a name that says nothing": 'user = "ann"',
    "no literal": "password = get()",
    "an empty text": 'password = ""',
    "a template": 'run(password="{{ var.value.db }}")',
    "nothing": "password = None",
    "a mark in documentation": '"""tok-1"""\ndef f():\n    """tok-1"""',
    "a line that says so": 'password = "x"  # secure-xcom: ignore',
    "a default of another argument": 'def connect(password, host="x"): ...',
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_is_no_secret_is_not_found(what: str) -> None:
    assert found(HARMLESS[what]) == []


@pytest.mark.parametrize("source", ['run("tok-1")', 'note = "tok-1"', '[b"tok-1"]', 'f(f"{x}", "tok-1")'])
def test_a_text_that_looks_secret_is_found_under_any_name(source: str) -> None:
    assert found(source) == [(1, "", "content-marked", Kind.LITERAL)]


def test_a_literal_is_reported_once() -> None:
    assert found('password = "tok-1"') == [(1, "password", "name-airflow", Kind.LITERAL)]


PUSHES = {
    "a key": 'ti.xcom_push(key="api_token", value=made())',
    "a key by its place": 'context["ti"].xcom_push("api_token", made())',
    "a task returns a dict": '@task\ndef make(): return {"api_token": made()}',
    "a task of a kind": '@task.virtualenv(x=1)\ndef make(): return {"api_token": made()}',
    "a task by the module": '@sdk.task\nasync def make(): return {"api_token": made()}',
    "an operator": 'class A:\n def execute(self, context): return {"api_token": made()}',
    "a callable": 'PythonOperator(python_callable=make)\ndef make(): return {"api_token": made()}',
}


@pytest.mark.parametrize("what", PUSHES)
def test_a_push_under_a_sensitive_name_is_found(what: str) -> None:
    assert [(name, rule, kind) for _, name, rule, kind in found(PUSHES[what])] == [
        ("api_token", "name-airflow", Kind.PUSH)
    ]


NO_PUSHES = {
    "what is marked": 'ti.xcom_push(key="api_token", value=Secret(made()))',
    "a name that says nothing": 'ti.xcom_push(key="rows", value=made())',
    "a key that is computed": 'ti.xcom_push(key=f"{x}_token", value=made())',
    "a pull": 'ti.xcom_pull(key="api_token")',
    "a function that is no task": 'def make(): return {"api_token": made()}',
    "a function within a task": '@task\ndef make():\n def inner(): return {"api_token": made()}\n return 1',
    "no value": 'ti.xcom_push("api_token")',
}


@pytest.mark.parametrize("what", NO_PUSHES)
def test_what_is_no_push_of_a_secret_is_not_found(what: str) -> None:
    assert found(NO_PUSHES[what]) == []


def test_findings_have_the_line_of_the_value_and_its_order() -> None:
    source = """
        password = (
            "x"
        )
        token = "y"
        """
    assert [(line, name) for line, name, *_ in found(source)] == [(3, "password"), (5, "token")]


@pytest.mark.parametrize(
    "source",
    [f"password = '{CANARY}", f"x = {CANARY} = = 1", f"'{CANARY}\0'", "(" * 5000, "x = " + "-" * 100_000 + "1"],
    ids=["open quote", "no statement", "a null", "deep", "deeper"],
)
def test_what_is_no_python_is_an_error_without_its_text(source: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        findings_in_source(source, POLICY)
    assert "the source cannot be parsed as Python" in str(raised.value)
    assert CANARY not in str(raised.value)
    assert raised.value.__context__ is None


def test_a_finding_holds_no_value() -> None:
    (one,) = findings_in_source(f'password = "{CANARY}"', POLICY)
    assert isinstance(one, SourceFinding)
    assert CANARY not in repr(one)


def test_a_large_file_is_searched_in_a_moment() -> None:
    started = time.perf_counter()
    assert len(findings_in_source('password = "x"\n' * 20_000, POLICY)) == 20_000
    assert time.perf_counter() - started < 20


def test_a_name_that_holds_a_secret_itself_is_not_shown() -> None:
    url = "postgresql://ann:kanarienvogel-4711@db/password"
    shown = findings_in_source(f'h = {{"{url}": fetch()}}', _real_policy())
    assert "kanarienvogel" not in repr(shown)


def _real_policy() -> Policy:
    return build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
