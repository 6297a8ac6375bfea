"""``rule_of_tail``: a secret's noun with words behind it that nobody lists, as in ``password_acme``.

The head noun decides, and it mostly stands last: ``token_count`` is a count. But people also say behind it what a
secret is for: a customer, a town, a machine. Such words cannot be listed, and heads can. They come from the names of
fields that are labelled in ``tests/data/key_names``, development half.
"""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.name_endings import QUALIFIED, UNLISTED
from secure_xcom.classify.name_words import (
    ASKED_LAST_WORDS,
    ASKING_WORDS,
    COUNTING_WORDS,
    MEASURED_LAST_WORDS,
    MEASURES,
    PREPOSITIONS,
    URL_WORDS,
    words,
)

_PASSWORDS: Final = words("password passwd pwd passphrase passcode")
_OTHERS: Final = words("token secret apikey credential credentials psk jwt")

_MOST: Final = 2
"""Words behind the noun."""

_SHORTEST: Final = 3
"""Letters of a word that says what a secret is for."""

_HEADS: Final = words(
    """
    accepted access accuracy address addresses age alias allowed argument arguments arn arns assertion
    assessment aud audience audiences auth authenticated authentication balance balances binding body bootstrap
    box button bypass caching censored chain change changes char characters chars check checker checks ciphers
    ciphertext claim claims class classes clear client code codes column combination complexity compromise
    config configs configuration configurations confirm confirmation constraints consumption content contents
    cost count counts created creation cred crypt currency days desc descriptor detail details detected
    detection detections dialect dictionaries dictionary digest disable disabled distribution dn duration editor
    emitter enabled encoder encoding encrypted encryption encryptions end endpoint enforcement entropy entry
    envs error event events exchange exchanges expiration expired expires expiresin expiry exposure expression
    factor field fields file files filter fingerprint flag flags flow form format formats fqn function generated
    generation generator grant group groups guid handler harvester hash hashes hashing header headers help
    helptext hint histories history holder hook host id identifier identities ids impl in inactivity index
    indexes info infos inherit input interval invalid issued issuer issuers iv key keys label labels latency
    leeway length level lifespan lifetime limit limits link links list locality location locations login
    logprobs manager managers mapping mask match matched matches max memory meta metadata method min mismatch
    missing modal mode model ms name names namespace needed nonce num number object objects ocid only operation
    option options origin output owner param parameter parameters params parser path paths pattern period
    permission permissions placeholder plugin policies policy pool position prefix present prevention profile
    profiles prompt properties property protected protection provided provider providers quality quota quotas
    ratio reader reason receiver record redacted ref reference references refs regenerate regex registry relay
    renewal request requests required requirement requirements reset resolver response result return reuse
    reveal revocation revoked risk role roles rotation rule rules scanner scanning schema scheme scope scopes
    score section select selection selector service session set sets setting settings setup sha sid signature
    signer signup signups size source sources spec specs standard start state states status storage store stored
    stores strategy strength string strings strong sub subject suffix summaries summary supplier support
    supported symbol system table tag tags target template templates test tests threshold through time timeout
    times timestamp title too total transfer ttl type types uid unit unlock update updated upload uploaded uri
    url urls usage use used user users uuid valid validation validator validity value values variable variables
    vault verification verified verifier version versions view volume volumes weak when window writer xpath
    """
)
"""Nouns that decide what a name stands for, if one stands behind the noun of a secret."""

_TOLD: Final = (
    _HEADS.union(ASKED_LAST_WORDS, ASKING_WORDS, COUNTING_WORDS, MEASURED_LAST_WORDS, MEASURES)
    | URL_WORDS
    | PREPOSITIONS
)


_TELLING: Final = ("ing", "ed", "tion", "sion", "ment", "ity", "ness", "able")
"""Ends of words for what is done with a secret, or what it is like."""


def _tells(word: str) -> bool:
    """Whether a word says what stands there, or is too short or has digits."""
    is_told = word in _TOLD or word.removesuffix("s") in _TOLD or word.removesuffix("es") in _TOLD
    return is_told or word.endswith(_TELLING) or len(word) < _SHORTEST or not word.isalpha()


def rule_of_tail(name: tuple[str, ...]) -> str | None:
    """Return the rule for a name whose noun is followed by one or two words that say nothing of what stands there."""
    for at in range(max(0, len(name) - 1 - _MOST), len(name) - 1):
        tail = name[at + 1 :]
        if any(map(_tells, tail)):
            continue
        if name[at] in _PASSWORDS:
            return QUALIFIED
        if name[at] in _OTHERS:
            return UNLISTED
    return None
