"""Airflow's private names are used in ``secure_xcom.airflow.internals`` alone, and each of them is listed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from secure_xcom.airflow.internals.names import NAMES
from tests.root import ROOT

PACKAGE = ROOT / "secure_xcom"
INTERNALS = PACKAGE / "airflow" / "internals"
USERS = [path for path in sorted(INTERNALS.glob("*.py")) if path.name != "names.py"]
OUTSIDE = [
    path
    for folder in (PACKAGE, ROOT / "examples")
    for path in sorted(folder.rglob("*.py"))
    if INTERNALS not in path.parents
]
MODULE_OF_AIRFLOW = re.compile(r"airflow(\.\w+)+")
PRIVATE = {name.last for name in NAMES if name.last.startswith("_")}
SPELT_LIKE_A_PUBLIC_NAME = {
    "MAX_RECURSION_DEPTH",
    "SECRETS_TO_SKIP_MASKING",
    "get_listener_manager",
    "mask_logs",
    "reconfigure_logger",
    "sensitive_config_values",
}


def _is_private(module: str) -> bool:
    """Whether Airflow promises nothing of a module: one with an underscore, or of the supervisor and its tasks."""
    steps = module.split(".")
    return any(step.startswith("_") for step in steps) or steps[:3] == ["airflow", "sdk", "execution_time"]


def _modules_of_airflow(tree: ast.AST) -> Iterator[str]:
    """Every module, or name in a module, of Airflow that is imported, or named by a text."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name.split(".")[0] == "airflow")
            case ast.ImportFrom(module=str(module), level=0, names=names) if module.split(".")[0] == "airflow":
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Constant(value=str(text)) if MODULE_OF_AIRFLOW.fullmatch(text):
                yield text


def _private_attributes(tree: ast.AST) -> Iterator[str]:
    """Every attribute that begins with one underscore, of anything but ``self``, ``cls`` and ``sys``."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls" | "sys")):
                pass
            case ast.Attribute(attr=attribute) if re.match("_[^_]", attribute):
                yield attribute
            case ast.Constant(value=str(text)) if re.fullmatch("_[a-z]+(_[a-z]+)*", text):
                yield text


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(PACKAGE.parent)))
def test_a_module_outside_uses_no_private_name_of_airflow(path: Path) -> None:
    source = path.read_text()
    imported = [module for module in _modules_of_airflow(ast.parse(source)) if _is_private(module)]
    named = set(re.findall(r"\w+", source)) & (PRIVATE | SPELT_LIKE_A_PUBLIC_NAME)
    assert (imported, named) == ([], set())


def test_a_private_module_would_be_noticed() -> None:
    source = "import airflow.sdk._shared\nfrom airflow.sdk.execution_time import comms\nx = 'airflow._shared.y'"
    assert [_is_private(module) for module in _modules_of_airflow(ast.parse(source))] == [True] * 3


@pytest.mark.parametrize("path", USERS, ids=lambda path: path.name)
def test_what_an_internal_module_uses_of_airflow_is_listed(path: Path) -> None:
    tree = ast.parse(path.read_text())
    listed = [name.path.replace(":", ".").replace("()", "") for name in NAMES]
    modules = [module for module in _modules_of_airflow(tree) if not _is_prefix(module, listed)]
    assert (modules, set(_private_attributes(tree)) - PRIVATE) == ([], set())


def test_each_listed_name_is_used() -> None:
    source = "".join(path.read_text() for path in USERS)
    assert {name.last for name in NAMES} - set(re.findall(r"\w+", source)) == set()


def _is_prefix(module: str, listed: list[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for name in listed)
