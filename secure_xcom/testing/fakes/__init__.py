"""In-memory fakes of the ports; they pass the same contract suites as real adapters, and need no pytest."""

from secure_xcom.testing.fakes.claims import InMemoryClaims
from secure_xcom.testing.fakes.host import FakeHost
from secure_xcom.testing.fakes.keys import InMemoryKeyProvider
from secure_xcom.testing.fakes.ledger import InMemoryLedger
from secure_xcom.testing.fakes.routes import SingleRoute
from secure_xcom.testing.fakes.runtime import unrecorded_runtime
from secure_xcom.testing.fakes.store import InMemoryStore

__all__ = [
    "FakeHost",
    "InMemoryClaims",
    "InMemoryKeyProvider",
    "InMemoryLedger",
    "InMemoryStore",
    "SingleRoute",
    "unrecorded_runtime",
]
