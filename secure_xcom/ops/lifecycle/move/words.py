"""What the outcomes of a move are called before people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from secure_xcom.ops.lifecycle.move.outcome import Outcome

WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.LISTED: "would be copied, unless they are in both stores",
    Outcome.COPIED: "copied, and in both stores",
    Outcome.THERE: "in both stores before",
    Outcome.MOVED: "moved",
    Outcome.GONE: "deleted or moved by others meanwhile",
    Outcome.UNSURE: (
        "copied, and gone from the previous store without an entry in the ledger: "
        "secure-xcom reap deletes what has no row"
    ),
    Outcome.EXPIRED: "past their lifetime, and not copied",
    Outcome.CHAIN_KEY: "keys of the ledger: run secure-xcom ledger rekey, which takes them along",
    Outcome.STAYS: "no large values, and stay in the store",
    Outcome.FOREIGN: "not ours, left alone",
}
