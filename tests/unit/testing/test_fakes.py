"""The fakes serve whoever tests a backend of their own, with any test runner."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_PYTEST = """
import sys
sys.modules["pytest"] = None
from secure_xcom.testing.fakes.claims import InMemoryClaims
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryLedger, InMemoryStore, SingleRoute
store = InMemoryStore()
store.put("a", b"b")
print(store.get("a"))
"""


def test_the_fakes_need_no_pytest() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_PYTEST], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("b'b'\n", "")
