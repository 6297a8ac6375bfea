"""Chain keys to another key: each sealed blob is replaced in the database if it is still the one that was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from secure_xcom.model.domain import Domain

if TYPE_CHECKING:
    from secure_xcom.ledger.generations import Kept
    from secure_xcom.ledger.lazy import LazyLedger

T = TypeVar("T")

Move: TypeAlias = Callable[[Domain, str, bytes, Callable[[bytes], bool]], T]
"""Takes a domain, a name for people, the sealed key, and what replaces it."""


def rewrap_chain_keys(ledger: LazyLedger, move: Move[T], only: Sequence[Domain] = ()) -> Iterator[T]:
    """Yield what ``move`` returns for each chain key of the domains that the ledger knows, or of ``only`` some.

    Raises a ``LedgerError``, and what ``move`` raises.
    """
    for known, domain, kept in ledger.kept_keys():
        if only and domain not in only:
            continue
        name = f"chain key of {known.name}, generation {kept.generation}"

        def write(new: bytes, *, of: str = known.domain, old: Kept = kept) -> bool:
            return ledger.replace_key(of, old, new)

        yield move(domain, name, kept.sealed, write)
