"""``names_of_login``: which item of a short list is a password, by what stands before and behind it.

``return host, 993, user, password`` and a row of a table of partners have no names. A host, its port and a user say
what comes next, if that looks chosen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.common_words import is_uncommon
from secure_xcom.classify.named_cells import may_be_secret

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

_OF_LOGIN: Final = "password"
"""The name of what is found."""

_LONGEST: Final = 128

_PORTS: Final = frozenset(
    (
        *(21, 22, 25, 110, 119, 143, 389, 443, 445, 465, 587, 636, 990, 993, 995, 1433, 1521, 1883, 2022, 2222, 2525),
        *(3306, 3389, 5432, 5433, 5439, 5672, 6379, 8080, 8086, 8123, 8443, 8883, 9000, 9042, 9092, 9200, 10000),
        *(25060, 27017, 30015, 50000),
    )
)
"""Ports of services that ask for a password: of mail, of files, of databases, of queues and of the web."""

_SHORTEST: Final = 8
"""Characters of a password that may be words."""


def names_of_login(items: Sequence[Node]) -> Sequence[str]:
    """Return for each item its name, ``""`` for all but a password; nothing without one."""
    hosts = [at for at, item in enumerate(items) if _matches(_host(), item)]
    if not hosts:
        return ()
    is_served = any(type(item) is int and item in _PORTS for item in items)
    for at in range(1, len(items)):
        if _is_password_at(at, items, hosts, is_served=is_served):
            return ["" if other != at else _OF_LOGIN for other in range(len(items))]
    return ()


def _is_password_at(at: int, items: Sequence[Node], hosts: Sequence[int], *, is_served: bool) -> bool:
    """Whether an item follows a user, with a host before both or right behind."""
    user, text = items[at - 1], items[at]
    if not isinstance(text, str) or at in hosts or at - 1 in hosts or not _matches(_user(), user):
        return False
    is_mail = _matches(_mail(), user)
    if any(host < at - 1 for host in hosts):
        return (is_served or is_mail) and looks_chosen(text, is_sure=is_mail and is_served)
    return at + 1 in hosts and (is_served or _matches(_served(), items[at + 1])) and may_be_secret(text)


def is_user(node: Node) -> bool:
    """Return whether a node is a text that may be the name of a user."""
    return _matches(_user(), node)


def looks_chosen(text: str, *, is_sure: bool) -> bool:
    """Return whether a text looks like a password that somebody chose: with digits or signs, or long and of two cases.

    Where a password is sure to stand, a word that logs do not say by themselves does.
    """
    if len(text) > _LONGEST or _no_password().fullmatch(text) is not None:
        return is_sure and text.isalpha() and is_uncommon(text)
    is_of_one_case = text.islower() or text.isupper()
    return may_be_secret(text) or (len(text) >= _SHORTEST and (is_sure or not is_of_one_case))


def _matches(pattern: re.Pattern[str], node: Node) -> bool:
    return isinstance(node, str) and len(node) <= _LONGEST and pattern.fullmatch(node) is not None


@cache
def _host() -> re.Pattern[str]:
    """Match a name of a host with a dot, or an IPv4 address; a scheme, a port and a path may stand there too."""
    return re.compile(
        r"(?:[a-z][a-z0-9+.-]{0,15}://)?(?:[A-Za-z0-9_-]{1,63}+\.){1,8}(?:[A-Za-z]{2,18}|[0-9]{1,3})"
        r"(?::[0-9]{2,5})?(?:/[\w./?=&-]*)?",
        re.ASCII,
    )


@cache
def _served() -> re.Pattern[str]:
    """Match a host with a port or a scheme."""
    return re.compile(r"[a-z][a-z0-9+.-]{0,15}://.*|[\w.-]+:[0-9]{2,5}(?:/.*)?", re.ASCII)


@cache
def _user() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z][\w.\\+-]{1,63}(?:@[\w.-]{1,63})?")


@cache
def _mail() -> re.Pattern[str]:
    return re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


@cache
def _no_password() -> re.Pattern[str]:
    """Match what stands behind a user too: a path, a mode, an address, a word, a number, a name with dots."""
    return re.compile(
        r".*\s.*|[/~.\\].*|[A-Za-z]:[/\\].*|.*://.*|.*@.*\..*|[a-z]{1,12}|[A-Z]{1,12}|[0-9.,:-]+"
        r"|[a-z][a-z0-9]*(?:[._/][a-z0-9]+)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|.*\.[a-z]{2,5}|(?i:true|false|starttls)",
        re.DOTALL,
    )
