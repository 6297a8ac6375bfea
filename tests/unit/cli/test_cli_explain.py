"""``secure-xcom explain`` as people call it, and the page in the wheel."""

from __future__ import annotations

import tomllib

import pytest
from typer.testing import CliRunner

from secure_xcom import errors
from secure_xcom.cli import app
from secure_xcom.errors import SecureXComError
from secure_xcom.ops.explain import errors as explain
from tests.root import ROOT

ERRORS = [
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, SecureXComError) and value.__module__ == errors.__name__
]


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_is_explained(name: str) -> None:
    done = CliRunner().invoke(app, ["explain", name])
    assert done.exit_code == 0
    first, *paragraphs = done.stdout.rstrip("\n").split("\n\n")
    assert first == name
    assert [paragraph.partition(".")[0] for paragraph in paragraphs] == ["What happened", "Why", "What to do"]
    assert "](" not in done.stdout
    assert "**" not in done.stdout


@pytest.mark.parametrize(
    "asked",
    [
        "claimlost",
        "CLAIMLOST",
        "secure_xcom.errors.ClaimLost",
        "docs/errors.md#claimlost",
        "(docs/errors.md#claimlost)",
    ],
)
def test_an_error_is_found_as_a_log_names_it(asked: str) -> None:
    done = CliRunner().invoke(app, ["explain", asked])
    assert done.stdout.startswith("ClaimLost\n\nWhat happened. The lease ended")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("ContractViolatio", "ContractViolatio: no such error; did you mean ContractViolation? The errors are "),
        ("LedgrError", "LedgrError: no such error; did you mean LedgerError? The errors are SecureXComError, "),
        ("docs/errors.md#xyzzy\x1b", "docs/errors.md#xyzzy\\x1b: no such error; the errors are SecureXComError, "),
    ],
)
def test_an_unknown_error_exits_with_2_and_the_nearest(asked: str, says: str) -> None:
    done = CliRunner().invoke(app, ["explain", asked])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(says)


def test_the_wheel_holds_the_page_where_the_command_looks_for_it() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    in_wheel, in_checkout = explain._PAGES
    assert build["wheel"]["force-include"] == {"docs/errors.md": str(in_wheel.relative_to(in_wheel.parents[3]))}
    assert "docs/errors.md" in build["sdist"]["include"]
    assert in_checkout.name == "errors.md"
