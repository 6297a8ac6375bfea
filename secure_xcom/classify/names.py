"""The rules by which one name is sensitive, and the ids of rules as reports and findings show them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.spelling import as_read, normal_name, normal_pattern

if TYPE_CHECKING:
    from types import EllipsisType

    from secure_xcom.model.value import Node

WRAPPED: Final = "wrapped"
"""The author wrapped it in ``Secret``."""

NAME_AIRFLOW: Final = "name-airflow"
"""``[core] sensitive_var_conn_names`` names it, or, with ``names = airflow``, Airflow's built-in list does."""

NAME_CONFIGURED: Final = "name-configured"
"""The name or the path matches ``[secure_xcom] sensitive_keys``."""

REGISTERED: Final = "registered"
"""It holds a value registered with Airflow's secrets masker, such as a connection's password."""

RESERVED: Final = "reserved"
"""A dict that Airflow's serialiser would refuse or mistake for its own encoding; sealed, it round-trips as data."""

EVERYTHING: Final = "all"
"""``[secure_xcom] seal = all``."""

NAME_CREDENTIALS: Final = "name-credentials"
"""Credentials are called so. A dict of this name is a section of settings as often: ``classify.sections``."""

NAME_TOKEN: Final = "name-token"  # noqa: S105 - a rule's id
"""A token is called so. A dict of this name may be nothing but settings of tokens."""

NAME_COOKIE: Final = "name-cookie"
"""Cookies are called so. A dict of this name sets up a cookie as often."""

NAME_CONNECTION_STRING: Final = "name-connection-string"
"""Connection strings are called so, of which many hold no password."""

NAME_SECRET: Final = "name-secret"  # noqa: S105 - a rule's id
"""Secrets are called so. A dict of this name may tell beside them what they are called, and where they are kept."""

NAME_VARIABLE: Final = "name-variable"
"""An environment variable is called the key of something: a value alone tells more, and no part of a text does."""

NAME_UNLISTED: Final = "name-unlisted-key"
"""A field is called the key of something, which is more often one that finds it."""

NAME_LINK: Final = "name-link"
"""A link to confirm, to accept or to activate something is called so. Most such links lead to a page for everybody."""

NAME_QUALIFIED: Final = "name-qualified"
"""A password is called so with words behind it of which nobody knows whether they say what stands there."""

OF_TEXTS: Final = frozenset((NAME_UNLISTED, NAME_LINK, NAME_QUALIFIED))
"""Rules under which a text is a secret, and no container."""

JUDGED_BY_VALUE: Final = OF_TEXTS | {NAME_VARIABLE}
"""Rules under which only a text that looks random is a secret: their names say nothing in a text."""

_CAMEL_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_LONGEST_CACHED: Final = 256
"""Characters of a name beyond which no decision about it is kept."""

_MOST_CACHED: Final = 64
"""Names in a row of them beyond which no decision about it is kept."""

Judge = Callable[[str], str | None]
"""Tells by which rule a name is sensitive, whatever stands under it."""

Gate = Callable[[str, object], bool]
"""Tells whether a value under a name that is sensitive by a rule is harmless all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Which names are sensitive. ``sensitive`` and ``ignored`` are patterns that must match the whole name.

    What the operator names is sensitive whatever stands there: ``sensitive``, and what ``listed`` says. What ``judge``
    says of any other name has to pass ``is_harmless``, which looks at the value.
    """

    sensitive: Collection[str] = ()
    ignored: Collection[str] = ()
    listed: Callable[[str], bool] = lambda _: False
    """Whether ``[core] sensitive_var_conn_names`` names it; asked with a name and with its spelling in snake case."""
    judge: Judge = lambda _: None
    is_harmless: Gate = lambda _rule, _value: False

    def compiled(self) -> NameRules:
        """Return the rules, ready to be asked. Patterns and names are compared as people read them."""
        return NameRules(self)


class NameRules:
    """Answers by which rule a name is sensitive; keeps its answers by name."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._sensitive = tuple(map(normal_pattern, names.sensitive))
        self._ignored = tuple(map(normal_pattern, names.ignored))
        self.has_ignored = bool(self._ignored)
        self._kept = lru_cache(maxsize=4096)(self._decided)
        self._kept_among = lru_cache(maxsize=1024)(self._sensitive_among)
        self._kept_unlisted = lru_cache(maxsize=1024)(self._unlisted_among)

    def rule_of(self, name: str, value: Node | EllipsisType = ...) -> str | None:
        """The rule by which ``name`` is sensitive with ``value`` under it; with ``...`` whatever stands there."""
        rule, is_certain = self._kept(name) if len(name) <= _LONGEST_CACHED else self._decided(name)
        if rule is None or is_certain or value is ...:
            return rule
        return None if self._names.is_harmless(rule, value) else rule

    def is_sensitive_in_text(self, name: str) -> bool:
        """Whether what stands after ``name`` in a text is sensitive, where nothing but the name can tell."""
        rule = self.rule_of(name)
        return rule is not None and rule not in JUDGED_BY_VALUE

    def sensitive_among(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of ``names`` that are sensitive with some value under them; rows of tables repeat theirs.

        Names of keys that nobody lists are left out: ``unlisted_among`` returns those.
        """
        return self._kept_among(names) if _are_kept(names) else self._sensitive_among(names)

    def unlisted_among(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of ``names`` under which nothing but a text of ``SHORTEST_OPAQUE`` characters is sensitive."""
        return self._kept_unlisted(names) if _are_kept(names) else self._unlisted_among(names)

    def _sensitive_among(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if self.rule_of(name) not in (None, NAME_UNLISTED))

    def _unlisted_among(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if self.rule_of(name) == NAME_UNLISTED)

    def is_certain(self, name: str) -> bool:
        """Whether the operator's word decides about ``name``, whatever stands there."""
        return self._decided(name)[1]

    def ignores(self, name: str) -> bool:
        """Whether the operator said that what stands under ``name`` is never sensitive."""
        return self.has_ignored and self._is_among(self._ignored, name)

    def _decided(self, name: str) -> tuple[str | None, bool]:
        """Return the name's rule, and whether the operator's word makes that certain."""
        if self.ignores(name):
            return None, True
        if self._sensitive and self._is_among(self._sensitive, name):
            return NAME_CONFIGURED, True
        read = as_read(name)
        if self._names.listed(name) or ((name != name.lower() or read is not name) and self._is_listed(name, read)):
            return NAME_AIRFLOW, True
        return self._names.judge(read), False

    def _is_listed(self, name: str, read: str) -> bool:
        # Airflow's list is in snake case, and JSON often is not: privateKey.
        others = {read, _CAMEL_HUMP.sub("_", read)} - {name}
        return any(map(self._names.listed, others))

    def _is_among(self, patterns: Collection[str], name: str) -> bool:
        normal = normal_name(name)
        return any(fnmatchcase(normal, pattern) for pattern in patterns)


def _are_kept(names: tuple[str, ...]) -> bool:
    return len(names) <= _MOST_CACHED and all(len(name) <= _LONGEST_CACHED for name in names)


def substring_of(listed: Collection[str]) -> Callable[[str], bool]:
    """Return Airflow's own comparison: a name is listed if one of ``listed`` stands anywhere in it, in lower case."""
    lowered = tuple(entry.strip().lower() for entry in listed if entry.strip())

    def is_listed(name: str) -> bool:
        compared = name.strip().lower()
        return any(entry in compared for entry in lowered)

    return is_listed
