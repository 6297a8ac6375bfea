"""``rule_of_key_name``: by which rule a name is the name of a secret, judged by its words.

The last words of a name decide, as the noun does in English: a ``client_secret`` is a secret, a ``secret_name`` is a
name. The endings are in ``classify.name_endings``; the longest ending that a name has counts. Before that, what
follows a preposition is left away (``token_for_user``), and so are last words that tell nothing about the noun
(``password_2``, ``api_key_prod``). Names that ask something (``has_token``) or count something (``max_tokens``) name no
secret.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from secure_xcom.classify.name_endings import (
    ENDINGS,
    LINK,
    LONGEST_ENDING,
    ORDERED_NAMES,
    PASSWORD,
    PRIVATE_KEY,
    UNLISTED,
    URL,
    VARIABLE,
    WHOLE_NAMES,
)
from secure_xcom.classify.name_tables import CONTENTS
from secure_xcom.classify.name_tails import rule_of_tail
from secure_xcom.classify.name_words import (
    ASKED_LAST_WORDS,
    ASKING_WORDS,
    COUNTING_WORDS,
    FINDING,
    HARMLESS_VARIABLES,
    LINK_TRAITS,
    MEASURES,
    NEUTRAL_LAST_WORDS,
    POINTING,
    PREPOSITIONS,
    PUBLISHED,
    PUBLISHED_WORDS,
    URL_TRAITS,
    URL_WORDS,
)
from secure_xcom.classify.words import LONGEST, words_of

MOST_NEUTRAL: Final = 8
"""Last words that are left away at most. No name that somebody wrote has more of them."""


def rule_of_key_name(name: str) -> str | None:
    """Return the id of the rule by which ``name`` is the name of a secret, or ``None``.

    The ids are those of ``classify.key_rules.KEY_RULES``. What stands under the name is judged by
    ``classify.values.is_harmless``. A decision is kept, except for names longer than ``LONGEST`` characters.
    """
    return _kept_rule_of(name) if len(name) <= LONGEST else rule_of_words(words_of(name))


@lru_cache(maxsize=8192)
def _kept_rule_of(name: str) -> str | None:
    rule = rule_of_words(words := words_of(_OF_AZURE.sub("", name)))
    if rule is not None or not _is_key_of_a_service(words) or words[-3:] == _OF_WEB_PUSH:
        return rule
    if name.isupper():
        return VARIABLE
    if "." in name:
        return VARIABLE if words[-2] not in POINTING else None
    return UNLISTED if words[-2] not in _FINDING and not _asks(words) else None


_OF_AZURE: Final = re.compile(
    r"(?<=\w)\.[a-z0-9-]{1,63}\.(?:dfs|blob)\.(?:core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)|"
    r"fabric\.microsoft\.com)$"
)
"""The account at the end of a setting of Hadoop's, as in ``fs.azure.account.key.lake.dfs.core.windows.net``."""

_OF_WEB_PUSH: Final = ("application", "server", "key")
"""The public key of a server that sends messages to browsers (Push API, ``applicationServerKey``)."""


def _is_key_of_a_service(words: tuple[str, ...]) -> bool:
    """Return whether the words may be those of ``LASTFM_KEY``, ``lastfm.key`` or ``lastfm_key``.

    Nobody lists all services. Where small letters stand, the word before is a kind of data more often.
    """
    return len(words) > 1 and words[-1] == "key" and HARMLESS_VARIABLES.isdisjoint(words)


def rule_of_words(words: tuple[str, ...]) -> str | None:
    """Return the rule for a name that is made of these words, as ``words_of`` gives them."""
    if words in ORDERED_NAMES:
        return ORDERED_NAMES[words]
    if not words or _asks(words) or words[0] in COUNTING_WORDS or words[-1] in ASKED_LAST_WORDS:
        return None
    if not MEASURES.isdisjoint(words):
        return None
    words = _before_preposition(words)
    if words[-1] in PUBLISHED_WORDS and not PUBLISHED.isdisjoint(words):
        return None
    if words in WHOLE_NAMES:
        return WHOLE_NAMES[words]
    if words[-1] in URL_WORDS:
        return _rule_of_address(words)
    if _is_content_of_public_key(words):
        return None
    if words[-1] == "community" and "snmp" in words:
        return PASSWORD
    rule, is_listed = _rule_of_last_words(words)
    if rule is None and _is_private_key(words):
        return PRIVATE_KEY
    return rule if is_listed else rule_of_tail(words)


def _rule_of_address(words: tuple[str, ...]) -> str | None:
    if not URL_TRAITS.isdisjoint(words) or words[-2:-1] == ("magic",):
        return URL
    return None if LINK_TRAITS.isdisjoint(words) else LINK


def _is_content_of_public_key(words: tuple[str, ...]) -> bool:
    """As in ``public_key_pem_data`` and ``ssh_public_key_body``. A key of something public opens it."""
    stop = len(words)
    while stop > 1 and words[stop - 1] in _WRITTEN:
        stop -= 1
    return stop < len(words) and words[:stop][-2:] == ("public", "key")


_WRITTEN: Final = CONTENTS | {"data"}


def _is_private_key(words: tuple[str, ...]) -> bool:
    """Return whether one word parts a private key, as in ``private_url_key``."""
    return words[-3:-2] == ("private",) and words[-2] not in _TABULATED and words[-1] == "key"


_TABULATED: Final = frozenset(("key", "partition", "sort", "primary", "foreign", "object", "row", "route", "link"))
"""Kinds of keys that find something: they open nothing, in a private table either."""

_FINDING: Final = POINTING | FINDING | _TABULATED


def _asks(words: tuple[str, ...]) -> bool:
    """Return whether a name asks or orders something, or which Secret of Kubernetes is meant.

    As in ``has_token``, ``autoGeneratePassword``, ``next_token`` and ``existingSecretPasswordKey``.
    """
    if words[:2] == ("existing", "secret"):
        return words[2:3] not in (("access",), ("token",))
    if words[:2] == ("fallback", "on") or (words[0] == "next" and words[-1] in _TOKENS):
        return True
    if words[0] in _LOST_WITH and words[1:2] == ("password",) and words[-1] in _SENT:
        return False
    first = words[1:2] if words[0] == "auto" else words[:1]
    return not ASKING_WORDS.isdisjoint(first) or (words[0] == "no" and len(words) == len(("no", "password")))


_LOST_WITH: Final = ("forgot", "forget", "change", "recover")
_SENT: Final = ("token", "code")
"""What is sent to somebody who forgot a password, as ``forgot_password_token``, opens the account."""

_TOKENS: Final = ("token", "tokens")
"""Where a list goes on, if they are the next ones. The next password is a password."""


def _before_preposition(words: tuple[str, ...]) -> tuple[str, ...]:
    for position, word in enumerate(words):
        if word in PREPOSITIONS and position:
            # Of whom it is may stand before: ``sms_from_mail_password``.
            is_whose = word == "from" and words[position + 2 :] and words[-1] == "password"
            return words if is_whose else words[:position]
    return words


def _rule_of_last_words(words: tuple[str, ...]) -> tuple[str | None, bool]:
    """Return the rule for the last words, and whether they are listed: some are, as no secret's."""
    for stop in range(len(words), max(0, len(words) - MOST_NEUTRAL), -1):
        for start in range(max(0, stop - LONGEST_ENDING), stop):
            if (ending := words[start:stop]) in ENDINGS:
                return ENDINGS[ending], True
        last = words[stop - 1]
        if not (last in NEUTRAL_LAST_WORDS or last.isdigit()):
            break
    return None, False
