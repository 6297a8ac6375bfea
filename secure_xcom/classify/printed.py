"""``rule_of_printed``: whether a returned text is a secret by the command that printed it, or by who answered.

``vault kv get -field=password db`` prints a password, and ``/oauth/token`` answers with a token. Each is taken at its
word only where the text looks like what is handed out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.encoded_text import decoded
from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.name_words import words
from secure_xcom.classify.named_cells import may_be_secret
from secure_xcom.classify.outputs import names_of_output
from secure_xcom.classify.task_names import hands_out_a_secret, makes_a_new_one, may_be_handed_out

if TYPE_CHECKING:
    from secure_xcom.classify.names import NameRules
    from secure_xcom.model.origin import Origin

NAME_COMMAND: Final = "name-command"
"""The task runs a command that says that it prints a secret."""

NAME_ENDPOINT: Final = "name-endpoint"
"""The address that was asked is called after the secret that it answers with."""

_LONGEST: Final = 4096
"""Characters of what is printed. What is longer holds more than one secret, and names in it."""

_MOST_WORDS: Final = 64

_SESSIONS: Final = words("session sessions login logon signin auth authenticate jwt")
"""Last steps of addresses that answer a login with a session."""


_MAKING: Final = words("generate refresh issue new create renew")
"""Last steps behind what is made: ``/auth/refresh``."""

_STORES: Final = words("secret secrets passwords credentials")
"""Steps below which secrets stand: ``/v1/secret/data/db``."""

_NEAR: Final = 2


def rule_of_printed(text: str, origin: Origin, names: NameRules) -> str | None:
    """Return the rule by which a returned text is sensitive by its origin; ``None`` for most."""
    if len(text) > _LONGEST:
        return None
    if origin.command and _is_printed_by(origin.command, text, names):
        return NAME_COMMAND
    if origin.endpoint and answers_with_a_secret(origin.endpoint) and _is_answer(text):
        return NAME_ENDPOINT
    return None


def _is_printed_by(command: str, text: str, names: NameRules) -> bool:
    called = names_of_output(command)
    return bool(called) and any(
        _is_secret_called(name, printed, names) for name in called for printed in _printed_in(text)
    )


def _printed_in(text: str) -> Iterator[str]:
    """Yield a text, and what it is the base64 of: ``SSHOperator`` returns it so."""
    yield text.strip()
    if (behind := decoded(text)) is not None:
        yield behind.strip()


def _is_secret_called(name: str, printed: str, names: NameRules) -> bool:
    """Whether what was printed under a name is a secret; of several words each has to look like one by itself."""
    each = printed.split(None, _MOST_WORDS)[:_MOST_WORDS]
    if names.rule_of(name) is None or printed.startswith(_DOCUMENTS):
        return False
    is_alone = len(each) == 1
    return any(names.rule_of(name, word) is not None and (is_alone or may_be_secret(word)) for word in each)


_DOCUMENTS: Final = ("{", "[", "<", "-----BEGIN ")
"""How texts begin that say themselves what they hold."""


def answers_with_a_secret(endpoint: str) -> bool:
    """Return whether an address is called after a secret, or is below what holds nothing but secrets."""
    *above, step = endpoint.partition("?")[0].rstrip("/").lower().split("/")
    if above and step in _MAKING:
        step = above.pop()
    if step.startswith("public"):
        return False
    # A reset token is one, and what resets a password answers that it did.
    is_called_so = hands_out_a_secret(step) and (not makes_a_new_one(step) or rule_of_key_name(step) is not None)
    return step in _SESSIONS or is_called_so or not _STORES.isdisjoint(above[-_NEAR:])


def rule_of_answer(text: str) -> str | None:
    """Return the rule of a text in an answer of an address that is called after a secret, ``None`` for most texts."""
    return NAME_ENDPOINT if may_be_handed_out(text) else None


def _is_answer(text: str) -> bool:
    """Whether a text is one that may be handed out, also as JSON or as all that an object holds."""
    found = _alone().fullmatch(text)
    return found is not None and may_be_handed_out(found["text"])


@cache
def _alone() -> re.Pattern[str]:
    field = r"""\{\s*"[A-Za-z_]{1,32}"\s*:\s*(?=["'][^"']*["']\s*\})"""
    return re.compile(rf"""\s*(?:{field})?["']?(?P<text>[^\s"'{{}}]++)["']?\s*\}}?\s*""", re.ASCII)
