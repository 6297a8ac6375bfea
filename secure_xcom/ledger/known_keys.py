"""``KnownKeys``: the chain keys that a verification needs, each asked for once."""

from __future__ import annotations

from collections.abc import Mapping

from secure_xcom.errors import SecureXComError
from secure_xcom.ledger.chain_keys import NEVER_OPENS, ChainKeys
from secure_xcom.ledger.extending import ChainKey
from secure_xcom.ledger.generations import GONE
from secure_xcom.ledger.walk import Break


class KnownKeys:
    """The domains' chain keys. A key that cannot be had is reported once, and what it signed is not called whole.

    ``lost`` has the generations that can never be opened, of domains that have another one which can.
    """

    def __init__(self, keys: ChainKeys) -> None:
        self._keys = keys
        self._known: dict[str, Mapping[int, ChainKey]] = {}
        self._domains: dict[str, tuple[str, ...]] = {}
        self.lost: dict[tuple[str, int], str] = {}
        self._out_of_reach: set[tuple[str, int]] = set()
        self.problems: list[Break] = []

    def domains_of(self, dag_id: str) -> tuple[str, ...]:
        """Return the Dag's domains, none if the settings here do not tell."""
        if dag_id not in self._domains:
            try:
                self._domains[dag_id] = self._keys.domains_of(dag_id)
            except SecureXComError:
                self._domains[dag_id] = ()
        return self._domains[dag_id]

    def of(self, dag_id: str, generation: object, said: str) -> ChainKey | None:
        """Return the key of one generation of a Dag's domain: of the one that is ``said``, if it is one of the Dag's.

        Which domain a chain is of stands in the database. Another Dag's key proves nothing of this one.
        """
        domains = self.domains_of(dag_id)
        domain = said if said in domains else next(iter(domains), "")
        # A Dag without a domain here is reported by its own name.
        name = domain or dag_id
        if name not in self._known:
            self._known[name] = self._opened(dag_id, domain)
        known, number = self._known[name], number_of(generation)
        if known and number not in known and (domain, number) not in self._out_of_reach:
            self.lost.setdefault((domain, number), GONE)
        return known.get(number)

    def _opened(self, dag_id: str, domain: str) -> Mapping[int, ChainKey]:
        try:
            each = self._keys.each(dag_id, domain)
            opened = {number: key for number, key in each.items() if isinstance(key, ChainKey)}
            if not opened:
                self._keys.of(dag_id, domain, makes=False)
        except SecureXComError as error:
            self._report(dag_id, error)
            return {}
        for number, found in each.items():
            place = domain, number
            if isinstance(found, NEVER_OPENS):
                self.lost[place] = type(found).__name__
            elif isinstance(found, SecureXComError):
                self._out_of_reach.add(place)
                self._report(dag_id, found)
        return opened

    def _report(self, dag_id: str, error: SecureXComError) -> None:
        problem = f"cannot be verified: {type(error).__name__}: {error.message}"
        self.problems.append(Break(dag_id=dag_id, run_id="*", number=0, problem=problem))


def number_of(found: object) -> int:
    """Return a number of the database, or 0 for another type: SQLite keeps any in any column."""
    return found if isinstance(found, int) else 0
