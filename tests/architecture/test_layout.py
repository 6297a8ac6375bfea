"""The tests have the folders of the package, so that whoever knows one finds the other."""

from __future__ import annotations

from pathlib import Path

from tests.root import ROOT


def test_each_folder_of_the_package_has_tests_of_its_name() -> None:
    tests = _folders(ROOT / "tests" / "unit") | _folders(ROOT / "tests")
    assert _folders(ROOT / "secure_xcom") - tests == set()


def test_a_folder_of_unit_tests_is_one_of_the_package() -> None:
    assert _folders(ROOT / "tests" / "unit") - _folders(ROOT / "secure_xcom") == set()


def _folders(path: Path) -> set[str]:
    return {child.name for child in path.iterdir() if (child / "__init__.py").exists()}
