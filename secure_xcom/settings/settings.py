"""``Settings``: the ``[secure_xcom]`` section as a frozen value. All mistakes are reported at once.

``OPTIONS`` is the only list of the options: the provider's metadata and docs/settings.md are made from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.mode import Mode, PlainInPlace
from secure_xcom.model.path_pattern import ANY_STEPS, is_well_formed
from secure_xcom.settings.duration import HOW_TO_WRITE, seconds_of
from secure_xcom.settings.options import OPTIONS, SECTION
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    from secure_xcom.settings.previous import PreviousStore
    from secure_xcom.settings.routes_file import RoutesFile

E = TypeVar("E", bound=Enum)

T = TypeVar("T")

_STORE_STRENGTH: Final[Mapping[str, int]] = {"file": 0, "airflow+file": 0, "airflow+local": 0}

_KEY_STRENGTH: Final[Mapping[str, int]] = {"local": 0}
"""What is kept on the machine itself is weaker than what asks a server, which knows identities; the rest are alike."""

_LEDGER: Final = re.compile(r"(sqlite|postgresql|mysql|mariadb)(\+[a-z0-9_]+)?://", re.ASCII)

_ABSOLUTE: Final = re.compile(r"sqlite(\+[a-z0-9_]+)?:////[^/?]", re.ASCII)


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

    @classmethod
    def parse(cls, section: Mapping[str, str | None], home: Path) -> Settings:
        """Parse a section's options, absent or empty ones by default; ``home`` is ``$AIRFLOW_HOME``.

        Raises one ``ConfigurationError`` with all problems, each naming its option and the fix.
        """
        parser = _Parser(section)
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
        parser.problems.extend(_weaknesses(settings))
        parser.problems.extend(_unreadable(settings))
        parser.problems.extend(dict.fromkeys(_indistinct_keys(settings)))
        if parser.problems:
            raise ConfigurationError(*parser.problems)
        return settings


class _Parser:
    def __init__(self, section: Mapping[str, str | None]) -> None:
        self.problems: list[str] = []
        defaults = {option.name: option.default for option in OPTIONS}
        for name in section:
            if name not in defaults:
                from secure_xcom.settings.nearest import no_such_option

                self.problems.append(no_such_option(name, sorted(defaults)))
        given = {name: value.strip() for name, value in section.items() if value is not None and value.strip()}
        self._values = defaults | given

    def has(self, name: str) -> bool:
        return bool(self._values[name])

    def uri(self, name: str) -> AdapterUri | None:
        if not self._values[name]:
            return None
        from secure_xcom.settings.schemes import known_uri

        return self._try(lambda: known_uri(self._values[name], name))

    def previous_stores(self, name: str) -> tuple[PreviousStore, ...]:
        if not self._values[name]:
            return ()
        from secure_xcom.settings.previous import PreviousStore

        found = (self._try(lambda text=text: PreviousStore.parse(text)) for text in self._values[name].split())  # type: ignore[misc]  # bound so
        return tuple(one for one in found if one is not None)

    def uris(self, name: str) -> tuple[AdapterUri, ...]:
        if not self._values[name]:
            return ()
        from secure_xcom.settings.schemes import previous_uris

        return self._try(lambda: previous_uris(self._values[name].split())) or ()

    def routes_file(self, name: str) -> RoutesFile | None:
        path = self._values[name]
        if not path:
            return None
        from secure_xcom.settings.routes_file import RoutesFile

        return self._try(lambda: RoutesFile.load(Path(path)))

    def path(self, name: str) -> Path | None:
        path = Path(self._values[name]) if self._values[name] else None
        if path is not None and not path.is_absolute():
            self.problems.append(f"{name}: must be an absolute path: a relative one is another file for each process")
        return path

    def ledger(self, name: str, default: Path) -> str:
        url = self._values[name]
        if url and not _LEDGER.match(url):
            # Without the URL: it may hold a password.
            self.problems.append(f"{name}: must begin with sqlite:////, postgresql+psycopg2:// or mysql+pymysql://")
        elif url.startswith("sqlite") and (not _ABSOLUTE.match(url) or "mode=memory" in url):
            # In memory nothing is kept, and a relative path is another file for each process.
            self.problems.append(
                f"{name}: SQLite takes four slashes and an absolute path, as in sqlite:////var/lib/x.db"
            )
        return url or f"sqlite:///{default.absolute()}"

    def duration(self, name: str) -> int:
        seconds = seconds_of(self._values[name])
        if seconds is None:
            self.problems.append(f"{name}: must be {HOW_TO_WRITE}, or 0")
        return seconds or 0

    def integer(self, name: str, least: int) -> int:
        value = self._values[name]
        if not re.fullmatch(r"-?[0-9]{1,18}", value, re.ASCII) or int(value) < least:
            self.problems.append(f"{name}: must be a whole number from {least} on")
            return least
        return int(value)

    def patterns(self, name: str) -> tuple[str, ...]:
        listed = (pattern.strip() for pattern in re.split("[,\n]", self._values[name]))
        patterns = tuple(pattern for pattern in listed if pattern)
        if mistaken := [pattern for pattern in patterns if not _is_pattern(pattern)]:
            self.problems.append(
                f"{name}: not a pattern: {', '.join(mistaken)}; write names as in: iban, *_pin, with a comma or a new "
                "line between them; a name has letters, digits, _, - and . and the wildcards are * and ?; a path is "
                "written as in **.items[*].token"
            )
        return patterns

    def ignored(self, name: str) -> tuple[str, ...]:
        patterns = self.patterns(name)
        if all_names := [pattern for pattern in patterns if not any(map(str.isalnum, pattern))]:
            self.problems.append(
                f"{name}: {', '.join(all_names)} would turn off every rule of names; to seal nothing but what is "
                "wrapped in Secret set mode = open-only"
            )
        return patterns

    def choice(self, name: str, choices: type[E]) -> E:
        value = self._values[name].lower()
        known = {choice.value: choice for choice in choices}
        if value not in known:
            self.problems.append(f"{name}: must be one of {', '.join(known)}")
        return known.get(value, next(iter(choices)))

    def boolean(self, name: str) -> bool:
        value = self._values[name].lower()
        if value not in ("true", "false", "1", "0", "on", "off", "yes", "no"):
            self.problems.append(f"{name}: must be True or False")
        return value in ("true", "1", "on", "yes")

    def _try(self, parse: Callable[[], T]) -> T | None:
        try:
            return parse()
        except ConfigurationError as error:
            self.problems.extend(error.problems)
            return None


def _is_pattern(text: str) -> bool:
    """Whether a text is a glob pattern of names or paths, and no regular expression or list in another syntax."""
    positions = re.sub(r"\[(?:\*|[0-9]+)\]", "", text)
    if (positions != text or ANY_STEPS in text) and not is_well_formed(text):
        return False
    return not text.startswith(".*") and all(
        # Letters, the marks upon them, and digits, of any script, and what nobody sees.
        character in "_-.*?" or unicodedata.category(character)[0] in "LMN" or unicodedata.category(character) == "Cf"
        for character in positions
    )


def _weaknesses(settings: Settings) -> Iterator[str]:
    """A route may only strengthen what stands above, and what a store does not encrypt needs a key."""
    if settings.large_store and settings.key is None and settings.large_store.scheme != "vault":
        yield f"key: needed with large_store = {settings.large_store.scheme}://"
    for route in settings.routes.routes if settings.routes else ():
        for option, uri, above, strength in (
            ("store", route.store, settings.store, _STORE_STRENGTH),
            ("key", route.key, settings.key, _KEY_STRENGTH),
        ):
            if uri and above and strength.get(uri.scheme, 1) < strength.get(above.scheme, 1):
                yield (
                    f"routes: {route.domain} {option}: {uri.scheme}:// is weaker than {above.scheme}://, which all "
                    "Dags have; a route may only strengthen"
                )
        if route.ttl is not None and settings.ttl and not 0 < route.ttl <= settings.ttl:
            yield f"routes: {route.domain} ttl: longer than that of all Dags; a route may only shorten it"
        store, key = route.store or settings.store, route.key or settings.key
        if key is None and store.scheme != "vault":
            yield f"routes: {route.domain} key: needed with {store.scheme}://"


def _unreadable(settings: Settings) -> Iterator[str]:
    """Give what is wrong with previous stores: a domain's own, or those of all, under the key of the domain."""
    routes = settings.routes.routes if settings.routes else ()
    for store, key, previous in (
        (settings.store, settings.key, settings.previous_stores),
        *((one.store or settings.store, one.key or settings.key, one.previous_stores or ()) for one in routes),
    ):
        for one in previous:
            if one.uri in (store, settings.large_store):
                yield f"previous_stores: {one} is the current store: take it out"
            elif key is None and not one.native:
                yield one.without_key


def _indistinct_keys(settings: Settings) -> Iterator[str]:
    """A header names its key by kind and id alone, so two keys of one name could not be distinguished."""
    routes = settings.routes.routes if settings.routes else ()
    above = (settings.key, settings.previous_keys)
    own = (
        (route.key or above[0], above[1] if route.previous_keys is None else route.previous_keys) for route in routes
    )
    for key, previous in (above, *own):
        if previous and key is None:
            yield "previous_keys: need a key that has replaced them: set [secure_xcom] key"
        names = [(uri.scheme, uri.authority, uri.path) for uri in (key, *previous) if uri is not None]
        for scheme, authority, path in sorted({name for name in names if names.count(name) > 1}):
            named = "/".join(part for part in (authority, path) if part)
            yield (
                f"previous_keys: {scheme}://{named} is named twice, as key or as previous key, and an object names its "
                "key in no other way: give the new key another name"
            )


def _relative(path: Path) -> str:
    """An ``AdapterUri`` keeps an absolute path without its first slash."""
    return str(path.absolute()).strip("/")
