"""``holds_no_secret``: dicts that tell of secrets, as they are called, and hold none.

``{"ttl": {"token": 60}}`` says how long tokens last, ``{"links": {"credentials": "https://..."}}`` where credentials
are asked for, and ``{"permissions": {"secrets": "read"}}`` who may read secrets. The name decides which, and all values
have to be of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final

from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.name_words import words
from secure_xcom.classify.section_measures import is_sure_period
from secure_xcom.classify.section_words import LASTING, LEVELS
from secure_xcom.classify.sections import MOST_ITEMS
from secure_xcom.classify.words import words_of


def holds_no_secret(name: str, node: Mapping[str, object]) -> bool:
    """Return whether all that stands in a dict of this name is what the name says, and no secret."""
    said = words_of(name)
    if said[-2:] in (("expiration", "time"), ("expire", "time")):
        return _are_periods(node.values())
    if said[-1:] in (("link",), ("links",)):
        return len(node) <= MOST_ITEMS and all(_is_link(key, value) for key, value in node.items())
    holds = _KINDS.get(said[-1]) if said else None
    return holds is not None and len(node) <= MOST_ITEMS and holds(node.values())


def _are_periods(values: Iterable[object]) -> bool:
    """Whether all values are periods: small or round numbers, or with a unit.

    Other numbers may be a code: it would have to stand under the name of a period, and nobody could tell.
    """
    return all(map(is_sure_period, values))


def _are_levels(values: Iterable[object]) -> bool:
    """Whether all that a dict holds, in dicts in it too, is how much a program logs."""
    every = [*values]
    for value in every:
        if isinstance(value, dict):
            every += value.values()
    leaves = [value for value in every if not isinstance(value, dict)]
    return len(every) <= MOST_ITEMS and all(isinstance(leaf, str) and leaf.lower() in LEVELS for leaf in leaves)


def _is_link(key: str, value: object) -> bool:
    """Whether a value is an address, or a dict with one (HAL, section 5: Link Objects)."""
    if isinstance(value, dict):
        address = value.get("href")
        return (
            address is not None
            and all(
                part in _OF_LINKS and (isinstance(said, bool) or said == address or _is_word(said))
                for part, said in value.items()
            )
            and _is_link(key, address)
        )
    if value is None:
        return True
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS or _address().fullmatch(value) is None:
        return False
    # Under the name of a secret the address may be what lets somebody in.
    return rule_of_key_name(key) is None or _wordy().fullmatch(value) is not None


def _is_word(value: object) -> bool:
    return isinstance(value, str) and _word().fullmatch(value) is not None


def _are_of(allowed: frozenset[str]) -> Callable[[Iterable[object]], bool]:
    def are_so(values: Iterable[object]) -> bool:
        return all(isinstance(value, bool) or (isinstance(value, str) and value.lower() in allowed) for value in values)

    return are_so


@cache
def _address() -> re.Pattern[str]:
    """Match an address without a user, and with nothing in its query but how a list is cut and sorted."""
    step = r"[\w.,:;~$()*!{}-]"
    named = "(?:limit|offset|page|per_page|page_size|size|sort|order|order_by|fields|expand)"
    pair = rf"{named}=(?:[a-z_.,:-]{{0,32}}|[0-9]{{1,6}})"
    return re.compile(
        rf"(?:https?://{step}{{1,255}})?(?:/{step}{{0,255}}){{0,24}}(?<=.)(?:\?{pair}(?:&{pair}){{0,8}})?", re.ASCII
    )


@cache
def _wordy() -> re.Pattern[str]:
    """Match an address of words and ids, whose last step is a word or two, and no query but how a list is cut."""
    word = "[A-Za-z]{1,16}(?:[_-][A-Za-z]{1,16}){0,3}"
    step = (
        rf"(?:{word}|v[0-9.]{{1,4}}|[0-9]{{1,6}}|(?:[A-Z]{{2}})?[0-9a-f]{{32}}|[0-9a-f]{{8}}(?:-[0-9a-f]{{4,12}}){{4}})"
    )
    host = "https?://(?:[a-z-]{1,30}[0-9]{0,3}[.:]){0,6}[a-z0-9-]{1,12}"
    query = r"\?(?:limit|offset|page|per_page|size)=[0-9]{1,4}(?:&sort=[a-z_]{1,16})?"
    return re.compile(rf"(?:{host})?(?:/{step}){{0,16}}/{word}/?(?:{query})?", re.ASCII)


@cache
def _word() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z]{1,16}(?:[ _/.+-][A-Za-z]{1,16}){0,4}", re.ASCII)


_LONGEST_ADDRESS: Final = 1024

_OF_LINKS: Final = words("href rel method type title name templated media")

_RIGHTS: Final = words(
    """
    read write none admin manage view edit update create delete full all deny allow denied allowed maintain triage pull
    push owner viewer editor readonly readwrite read-write read_write read-only read_only
    """
)
"""What one may do, in the words of GitHub, Google and Microsoft."""

_UNITS: Final = words(
    "milliseconds seconds minutes hours days weeks months years millisecond second minute hour day week month year"
)

_KINDS: Final[Mapping[str, Callable[[Iterable[object]], bool]]] = {
    **dict.fromkeys(LASTING, _are_periods),
    **dict.fromkeys(("level", "levels"), _are_levels),
    **dict.fromkeys(("permission", "permissions"), _are_of(_RIGHTS)),
    **dict.fromkeys(("unit", "units"), _are_of(_UNITS)),
}
"""What stands in a dict, by the last word of its name."""
