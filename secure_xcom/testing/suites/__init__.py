"""Contract suites: what every store, key provider, ledger and claims does, whatever is behind it.

Subclass a suite in a test module and answer its fixture; pytest collects the inherited tests::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self) -> Store:
            return MyStore(...)

Call ``pytest.register_assert_rewrite("secure_xcom.testing.suites")`` in a ``conftest.py`` to have a failed assertion
show its values.
"""

from secure_xcom.testing.suites.claims import ClaimsContract
from secure_xcom.testing.suites.keys import KeyProviderContract, RewrapContract
from secure_xcom.testing.suites.ledger import LedgerContract
from secure_xcom.testing.suites.store import StoreContract, StoreListingContract, StoreReplaceContract

__all__ = [
    "ClaimsContract",
    "KeyProviderContract",
    "LedgerContract",
    "RewrapContract",
    "StoreContract",
    "StoreListingContract",
    "StoreReplaceContract",
]
