"""Which keys of a keyring nothing uses any more. A key that is removed too early takes its values with it.

Two facts say that a key is unused: no object of any store and no chain key is under it; and it has not been the primary
key for so long that no worker can still hold a data key of it, since that is kept in memory for a while.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.seal.data_keys import MAX_AGE_SECONDS

if TYPE_CHECKING:
    from secure_xcom.adapters.local.keyring import LocalKeyring
    from secure_xcom.assembly.estate import Place
    from secure_xcom.ledger.lazy import LazyLedger
    from secure_xcom.ops.lifecycle.rewrap.run import Run

GRACE_SECONDS: Final = 2 * MAX_AGE_SECONDS
"""After a keyring was changed: a worker's data key may be as old as ``MAX_AGE_SECONDS`` when it seals its last value,
and the copies of the file on other machines are as old as the operator makes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """The keys that were removed, and those that are still used, with the number of their objects and chain keys."""

    removed: Sequence[str]
    kept: dict[str, int]


def retire(keyring: LocalKeyring, run: Run, places: Iterable[Place], ledger: LazyLedger | None) -> Retired:
    """Look at everything, and remove the keys that nothing uses; ``run`` is a dry one.

    Raises ``ConfigurationError`` if the keyring was changed a moment ago, or if something could not be looked at, and
    what the stores and the ledger raise. Nothing is removed then.
    """
    others = keyring.earlier()
    if not others:
        return Retired(removed=(), kept={})
    if (left := keyring.changed() + GRACE_SECONDS - time.time()) > 0:
        raise ConfigurationError(
            "key: the keyring was changed a moment ago, and workers may still seal under the earlier key: "
            f"wait {left:.0f} s"
        )
    for _ in run.objects(places):
        pass
    if ledger is not None:
        run.chain_keys(ledger)
    if run.summary.failed:
        raise ConfigurationError(
            f"key: {run.summary.failed} objects or chain keys could not be judged, so no key is removed: "
            "run `secure-xcom rewrap --dry-run`, which names them"
        )
    uses = {key_id: run.summary.under((keyring.scheme, key_id)) for key_id in others}
    removed = [key_id for key_id, count in uses.items() if not count]
    if removed:
        keyring.retire(removed)
    return Retired(removed=removed, kept={key_id: count for key_id, count in uses.items() if count})
