"""No error is raised while another one is handled: Python would keep that one, which may quote, in ``__context__``."""

import ast
from pathlib import Path

import pytest

from tests.root import ROOT

PACKAGE = ROOT / "secure_xcom"


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_handler_raises_another_error(module: Path) -> None:
    raised = [
        f"{module.relative_to(PACKAGE)}:{node.lineno}"
        for handler in ast.walk(ast.parse(module.read_text()))
        if isinstance(handler, ast.ExceptHandler)
        for node in ast.walk(handler)
        if isinstance(node, ast.Raise) and node.exc is not None
    ]
    assert raised == [], "use secure_xcom.errors.translated"
