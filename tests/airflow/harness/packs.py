"""The review pack of a stack, in each of its formats, as an operator of that Airflow has it written."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

from secure_xcom.ops.audit.report.formats import Format

if TYPE_CHECKING:
    from tests.airflow.harness.stack import Stack

_RUN = """
import sys
from secure_xcom.cli import app
for form in sys.argv[2:]:
    written = ["--format", form, "--output", f"{sys.argv[1]}/pack.{form}"]
    app(["audit", "report", "--no-checks", *written], standalone_mode=False)
app(["audit", "report", "--output", f"{sys.argv[1]}/pack.with-checks"], standalone_mode=False)
"""
"""One process for all of them: what takes long is to import Airflow."""


def review_packs(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Yield each pack, and what the command printed."""
    forms = [form.value for form in Format]
    done = subprocess.run(
        [stack.python, "-P", "-c", _RUN, str(stack.home), *forms],
        env=stack.environment,
        cwd=stack.home,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    pack = json.loads((stack.home / "pack.json").read_text())
    # A pack that found nothing would hold no canary either.
    assert pack["verified"]["verdict"] == "The ledger is whole", pack["verified"]
    assert sum(one["rows"] for one in pack["sealed"]) > 0
    assert {rule for one in pack["sealed"] for rule in one["rules"]} >= {"name-password"}
    assert any(one["outcome"] == "done" for one in pack["access"]["readings"])
    yield "printed", done.stdout + done.stderr
    for name in (*forms, "with-checks"):
        yield f"pack.{name}", (stack.home / f"pack.{name}").read_bytes()
