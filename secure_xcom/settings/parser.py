"""``SectionParser``: the options of the section one by one, by their kinds. It keeps each mistake, and goes on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.path_pattern import ANY_STEPS, is_well_formed
from secure_xcom.settings.duration import HOW_TO_WRITE, seconds_of
from secure_xcom.settings.options import OPTIONS

if TYPE_CHECKING:
    from secure_xcom.settings.previous import PreviousStore
    from secure_xcom.settings.routes_file import RoutesFile
    from secure_xcom.settings.uri import AdapterUri

E = TypeVar("E", bound=Enum)

T = TypeVar("T")

_LEDGER: Final = re.compile(r"(sqlite|postgresql|mysql|mariadb)(\+[a-z0-9_]+)?://", re.ASCII)

_ABSOLUTE: Final = re.compile(r"sqlite(\+[a-z0-9_]+)?:////[^/?]", re.ASCII)


class SectionParser:
    """Each method parses one option, or adds to ``problems`` what is wrong with it and gives a harmless value."""

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
