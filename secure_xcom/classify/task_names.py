"""``hands_out_a_secret`` and ``may_be_handed_out``: whether a task is called after a secret, and what looks like one.

``get_token`` hands out a token, and pushes it under ``return_value``, which says nothing. A task is called after what
it does as often (``check_token``, ``rotate_secret``), so the text has to look like what is handed out.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from secure_xcom.classify.key_names import rule_of_words
from secure_xcom.classify.name_endings import CREDENTIALS, PASSWORD, TOKEN
from secure_xcom.classify.name_words import words
from secure_xcom.classify.named_cells import may_be_secret
from secure_xcom.classify.names import JUDGED_BY_VALUE
from secure_xcom.classify.words import words_of

NAME_TASK: Final = "name-task"
"""The task is called after the secret that it hands out."""

_HANDING_OUT: Final = words(
    """
    get fetch generate create obtain request read load make mint issue refresh retrieve acquire pull give exchange
    decrypt unseal renew new produce resolve lookup query call ask rotate reset regenerate recover reissue open start
    """
)
"""First words of what hands something out."""

_STORES: Final = words(
    "conjur cyberark thycotic delinea infisical doppler keepass keepassxc akeyless onepassword bitwarden passbolt "
    "vault keyvault"
)
"""Where passwords are kept: a text that is read from there is one."""

_NEW: Final = words("rotate reset regenerate recover reissue")
"""First words of what puts another secret in the place of one."""

_LOGINS: Final = words("accounts users logins credentials creds passwords")

_DOING: Final = words(
    """
    send post put store save write set update delete drop notify log print upload publish push share mail email verify
    test wait approve schedule trigger run start stop seal hide mask register submit use apply deploy import export
    """
)
"""First words of what does something with it, and returns how that went."""

_LOGGING_IN: Final = frozenset((("login",), ("log", "in"), ("authenticate",), ("sign", "in"), ("authorize",)))
"""What a task is called that returns what a login gave."""


def may_be_handed_out(text: str) -> bool:
    """Return whether a text looks like a secret that is handed out: random, a UUID or a long number among them."""
    return may_be_secret(text) or _number().fullmatch(text) is not None


def hands_out_a_secret(task_id: str) -> bool:
    """Return whether a task is called after a secret that it returns; what a group of tasks is called does not count.

    As in ``get_token``, ``auth.fetch_api_key``, ``generate_password``, ``session_token`` and ``login``.
    """
    return rule_of_task(task_id) is not None


@lru_cache(maxsize=1024)
def rule_of_task(task_id: str) -> str | None:
    """Return by which rule about names a task is called after a secret that it hands out."""
    said = words_of(task_id.rpartition(".")[2])
    if said in _LOGGING_IN or said[1:] in _LOGGING_IN:
        return CREDENTIALS
    if said and said[0] in _DOING:
        return None
    if len(said) > 1 and said[0] in _HANDING_OUT:
        if said[-1] in _STORES:
            return PASSWORD
        if said[-1] == "session":
            return TOKEN
    rule = rule_of_words(said[1:] if said and said[0] in _HANDING_OUT else said)
    return None if rule in JUDGED_BY_VALUE else rule


def makes_a_new_one(task_id: str) -> bool:
    """Return whether a task is called after what replaces a secret: ``rotate_secret``."""
    return not _NEW.isdisjoint(words_of(task_id.rpartition(".")[2])[:1])


@lru_cache(maxsize=1024)
def hands_out_logins(task_id: str) -> bool:
    """Return whether a task is called after several users: ``load_accounts``, ``read_logins``."""
    said = words_of(task_id.rpartition(".")[2])
    return bool(said) and said[-1] in _LOGINS and said[0] not in _DOING


@cache
def _number() -> re.Pattern[str]:
    """Match a UUID and a long number in hexadecimal, as interfaces hand out keys and sessions."""
    return re.compile(r"[0-9a-f]{24,128}|[0-9A-F]{24,128}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII)
