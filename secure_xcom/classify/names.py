"""The rules by which one name or one text is sensitive, and their ids as reports and findings show them."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

WRAPPED: Final = "wrapped"
"""The author wrapped it in ``Secret``."""

NAME_AIRFLOW: Final = "name-airflow"
"""Airflow hides this name: its built-in list or ``[core] sensitive_var_conn_names``."""

NAME_CONFIGURED: Final = "name-configured"
"""The name matches ``[secure_xcom] sensitive_keys``."""

REGISTERED: Final = "registered"
"""It holds a value registered with Airflow's secrets masker, such as a connection's password."""

RESERVED: Final = "reserved"
"""A dict that Airflow's serialiser would refuse or mistake for its own encoding; sealed, it round-trips as data."""

EVERYTHING: Final = "all"
"""``[secure_xcom] seal = all``."""

_CAMEL_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class ContentRule(Protocol):
    """The seam for rules that look at what a text looks like."""

    @property
    def id(self) -> str:
        """The rule's id, in lower case with hyphens."""

    def matches(self, text: str) -> bool:
        """Whether ``text`` looks sensitive."""


def name_rule(
    hides_name: Callable[[str], bool], sensitive: Collection[str], ignored: Collection[str]
) -> Callable[[str], str | None]:
    """Return a function that tells by which rule a name is sensitive, or ``None``.

    ``sensitive`` and ``ignored`` are patterns with the wildcards ``*`` and ``?`` that must match the whole name. Names
    and patterns are compared as people read them: in Unicode's compatibility form (NFKC) and without the characters
    that nobody sees, in lower case, and any run of characters other than letters, digits and ``_`` as one ``_``.
    """
    sensitive_patterns = tuple(_normal_pattern(pattern) for pattern in sensitive)
    ignored_patterns = tuple(_normal_pattern(pattern) for pattern in ignored)

    @lru_cache(maxsize=4096)
    def rule_of(name: str) -> str | None:
        read = _as_read(name)
        if ignored_patterns or sensitive_patterns:
            normal = _normal_name(read)
            if any(fnmatchcase(normal, pattern) for pattern in ignored_patterns):
                return None
            if any(fnmatchcase(normal, pattern) for pattern in sensitive_patterns):
                return NAME_CONFIGURED
        # Airflow's list is in snake case, and JSON often is not: privateKey.
        snake_case = read if read.islower() else _CAMEL_HUMP.sub("_", read)
        is_hidden = (
            hides_name(name)
            or (read is not name and hides_name(read))
            or (snake_case is not read and hides_name(snake_case))
        )
        return NAME_AIRFLOW if is_hidden else None

    return rule_of


def _as_read(name: str) -> str:
    """Return a name as people read it: a zero-width space or full-width letters hide nothing."""
    if name.isascii():
        return name
    compatible = unicodedata.normalize("NFKC", name)
    return "".join(character for character in compatible if unicodedata.category(character) != "Cf")


def _normal_name(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip().lower())


def _normal_pattern(pattern: str) -> str:
    return re.sub(r"[^\w*?]+", "_", _as_read(pattern).strip().lower())
