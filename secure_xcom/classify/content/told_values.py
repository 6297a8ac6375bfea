"""``ToldValues``: values whose name stands before them in a text without a sign between, or is itself a value.

Such are ``name: DB_PASSWORD`` above ``value: x``, ``<property name="password" value="x"/>``, ``<a:Password>x</...>``,
``password    x`` as Vault prints it, ``| API Secret | x |`` and "the password of etl is x". What a sign joins to a name
of one word is found by ``NamedValues``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.named_values import ID, continues_a_list, start_of_name
from secure_xcom.classify.content.values import is_pin, is_secret_value, is_strong, may_be_in_column
from secure_xcom.classify.distinct import is_distinctive

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

_MOST_LOOKS: Final = 2048
"""Looks at names of one text that find nothing: a text made for it has little else."""

_MOST_TRIES: Final = 16_384
"""Words of names in one text behind which a value is looked for."""

_MOST_NAMES: Final = 1024
"""Names of one text whose verdicts are remembered."""

_LONGEST_HEAD: Final = 2048
"""Characters of a text in which the head of a table of Vault's stands."""

_BEFORE: Final = 48
"""Characters before a name that are looked at."""


class Trust(Enum):
    """How sure the form makes it that a value stands there, and no word of a sentence."""

    SURE = "sure"
    BARE = "bare"
    """As sure, but code may stand there, since there are no quotes."""
    MIXED = "mixed"
    """It has to hold more than letters."""
    OPTION = "option"
    """As ``MIXED``, but it may repeat the name, and end as a sentence does."""
    DISTINCTIVE = "distinctive"
    """It has to hold letters and digits, and to be no name of a thing or of a format."""


class ToldValues:
    """Looks at one text, piece by piece; a name is judged by what it is given."""

    def __init__(self, text: str, is_sensitive_name: Callable[[str], bool]) -> None:
        self._text = text
        self._is_sensitive_name = is_sensitive_name
        self._names: dict[str, bool] = {}
        self._looks = _MOST_LOOKS
        self._tries = _MOST_TRIES

    def at(self, starts: Iterable[int]) -> Iterator[tuple[str, Span]]:
        """Yield the secrets whose names hold a word that begins at one of ``starts``."""
        text, after, looked_at = self._text, _AFTER().match, 0
        for start in starts:
            # A name with two words is looked at once.
            if start < looked_at:
                continue
            self._tries -= 1
            if self._tries < 0:
                return
            if (found := after(text, start)) is None:
                continue
            looked_at = found.end("name")
            form = str(found.lastgroup)
            if self._is_secret(found, form):
                looked_at = found.end(form)
                yield ID, found.span(form)
            elif (left := self._looks) > 0:
                self._looks = left - 1
            else:
                return

    def _is_secret(self, found: re.Match[str], form: str) -> bool:
        text, start = self._text, start_of_name(self._text, found.start())
        name = text[start : found.end("name")]
        if form in ("bare", "text") and name.startswith("-"):
            return self._is_option(name) and _is_value(name, found[form], Trust.OPTION)
        # What is cut off is no beginning of a line.
        line = text[start - _BEFORE : start] if start > _BEFORE else f"\n{text[:start]}"
        trust = self._trust(found, form, line, name)
        if trust is None or continues_a_list(text, start, name) or _is_told_of(found[form], form, name):
            return False
        # What a sign joins to one word was looked at.
        is_looked_at = form == "signed" and self._is_sensitive(name)
        if form == "signed" or not self._is_sensitive(name):
            name = next(filter(self._is_sensitive, _longer_names(line, name)), "")
        return bool(name) and not is_looked_at and _is_value(name, found[form], trust)

    def _trust(self, found: re.Match[str], form: str, line: str, name: str) -> Trust | None:
        """Return how sure a form makes it, ``None`` if it is not the form."""
        before, trust = _FORMS[form]
        if form == "column" and self._is_of_vault:
            return Trust.SURE if before is None or before().search(line) is not None else None
        if form == "pair" and self._text[found.start(form) - 1] not in "\"'":
            trust = Trust.BARE
        if before is None or before().search(line) is not None:
            return trust
        is_alone = name in _DIRECTIVES or (
            _is_on_line(found, line) and may_be_in_column(name, found[form]) and "/" not in found[form]
        )
        return trust if form == "bare" and is_alone else None

    def _is_option(self, name: str) -> bool:
        """Whether the argument behind a name is a secret: ``--db-pass x``, or ``-ApiKey x`` as PowerShell has it."""
        is_long = name.startswith("--") or _HUMP().search(name) is not None or name[1:2].isupper()
        return is_long and self._is_sensitive(name)

    @cached_property
    def _is_of_vault(self) -> bool:
        """Whether the text is a table of names and values, as Vault prints a secret."""
        return _OF_VAULT().search(self._text[:_LONGEST_HEAD]) is not None

    def _is_sensitive(self, name: str) -> bool:
        if (known := self._names.get(name)) is None:
            known = self._is_sensitive_name(name.strip(".-"))
            if len(self._names) < _MOST_NAMES:
                self._names[name] = known
        return known


def _is_told_of(value: str, form: str, name: str) -> bool:
    """Whether a value only says what became of a secret, or is the name of a thing."""
    if form == "below":
        return not is_strong(name) or name == "passwd"
    if form in ("named", "para"):
        return _TOLD().fullmatch(value) is not None
    return form == "bare" and _NUMBERED().fullmatch(value) is not None


def _longer_names(line: str, name: str) -> Iterator[str]:
    """Yield a name with one word before it, and with two."""
    *words, last = line.rpartition("\n")[2].split(" ")
    if not last and words and words[-1].isalpha():
        yield f"{words[-1]} {name}"
        if len(words) > 1 and words[-2].isalpha():
            yield f"{words[-2]} {words[-1]} {name}"


def _is_value(name: str, value: str, trust: Trust) -> bool:
    if trust is Trust.DISTINCTIVE and _HUMP().search(name) is not None:
        return False
    if trust in (Trust.SURE, Trust.BARE):
        return is_secret_value(name, value, is_quoted=trust is Trust.SURE, is_line=True)
    if trust is Trust.OPTION:
        is_likely = may_be_in_column(name, value) and (THING().fullmatch(value) or _SOURCE().match(value)) is None
        return is_likely and is_secret_value(name, value, is_quoted=False, is_line=False)
    value = value.rstrip(".,:!?)")
    if is_pin(name, value):
        return True
    if not is_secret_value(name, value, is_quoted=False, is_line=False) or THING().fullmatch(value) is not None:
        return False
    # Code and settings repeat the name.
    if re.split(r"[\W_]", name.lower())[-1] in value.lower() or _CODE().search(value) is not None:
        return False
    return trust is Trust.MIXED or (_MIXED().match(value) is not None and is_distinctive(value))


def _is_on_line(found: re.Match[str], line: str) -> bool:
    """Whether a name, a sign or none, and a value are all of a line: ``password x`` and ``password -> x``."""
    stop = found.end(str(found.lastgroup))
    return _LINE_BEFORE().search(line) is not None and _LINE_AFTER().match(found.string, stop) is not None


_SOURCE: Final = late("(?:id|name|source|src|type|env|target|from)=|[a-z_]{1,24}=$")
"""Where Docker takes a secret from, and a name whose value is a placeholder."""

_LINE_BEFORE: Final = late(r"\n[ \t]{0,16}$")
_LINE_AFTER: Final = late(r"[ \t\"'`]{0,8}(?:[\r\n]|$)")

_WORD: Final = r"[^\s\"'`<>,;|\\]{3,512}+"
_QUOTE: Final = r"\\{0,3}+[\"']?+"
_LINE: Final = r"[|\u2502]"

_AFTER: Final = late(
    r"(?P<name>[\w.\-ñÑ]{0,64}+)(?>"
    rf"{_QUOTE}[,;]?+\s{{0,80}}+{_QUOTE}(?>[vV]alue|VALUE|stringValue|defaultValue){_QUOTE}[ \t]{{0,4}}+[:=]"
    rf"[ \t]{{0,4}}+{_QUOTE}(?P<pair>{_WORD})"
    r"|</[\w:.\-]{1,32}+>\s{0,80}+<(?>\w{1,16}:)?+[vV]alue>(?P<element>[^\s<>]{3,512}+)</"
    r"|>\s{0,80}+<(?>\w{1,16}:)?+[vV]alue>(?P<inner>[^\s<>]{3,512}+)</"
    r"|:?+</(?>th|td|dt|b|strong|label|span)>:?+\s{0,80}+(?><(?>td|dd|code|span|b)(?> [^<>]{1,128}+)?+>\s{0,80}+)?+"
    r"(?P<cell>[^\s<>]{3,512}+)[ \t]{0,16}+(?><|(?![^\r\n]))"
    r"|[ ]?+:?+[ ]?+<(?>b|strong|code|tt|em|i|kbd|span|pre|mark)(?> [^<>]{1,128}+)?+>(?P<marked>[^\s<>]{3,512}+)</"
    r"|[\"']>(?P<content>[^\s<>]{3,512}+)</"
    r"|(?> [^<>]{1,128}+)?+>(?P<tag>[^\s<>]{3,512}+)</"
    rf"|(?>[ \t]{{0,64}}+{_LINE}[ \t]{{1,64}}+|[ ]{{2,64}}+|[ ]?+\t[ \t]{{0,64}}+)"
    rf"(?P<column>[^\s|\u2502\"']{{3,512}}+)[ \t]{{0,256}}+{_LINE}?+[ \t]{{0,8}}+(?![^\r\n])"
    r"|[ ](?>(?>for|of) (?>(?>the|user|account|role|database|new|your) ){0,2}+[\w.@\-]{1,64}+ "
    r"(?>(?!is )[a-z]{1,16} )?+)?+"
    r"(?>ist|is|was|lautet|est|es|è|är|er|je|jest|este)(?> ?:|:)?+ "
    rf"(?>now |set to )?+[\"'`]?+(?P<said>{_WORD})"
    r"|[ ]for (?>(?>the|user|account|role|database|new|your) ){0,2}+[\"']?+[\w.@\-]{1,64}+[\"']?+ ?: ?"
    rf"[\"'`]?+(?P<named>{_WORD})"
    rf"|[ \t]{{1,4}}+[\"'](?P<text>{_WORD})[\"'](?=[ \t]{{0,4}}+(?>[;,)]|(?![^\r\n])))"
    rf"|\r?+\n(?P<below>{_WORD})(?![^\r\n])"
    rf"|:?+[ \t]{{0,8}}+(?>\r?+\n[ \t]{{0,16}}+){{1,3}}+(?P<para>{_WORD})[ \t]{{0,8}}+(?![^\r\n])"
    rf"|[ ](?>(?>[0-9]|[=-]>|[\u2013\u2014\u2192-]) )?+[\"'`]?+(?P<bare>{_WORD})"
    rf"|[ \t]{{0,4}}+[:=][ \t]{{0,4}}+{_QUOTE}(?P<signed>{_WORD}))",
    re.ASCII,
)
"""The rest of a name, and the value behind it in one of the forms."""

_DIRECTIVES: Final = frozenset(("requirepass", "masterauth"))
"""Settings of Redis, which a space separates from their values."""

THING: Final = late(
    r"[a-z]{1,32}[0-9]{0,3}(?:[-_./:][a-z]{0,32}[0-9]{0,3}){1,8}|v?[0-9]{1,3}(?:\.[0-9]{1,4}){1,3}", re.ASCII
)
"""The name of a thing: words in small letters that are joined, with small numbers."""

_OF_VAULT: Final = late(r"(?:^|\n)Key {2,64}Value *\n-{3} {2,64}-{5} *\n")
"""The head of a table of ``vault kv get``, ``vault read`` and ``vault write``."""

_TOLD: Final = late(
    "(?i:ok|expired|updated|rotated|changed|reset|created|deleted|failed|error|done|valid|set|sent)[-_:.]?[0-9-]{0,12}|"
    "[A-Za-z]{1,12}-[0-9]{1,6}|[A-Z][0-9]-[0-9]{4}|[0-9]{1,3}-[0-9]{1,3}-[a-z]{1,16}"
)
"""What became of a password, and what stands on a line of its own: a ticket, a step, a quarter."""

_NUMBERED: Final = late("[a-z]{3,24}[0-9]")

_HUMP: Final = late("[a-z][A-Z]")
"""No word of a sentence has a capital amid it: a class has."""

_CODE: Final = late(r"`|;$|[{(][\w.]*[)}]|^[0-9.]+:[0-9]+$")
"""Signs of code and of settings, and an address."""

_MIXED: Final = late(r"(?=[^0-9]{0,512}[0-9])(?=[^A-Za-z]{0,512}[A-Za-z])", re.ASCII)

_FORMS: Final[Mapping[str, tuple[Callable[[], re.Pattern[str]] | None, Trust]]] = {
    "pair": (
        late(r"(?i:name|key|variable|parameter|property|setting)\\{0,3}[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}[\"']?$"),
        Trust.SURE,
    ),
    "element": (late(r"<(?:\w{1,16}:)?(?i:name|key)>\s{0,8}$", re.ASCII), Trust.BARE),
    "inner": (late(r"<(?:\w{1,16}:)?$", re.ASCII), Trust.BARE),
    "cell": (
        late(r"<(?:th|td|dt|b|strong|label|span)(?: [^<>]{1,128})?>\s{0,16}(?:[A-Za-z]{1,16} ){0,2}$"),
        Trust.MIXED,
    ),
    "marked": (None, Trust.MIXED),
    "content": (late(r"(?i:name|key)=[\"']$"), Trust.BARE),
    "tag": (late(r"<(?:\w{1,16}:)?$", re.ASCII), Trust.BARE),
    "column": (late(r"\n[ \t|\u2502]{0,48}(?:[A-Za-z]{1,16} ){0,2}$"), Trust.MIXED),
    "below": (late(r"\n/[\w./-]{0,48}$", re.ASCII), Trust.MIXED),
    "text": (late(r"[\n\t :;{]$"), Trust.DISTINCTIVE),
    "said": (None, Trust.DISTINCTIVE),
    "named": (None, Trust.DISTINCTIVE),
    "bare": (
        late(
            r"[\n ](?i:setx|env|with|using|temporary|initial|generated|default|one-time|new|enable|start|first|"
            r"user(?:name)? \S{1,24}|user(?:name)? \S{1,24},? and)(?i: the| a)? $"
        ),
        Trust.DISTINCTIVE,
    ),
    "para": (
        late(r"[\n ](?i:temporary|initial|generated|one-time|start|first|following) $"),
        Trust.DISTINCTIVE,
    ),
    "signed": (None, Trust.MIXED),
}
"""What stands before a name if a value follows it in that form, and how sure it is then."""
