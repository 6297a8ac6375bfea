"""``asks_for_a_secret``: whether a text asks people to put a secret in its place, in words and nothing but words.

``dev-jwt-secret-change-in-production``, ``put your key here`` and ``sk_test_placeholder`` hold no secret. A password
may be made of words too, so a text has to say what is to be written, and that it is to be written. Letters and digits
in one word, and numbers that count nothing, may be the secret itself.
"""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.fill_in_spelling import (
    begun,
    glued,
    hump,
    is_random_word,
    letters,
    mark,
    parted,
    without_sequence,
    words_in,
)
from secure_xcom.classify.fill_in_words import (
    BEFORE_HERE,
    BEFORE_NOUN,
    BEFORE_ORDER,
    CHANGE,
    CHANGED,
    COUNTED,
    DEMANDS,
    DETERMINERS,
    ENDS,
    FORMATS,
    HOW,
    KNOWN,
    NAMED,
    NEEDED,
    NOUNS,
    OF_SENTENCES,
    OF_VARIABLES,
    PURPOSES,
    SAID,
    SIZES,
    SIZING,
    STAGES,
    UNREAL,
    WHAT,
    WHEN,
    WHERE,
    WRITE,
)
from secure_xcom.classify.foreign_requests import asks_abroad, asks_in_chinese, without_accents
from secure_xcom.classify.name_words import VENDORS
from secure_xcom.classify.orders import orders_to_change

LONGEST: Final = 128
"""Characters of a text that is read. A longer one is no request."""

MOST_WORDS: Final = 16

_SHORTEST_RANDOM: Final = 5
"""Letters of a run that may be random."""

_SHORTEST_BEFORE_END: Final = 4
"""Words of a request with a number behind it."""

_SHORTEST_ORDER: Final = 2
_SHORTEST_REQUEST: Final = 3
"""Words of an order at the end of one word, and of a request that ends with what is meant."""

MOST_UNKNOWN_BEFORE: Final = 3
"""Words that are said in no request before one that says what is meant, and that it goes here."""

_LONGEST_OWNER: Final = 2
_LONGEST_OF_OWNER: Final = 8
"""Words, and letters of a word, before what a variable is for: ``HA_OIDC_CLIENT_SECRET``."""

_WHICH: Final = ("1", "2", "3")
"""Numbers that tell requests apart: ``YOUR_CLIENT_KEY_1``."""

MOST_UNKNOWN: Final = 1
"""Words that are said in no request, such as the name of a service. The words of a passphrase are such words too."""


def asks_for_a_secret(text: str) -> bool:
    """Return whether a text is a request to write a secret, or a name of one that stands for all."""
    if len(text) > LONGEST:
        return False
    text = text.strip("#")
    if orders_to_change(text) or _is_request(text):
        return True
    found = begun().match(text) if text.islower() else None
    return found is not None and _is_request(text[found.end() :])


def _is_request(text: str) -> bool:
    if not text.isascii() and not (text := without_accents(text)).isascii():
        return asks_in_chinese(text)
    if "-" not in text and "_" not in text and " " not in text:
        # As in most passwords, there are no two words, unless capitals part them.
        text = text.rstrip("!")
        return (text.isalpha() and _asks_in_one_word(text)) or glued().fullmatch(text) is not None
    if any(len(run) > _SHORTEST_RANDOM and is_random_word(run) for run in letters().findall(text)):
        return False
    if (order := mark().match(text)) is not None:
        return _tells_how(words_in(text[order.end() :]), most_unknown=MOST_UNKNOWN if text.isupper() else 0)
    said = words_in(without_sequence(parted(text)))
    if said[:1] == ("your",) and said[-1] in _WHICH and (text.isupper() or (text.islower() and _is_said(said[:-1]))):
        said = said[:-1]
    if said[:1] == ("your",) and said[-1] in ENDS:
        # People end passwords so too: nothing but the words of a request may stand before the number.
        said = said[:-1] if len(said) > _SHORTEST_BEFORE_END and _is_said(said[:-1]) else ()
    if not 2 <= len(said) <= MOST_WORDS or not all(map(_is_told, said, (*said[1:], ""))):
        return False
    return _asks(said) or (text.isupper() and (_says_what_for(said) or _names_a_variable(text, said)))


def _tells_how(said: tuple[str, ...], *, most_unknown: int) -> bool:
    """As in ``CHANGE_ME_STRONG_OPERATOR_PASSWORD``, ``CHANGE-ME-use-openssl-rand-hex-32``: what follows the order."""
    unknown = sum(word not in SAID and word not in HOW and word not in VENDORS for word in said if word.isalpha())
    are_words = any(map(str.isalpha, said)) and all(word.isalpha() or word in SIZES or word in FORMATS for word in said)
    return are_words and (unknown == 0 or (unknown <= most_unknown and not NOUNS.isdisjoint(said)))


def _is_said(said: tuple[str, ...]) -> bool:
    """Whether nothing but words of requests is said, and numbers that count something."""
    return all(word in SAID or word in SIZING or word.isdigit() for word in said)


def _is_order_alone(said: tuple[str, ...]) -> bool:
    """As in ``change-this-in-production``, of which each word is part of the order."""
    return said[0] in CHANGE and said[1] in WHAT and said[-1] in STAGES


def _says_what_for(said: tuple[str, ...]) -> bool:
    """As in ``DB_PASSWORD`` where the variable's value belongs: capitals that say nothing but what a secret is for."""
    return not NOUNS.isdisjoint(said) and (KNOWN | NAMED | VENDORS).issuperset(said)


def _names_a_variable(text: str, said: tuple[str, ...]) -> bool:
    """As in ``HA_OIDC_CLIENT_SECRET``, whose owner may be anybody."""
    owner = said[:-2]
    is_short = 0 < len(owner) <= _LONGEST_OWNER and all(len(word) <= _LONGEST_OF_OWNER for word in owner)
    is_name = is_short and "-" not in text and " " not in text
    return is_name and said[-2] in OF_VARIABLES and said[-1] in BEFORE_HERE


def _asks_in_one_word(text: str) -> bool:
    """As in ``yourSecretKey`` and ``insertTokenHere``: known words alone, of which the last is what is to be written.

    ``PleaseChangeMe`` and the default of Symfony, ``ThisTokenIsNotSoSecretChangeIt``, end with the order.
    """
    said = tuple(word.lower() for word in hump().findall(text))
    if said[-2:-1] == ("change",) and said[-1] in ("me", "it", "this"):
        return len(said) > _SHORTEST_ORDER and BEFORE_ORDER.issuperset(said[:-2])
    is_order = len(said) > 1 and said[0] in ("your", "insert", "enter", "replace")
    return is_order and (said[-1] == "here" or said[-1] in NOUNS) and KNOWN.issuperset(said[1:])


def _asks(said: tuple[str, ...]) -> bool:
    length, unsized = len(said), _without_size(said)
    has_to = "must" in said[len(unsized) :] and SAID.issuperset(unsized)
    said = _without_preposition(unsized)
    is_named = not NOUNS.isdisjoint(said)
    # Whose key it is: the name of a service is no word of a passphrase.
    known = SAID | VENDORS | (NAMED if said[0] == "your" else frozenset())
    unknown = sum(word not in known and word.isalpha() for word in said)
    if unknown > MOST_UNKNOWN:
        return _ends_with_request(said, unknown) or asks_abroad(said)
    return (
        (is_named and has_to)
        or (len(unsized) < length and not unknown and _asks_to_change(said))
        or _ends_with_request(said, unknown)
        or ((is_named or "random" in said or _is_order_alone(said)) and not unknown and _asks_to_change(said))
        or (unknown == 1 and said[0] not in known and said[-2:] == ("change", "me") and said[1] in STAGES)
        or (is_named and unknown and said[0] not in known and _is_of_a_project(said[1:]))
        or (is_named and _asks_to_write(said))
        or (said[0] == "your" and _asks_to_write(said))
        or (is_named and said[0] == "use" and len(unsized) < length and (SAID | HOW).issuperset(said))
        or said[-1] == "placeholder"
        or (not UNREAL.isdisjoint(said) and _asks_to_change(said))
        or (not UNREAL.isdisjoint(said) and is_named and KNOWN.issuperset(said))
        or asks_abroad(said)
    )


def _ends_with_request(said: tuple[str, ...], unknown: int) -> bool:
    """As in ``alpha_vantage_api_key_here`` and ``your-yahoo-finance-api-key``: whose it is may be said in any words.

    A sentence, as in ``the dragon's key is here``, has words that stand in no name.
    """
    if unknown > MOST_UNKNOWN_BEFORE or not OF_SENTENCES.isdisjoint(said[:-1]) or len(said) < _SHORTEST_REQUEST:
        return False
    if said[-1] == "here":
        return said[-2] in BEFORE_HERE or said[-2] in NAMED
    return said[0] == "your" and said[-1] in BEFORE_HERE and said[-2] in BEFORE_NOUN


def _without_size(said: tuple[str, ...]) -> tuple[str, ...]:
    """Leave away how long the secret has to be, as in ``your-key-must-be-at-least-32-characters-long``."""
    stop = len(said)
    while stop and (said[stop - 1] in SIZING or said[stop - 1] in COUNTED or said[stop - 1] in SIZES):
        stop -= 1
    is_size = stop > 1 and not (SIZES | DEMANDS).isdisjoint(said[stop:])
    return said[:stop] if is_size else said


def _without_preposition(said: tuple[str, ...]) -> tuple[str, ...]:
    """Leave away what follows an order: ``change me to a random key`` asks as ``change me a random key`` does."""
    if said[-3:] in NEEDED:
        return (*said[:-3], "change", "me")
    is_ordered = said[0] in CHANGE and said[1:2] and said[1] in WHAT and said[2:3] in (("to",), ("with",), ("by",))
    return (*said[:2], *said[3:]) if is_ordered else said


def _asks_to_change(said: tuple[str, ...]) -> bool:
    """As in ``change-me-jwt-secret`` and ``secret-key-replace-in-production``, but not as in ``change-is-the-key``."""
    if not CHANGED.isdisjoint(said):
        return True
    for verb, following, *more in zip(said, said[1:], (*said[2:], ""), strict=False):
        if verb in CHANGE and (following in WHAT or (following in WHEN and (not more[0] or more[0] in WHERE))):
            return True
    return False


def _is_of_a_project(said: tuple[str, ...]) -> bool:
    """As in ``vibra_db_password_change_me`` behind the first word: what the secret is for, and the order at the end.

    A noun alone tells nothing of what it is for: people make passphrases so.
    """
    stop = next((at for at, word in enumerate(said) if word in CHANGE | CHANGED), len(said))
    purpose, noun, order = said[: max(0, stop - 1)], said[stop - 1], said[stop:]
    return bool(purpose) and PURPOSES.issuperset(purpose) and noun in NOUNS and _asks_to_change(order)


def _asks_to_write(said: tuple[str, ...]) -> bool:
    """As in ``put your unique key here``, ``your_64_char_hex_key_here`` and ``api_key_here``."""
    if said[0] == "your":
        return said[-1] == "here" or said[-1] in NOUNS or said[-1] in NAMED
    is_order = said[0] in WRITE and said[1] in DETERMINERS
    return said[-1] == "here" and (is_order or KNOWN.issuperset(said))


def _is_told(word: str, following: str) -> bool:
    """Whether a word is made of letters, names a format, or counts what follows."""
    if word.isdigit():
        return word in SIZES and following in COUNTED
    return word.isalpha() or word in FORMATS
