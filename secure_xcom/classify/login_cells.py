"""``names_of_login``: which item of a short list is a password or a key, by what stands before and behind it.

``return host, 993, user, password`` and a row of a table of partners have no names. A host, its port and a user say
what comes next, if that looks chosen. Rows with a host, a port, a database and a schema look alike, so that what stands
behind the port of a database needs a sign as no name has it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.common_words import is_uncommon
from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import is_random, looks_drawn
from secure_xcom.classify.unnamed import is_of_another_form

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

_OF_LOGIN: Final = "password"
_OF_TENANT: Final = "api_key"
"""The names of what is found."""

_LONGEST: Final = 128
_SHORTEST: Final = 8
"""Characters of a password."""

_LETTERS: Final = 3

_OF_FILES: Final = frozenset((21, 22, 25, 110, 143, 465, 587, 990, 993, 995, 2022, 2222, 2525))
"""Ports of mail and of files, behind which there is no database."""

_OF_DATA: Final = frozenset(
    (
        *(389, 443, 445, 636, 1433, 1521, 1883, 3306, 3389, 5432, 5433, 5439, 5672, 6379, 8080, 8086, 8123, 8443, 8883),
        *(9000, 9042, 9092, 9200, 10000, 25060, 27017, 30015, 50000),
    )
)
"""Ports of databases, of queues, of directories and of the web."""

_SIGNS: Final = frozenset("!#$%^&*+=?~@")
"""Signs that stand in passwords, and in no name of a host, a table or a file."""

_IDS: Final = ("AKIA", "ASIA", "LTAI", "AKID", "GOOG1")
"""Beginnings of ids of keys at AWS, Alibaba, Tencent and Google."""

_ENDINGS: Final = words(
    """
    py sh csv tsv json txt md sql log xml yml yaml gz parquet avro xlsx pdf jar conf cfg ini env java js ts html lock
    toml
    """
)
"""Endings of files. No host ends so."""


def names_of_login(items: Sequence[Node]) -> Sequence[str]:
    """Return for each item its name, ``""`` for all but a password or a key; nothing without one."""
    if (behind := _key_behind_its_id(items)) is not None:
        return _named(items, behind, _OF_TENANT)
    hosts = [at for at, item in enumerate(items) if _is_host(item)]
    if not hosts:
        return ()
    if (key := _key_beside(items, hosts)) is not None:
        return _named(items, key, _OF_TENANT)
    ports = {item for item in items if type(item) is int}
    for at in range(1, len(items)):
        if _is_password_at(at, items, hosts, ports):
            return _named(items, at, _OF_LOGIN)
    return ()


def _named(items: Sequence[Node], at: int, name: str) -> Sequence[str]:
    return [name if other == at else "" for other in range(len(items))]


def _is_password_at(at: int, items: Sequence[Node], hosts: Sequence[int], ports: set[int]) -> bool:
    """Whether an item follows a user, with a host before both or right behind."""
    text = items[at]
    if not isinstance(text, str) or at in hosts or at - 1 in hosts or not is_user(items[at - 1]):
        return False
    is_strong = looks_chosen(text) and (not _SIGNS.isdisjoint(text) or is_random(text) or _is_of_four_kinds(text))
    if any(host < at - 1 for host in hosts):
        is_mail = _matches(_mail(), items[at - 1]) and not _OF_FILES.isdisjoint(ports)
        is_plain = looks_chosen(text) and not _OF_FILES.isdisjoint(ports) and _numbered().fullmatch(text) is None
        return (is_mail and _may_be_words(text)) or is_plain or (is_strong and not _OF_DATA.isdisjoint(ports))
    return at + 1 in hosts and is_strong and (not _OF_DATA.isdisjoint(ports) or _matches(_served(), items[at + 1]))


def _key_behind_its_id(items: Sequence[Node]) -> int | None:
    """Return where a key stands right behind its id, as clouds hand both out."""
    for at, item in enumerate(items[:-1]):
        behind = items[at + 1]
        if isinstance(item, str) and item.startswith(_IDS) and isinstance(behind, str) and looks_drawn(behind):
            return at + 1 if _matches(_id(), item) else None
    return None


def _key_beside(items: Sequence[Node], hosts: Sequence[int]) -> int | None:
    """Return where behind a host alone a text stands that looks drawn, as in a list of tenants and their keys."""
    found = [
        at
        for at, item in enumerate(items)
        if at > hosts[0] and isinstance(item, str) and looks_drawn(item) and not is_of_another_form(item)
    ]
    is_alone = len(found) == len(hosts) == 1 and "/" not in str(items[hosts[0]])
    return found[0] if is_alone else None


def is_user(node: Node) -> bool:
    """Return whether a node is a text that may be the name of a user."""
    return _matches(_user(), node)


def names_of_pair(items: Sequence[Node]) -> Sequence[str]:
    """Return the names of the two cells of a pair, if the first says that the second is a password."""
    name, value = items if len(items) == len(_PAIR) else (None, None)
    if not isinstance(name, str) or name.lower() not in _PASSWORDS or not isinstance(value, str):
        return ()
    return ("", name) if looks_chosen(value) and _numbered().fullmatch(value) is None else ()


_PAIR: Final = ("name", "value")
_PASSWORDS: Final = words("password passwd pwd passphrase passcode")


def looks_chosen(text: str) -> bool:
    """Return whether a text looks like a password that somebody chose: letters with digits or signs, and no name."""
    return (
        _SHORTEST <= len(text) <= _LONGEST
        and sum(map(str.isalpha, text)) >= _LETTERS
        and (any(map(str.isdigit, text)) or not _SIGNS.isdisjoint(text))
        and _no_password().fullmatch(text) is None
    )


def is_chosen_well(text: str) -> bool:
    """Return whether a text has small letters, capitals, digits and a sign, or was made at random."""
    return _is_of_four_kinds(text) or is_random(text)


def _is_of_four_kinds(text: str) -> bool:
    """Whether small letters, capitals, digits and a sign stand in a text, if only a dot or a dash."""
    kinds = (str.islower, str.isupper, str.isdigit)
    return not text.isalnum() and all(any(map(kind, text)) for kind in kinds)


def _may_be_words(text: str) -> bool:
    """Whether a text may be a password where one or a folder stands: chosen, or joined words that logs do not say."""
    joined = text.replace("+", "-")
    is_phrase = "-" in joined and joined.replace("-", "").isalpha() and not text.isupper() and is_uncommon(joined)
    return is_phrase or (looks_chosen(text) and _numbered().fullmatch(text) is None)


def _is_host(node: Node) -> bool:
    if not _matches(_host(), node):
        return False
    name = str(node).rpartition("://")[2].partition("/")[0].partition(":")[0]
    return name.rpartition(".")[2] not in _ENDINGS


def _matches(pattern: re.Pattern[str], node: Node) -> bool:
    return isinstance(node, str) and len(node) <= _LONGEST and pattern.fullmatch(node) is not None


@cache
def _host() -> re.Pattern[str]:
    """Match a name of a host with a dot, or an IPv4 address; a scheme, a port and a path may stand there too."""
    return re.compile(
        r"(?:[a-z][a-z0-9+.-]{0,15}://)?(?:(?:[a-z0-9_-]{1,63}+\.){1,8}+[a-z]{2,18}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})"
        r"(?::[0-9]{2,5})?(?:/[\w./?=&-]*)?",
        re.ASCII,
    )


@cache
def _id() -> re.Pattern[str]:
    return re.compile("[A-Z]{4}[A-Za-z0-9]{12,60}", re.ASCII)


@cache
def _served() -> re.Pattern[str]:
    """Match a host with a port."""
    return re.compile(r"(?:[a-z][a-z0-9+.-]{0,15}://)?[\w.-]+:[0-9]{2,5}(?:/.*)?", re.ASCII)


@cache
def _user() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z][\w.\\+-]{1,63}(?:@[\w.-]{1,63})?")


@cache
def _mail() -> re.Pattern[str]:
    return re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


@cache
def _numbered() -> re.Pattern[str]:
    """Match a word with a number, as systems, folders and people's passwords are called."""
    return re.compile("[A-Za-z]{2,24}[-_.]?[0-9]{1,4}[A-Za-z]?[0-9]?", re.ASCII)


@cache
def _no_password() -> re.Pattern[str]:
    """Match paths, modes, addresses, numbers, dates, versions, regions, digests, and names of tables and of files."""
    return re.compile(
        r".*\s.*|[/~\\].*|[A-Za-z]:[/\\].*|.*://.*|.*@.*\..*|[0-9.,:+-]+|[0-9a-f]+|[0-9A-F-]+"
        r"|[a-z][a-z0-9]*+(?:[._/-][a-z0-9]++)*+|[A-Z][A-Z0-9]*+(?:[_-][A-Z0-9]++)*+|[A-Za-z]++(?:_[A-Za-z0-9]++)++|.*\(.*|[A-Za-z]+[!.?]|[a-z]{2,12}\.[A-Z].*"
        r"|.*\.[A-Za-z0-9]{2,5}|v?[0-9]+(?:\.[0-9]+)+.*|[A-Za-z]+/[A-Za-z]+|.*[-_.](?:19|20)[0-9]{2}.*"
        r"|(?i:sha|md|hs|rs|aes|tls|utf|ssl|cpython|python|java|http)-?v?[0-9].*|[A-Z]{2}[0-9]{2}[A-Z0-9-]{4,}.?",
        re.DOTALL,
    )
