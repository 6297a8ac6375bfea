"""``Settings``: the ``[secure_xcom]`` section as a frozen value. All mistakes are reported at once.

``OPTIONS`` is the only list of the options: the provider's metadata and docs/settings.md are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.mode import Mode, PlainInPlace
from secure_xcom.settings.consistency import contradictions
from secure_xcom.settings.options import SECTION
from secure_xcom.settings.parser import SectionParser
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    from secure_xcom.settings.previous import PreviousStore
    from secure_xcom.settings.routes_file import RoutesFile

NEVER_LARGE: Final = -1
"""The threshold above which no value is."""

_FILE: Final = re.compile(r"sqlite(?:\+[a-z0-9_]+)?:///(/[^?%]+)", re.ASCII)
"""The URL of a SQLite file whose path needs no parser of URLs."""


class Seal(Enum):
    """How much of the values is sealed."""

    SENSITIVE = "sensitive"
    ALL = "all"


class NameRule(Enum):
    """How names are judged, besides those that the operator names."""

    SEGMENTS = "segments"
    AIRFLOW = "airflow"


class LedgerMode(Enum):
    """Whether what cannot be recorded may happen, and whether anything is recorded."""

    REQUIRED = "required"
    BEST_EFFORT = "best-effort"
    OFF = "off"


class Records(Enum):
    """Which values the ledger is about."""

    SEALED = "sealed"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options, parsed. ``key`` is ``None`` where the store's own encryption is to serve."""

    store: AdapterUri
    key: AdapterUri | None
    previous_stores: tuple[PreviousStore, ...] = ()
    """Where objects are still read and purged."""
    previous_keys: tuple[AdapterUri, ...] = ()
    """Keys that open and never seal."""
    sensitive_keys: tuple[str, ...] = ()
    ignored_keys: tuple[str, ...] = ()
    names: NameRule = NameRule.SEGMENTS
    content_rules: bool = True
    rules: Path | None = None
    """A TOML file with more content rules."""
    seal: Seal = Seal.SENSITIVE
    mode: Mode = Mode.ENFORCE
    plain_in_place_of_sealed: PlainInPlace = PlainInPlace.REFUSE
    hide_returned_values: bool = True
    large_threshold: int = NEVER_LARGE
    """Bytes above which a value is moved; ``NEVER_LARGE``, whatever its size."""
    large_store: AdapterUri | None = None
    ttl: int = 0
    clock_skew: int = 60
    retry_deadline: int = 30
    """Seconds."""
    ledger: str = field(default="", repr=False)
    """The database's URL, which may hold a password."""
    ledger_mode: LedgerMode = LedgerMode.REQUIRED
    ledger_records: Records = Records.SEALED
    routes: RoutesFile | None = None
    home: Path = Path()
    """Where this machine keeps what is its own: ``$AIRFLOW_HOME/secure_xcom``."""

    @property
    def ledger_file(self) -> Path | None:
        """The file of a ledger in SQLite, as far as the URL's form is a simple one."""
        found = _FILE.fullmatch(self.ledger)
        return Path(found[1]) if found else None

    @property
    def store_uris(self) -> tuple[AdapterUri, ...]:
        """Where objects of any domain may lie: the store, the one of large values, and the previous ones."""
        large = () if self.large_store is None else (self.large_store,)
        return (self.store, *large, *(one.uri for one in self.previous_stores))

    @property
    def all_store_uris(self) -> tuple[AdapterUri, ...]:
        """The stores of all domains, those of the routes too."""
        routes = self.routes.routes if self.routes else ()
        own = (uri for route in routes for uri in (route.store, *(one.uri for one in route.previous_stores or ())))
        return (*self.store_uris, *(uri for uri in own if uri is not None))

    @property
    def has_previous_stores(self) -> bool:
        """Whether a store is named as a previous one, for any domain: then a move may be under way."""
        routes = self.routes.routes if self.routes else ()
        return bool(self.previous_stores) or any(route.previous_stores for route in routes)

    @classmethod
    def parse(cls, section: Mapping[str, str | None], home: Path) -> Settings:
        """Parse a section's options, absent or empty ones by default; ``home`` is ``$AIRFLOW_HOME``.

        Raises one ``ConfigurationError`` with all problems, each naming its option and the fix.
        """
        parser = SectionParser(section)
        store = parser.uri("store") or AdapterUri(scheme="file", authority="", path=_relative(home / SECTION / "store"))
        key = parser.uri("key")
        if key is None and store.scheme == "file":
            key = AdapterUri(scheme="local", authority="", path=_relative(home / SECTION / "keyring.json"))
        elif key is None and store.scheme != "vault" and not parser.has("key"):
            parser.problems.append(
                f"key: needed with {store.scheme}://; set aws-kms://alias/name, vault-transit://mount/key "
                "or local:///path/keyring.json"
            )
        settings = cls(
            store=store,
            key=key,
            previous_stores=parser.previous_stores("previous_stores"),
            previous_keys=parser.uris("previous_keys"),
            sensitive_keys=parser.patterns("sensitive_keys"),
            ignored_keys=parser.ignored("ignored_keys"),
            names=parser.choice("names", NameRule),
            content_rules=parser.boolean("content_rules"),
            rules=parser.path("rules"),
            seal=parser.choice("seal", Seal),
            mode=parser.choice("mode", Mode),
            plain_in_place_of_sealed=parser.choice("plain_in_place_of_sealed", PlainInPlace),
            hide_returned_values=parser.boolean("hide_returned_values"),
            large_threshold=parser.integer("large_threshold", NEVER_LARGE),
            large_store=parser.uri("large_store"),
            ttl=parser.duration("ttl"),
            clock_skew=parser.duration("clock_skew"),
            retry_deadline=parser.duration("retry_deadline"),
            ledger=parser.ledger("ledger", home / SECTION / "ledger.db"),
            ledger_mode=parser.choice("ledger_mode", LedgerMode),
            ledger_records=parser.choice("ledger_records", Records),
            routes=parser.routes_file("routes"),
            home=home / SECTION,
        )
        parser.problems.extend(contradictions(settings))
        if parser.problems:
            raise ConfigurationError(*parser.problems)
        return settings


def _relative(path: Path) -> str:
    """An ``AdapterUri`` keeps an absolute path without its first slash."""
    return str(path.absolute()).strip("/")
