"""In which forms a text is looked for, so that it is found in whatever a program prints of it."""

from __future__ import annotations

import ast
import base64
import html
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from typing import Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secure_xcom.classify.forms import SHORTEST_LINE, base64_forms, deep_forms, printed_forms
from tests.unit.any_value import surrogates

FOUND: Final[dict[str, tuple[str, list[str]]]] = {
    "nothing to escape": ("hunter2-prod", ["hunter2-prod"]),
    "white space around": (" \thunter2-prod \n", [" \thunter2-prod \n", "hunter2-prod", " \\thunter2-prod \\n"]),
    "single quotes": ("it's-so-4", ["it's-so-4", "it\\'s-so-4", "it%27s-so-4"]),
    "double quotes": ('say-"so"-4', ['say-"so"-4', 'say-\\"so\\"-4', "say-%22so%22-4"]),
    "both quotes": ('it\'s-"so"', ['it\'s-"so"', 'it\\\'s-"so"', 'it\'s-\\"so\\"']),
    "a backslash": ("back\\slash", ["back\\slash", "back\\\\slash", "back%5Cslash"]),
    "a tab": ("tab\tstop", ["tab\tstop", "tab\\tstop", "tab%09stop"]),
    "a null character": ("nul\0char", ["nul\0char", "nul\\x00char", "nul\\u0000char", "nul%00char"]),
    "a delete character": ("del\x7fchar", ["del\x7fchar", "del\\x7fchar", "del%7Fchar"]),
    "lines": (
        "first-line\nsecond-line",
        [
            "first-line\nsecond-line",
            "first-line",
            "second-line",
            "first-line\\nsecond-line",
            "first-line%0Asecond-line",
        ],
    ),
    "lines of Windows": (
        "first-line\r\nsecond-line\r\n",
        ["first-line", "second-line", "first-line\\r\\nsecond-line\\r\\n"],
    ),
    "lines that are indented": ("first:\n    second-line\n", ["second-line", "first:\\n    second-line\\n"]),
    "a line of eight characters": ("x\n12345678\ny", ["12345678"]),
    "a line between empty ones": ("\n\nsecond-line\n\n", ["second-line"]),
    "not of ASCII": ("gr\u00fcner-Tee", ["gr\u00fcner-Tee", "gr\\u00fcner-Tee", "gr%C3%BCner-Tee"]),
    "beyond the first plane": (
        "key-\U0001f511-key",
        ["key-\U0001f511-key", "key-\\ud83d\\udd11-key", "key-%F0%9F%94%91-key"],
    ),
    "not printable": ("no\u200bwidth", ["no\u200bwidth", "no\\u200bwidth", "no%E2%80%8Bwidth"]),
    "a space": ("a space-4", ["a space-4", "a%20space-4", "a+space-4"]),
    "a slash": ("a/slash-4", ["a/slash-4", "a%2Fslash-4"]),
    "a slash and a space": ("a/b c&d=4", ["a/b%20c%26d%3D4", "a%2Fb%20c%26d%3D4", "a%2Fb+c%26d%3D4"]),
    "a plus": ("base+64==", ["base+64==", "base%2B64%3D%3D"]),
    "a percent sign": ("100%-sure", ["100%-sure", "100%25-sure"]),
    "a lone surrogate": ("abc\ud800def4", ["abc\ud800def4", "abc\\ud800def4"]),
}


@pytest.mark.parametrize(("text", "forms"), FOUND.values(), ids=FOUND.keys())
def test_yields(text: str, forms: list[str]) -> None:
    yielded = set(printed_forms(text))
    assert [form for form in forms if form not in yielded] == []


@pytest.mark.parametrize("text", ["", " ", "x"], ids=repr)
def test_of_next_to_nothing_there_is_next_to_nothing(text: str) -> None:
    assert {*printed_forms(text)} <= {text, "", repr(text)[1:-1], quote(text), quote_plus(text)}


@pytest.mark.parametrize(
    "text", ["\ud800", "abc\udfffdef4", "\udc80\udc81 and more", "line-one\ud83d\nline-two"], ids=ascii
)
def test_a_lone_surrogate_has_no_form_in_a_url_and_all_others(text: str) -> None:
    forms = set(printed_forms(text))
    assert {text, text.strip(), repr(text)[1:-1], json.dumps(text)[1:-1]} <= forms
    assert [form for form in forms if "%" in form] == []


def test_a_short_line_is_no_secret_by_itself() -> None:
    short, long = "x" * (SHORTEST_LINE - 1), "y" * SHORTEST_LINE
    forms = set(printed_forms(f"{short}\n  {short}  \n{long}\n   {long}z   "))
    assert {long, f"{long}z"} <= forms
    assert short not in forms


@pytest.mark.parametrize("text", ["short", "short\n", "\u00e4\u00f6\u00fc"], ids=repr)
def test_a_short_text_of_one_line_has_all_its_forms(text: str) -> None:
    # How long a text has to be, the caller knows.
    assert {text, text.strip(), repr(text)[1:-1], quote(text)} <= set(printed_forms(text))


# Whatever a program prints of a longer thing that holds the text.

_texts = st.one_of(
    st.text(surrogates, min_size=8, max_size=20),
    # Escapes meet one another.
    st.text("a'\"\\/\n\t %+\u00e4\U0001f511\u2028\x7f", min_size=8, max_size=20),
)
_around = st.one_of(st.text(surrogates, max_size=8), st.text("'\"\\ x", max_size=4))

PRINTED: Final[dict[str, Callable[[str], str]]] = {
    "str": str,
    "repr": repr,
    "repr of a dict": lambda whole: repr({"a": [whole, 1]}),
    "repr of a tuple": lambda whole: repr((whole,)),
    "repr of a named field": lambda whole: f"Login(password={whole!r})",
    "an error": lambda whole: repr(ValueError(whole)),
    "JSON": json.dumps,
    "JSON as it is": lambda whole: json.dumps(whole, ensure_ascii=False),
    "JSON of a dict": lambda whole: json.dumps({"a": [whole, 1]}, indent=2),
    "JSON of a dict as it is": lambda whole: json.dumps({"a": [whole, 1]}, ensure_ascii=False),
    "JSON of a key": lambda whole: json.dumps({whole: 1}),
}
IN_URL: Final[dict[str, Callable[[str], str]]] = {
    "a path": quote,
    "a segment of a path": lambda whole: quote(whole, safe=""),
    "a form": quote_plus,
    "a query": lambda whole: urlencode({"a": whole, "b": 1}),
    "a password in a URL": lambda whole: f"https://u:{quote(whole, safe='')}@host/",
}


@pytest.mark.parametrize("printed", PRINTED.values(), ids=PRINTED.keys())
@given(text=_texts, before=_around, after=_around)
@example(text="it's-so-4", before='say "', after='"')
@example(text='"so-said"', before="it's ", after="")
def test_a_text_is_found_in_what_is_printed_of_a_longer_one(
    printed: Callable[[str], str], text: str, before: str, after: str
) -> None:
    whole = printed(before + text + after)
    assert any(form in whole for form in printed_forms(text))


_encodable = st.text(max_size=8)


@pytest.mark.parametrize("printed", IN_URL.values(), ids=IN_URL.keys())
@given(
    text=st.one_of(st.text(min_size=8, max_size=20), st.text("a /+%&=?#~\u00e4", min_size=8)),
    before=_encodable,
    after=_encodable,
)
def test_a_text_is_found_in_the_url_of_a_longer_one(
    printed: Callable[[str], str], text: str, before: str, after: str
) -> None:
    whole = printed(before + text + after)
    assert any(form in whole for form in printed_forms(text))


_lines = st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp"]), max_size=20)


@given(
    lines=st.lists(_lines, max_size=5), end=st.sampled_from(["\n", "\r\n"]), indent=st.sampled_from(["", "  ", "\t"])
)
def test_each_line_is_found_in_a_log_that_is_written_line_by_line(lines: list[str], end: str, indent: str) -> None:
    forms = set(printed_forms(end.join(indent + line for line in lines)))
    for line in lines:
        printed = f"[2026-01-01] INFO - {indent}{line}"
        assert len(line.strip()) < SHORTEST_LINE or any(form in printed for form in forms if form)


# And back.


def _read_back(form: str) -> Iterator[str]:
    yield form
    for quotes in "'\"":
        with suppress(SyntaxError, ValueError), warnings.catch_warnings():
            # JSON's ``\\/`` is no escape of Python's.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield ast.literal_eval(quotes + form + quotes)
    with suppress(ValueError):
        yield json.loads(f'"{form}"', strict=False)
    yield unquote(form)
    yield unquote_plus(form)


def _read_back_twice(form: str) -> Iterator[str]:
    # A printed dict in the text of an error is escaped twice. CSV doubles quotes.
    for once in (*_read_back(form), form.replace('""', '"')):
        yield once
        yield from _read_back(once)
    # As bytes, in HTML, in SQL, and in a shell.
    for quotes in "'\"":
        with suppress(SyntaxError, ValueError), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield ast.literal_eval(f"b{quotes}{form}{quotes}").decode(errors="surrogatepass")
    yield html.unescape(form)
    yield form.replace("''", "'")
    yield form.replace("'\"'\"'", "'")


@given(text=st.text(max_size=30))
def test_each_form_reads_back_as_the_text_or_as_a_line_of_it(text: str) -> None:
    # Otherwise an innocent text would be masked.
    meant = {text, text.strip(), *(line.strip() for line in text.splitlines())}
    assert [form for form in printed_forms(text) if meant.isdisjoint(_read_back_twice(form))] == []


@given(text=st.text(surrogates))
def test_any_text_has_itself_as_a_form(text: str) -> None:
    assert text in set(printed_forms(text))


PRINTED_BY = {
    "Jinja's tojson": "hT9\\u0026kQ\\u003cx7\\u0027Lw2zR",
    "Jinja's e": "hT9&amp;kQ&lt;x7&#39;Lw2zR",
    "html.escape": "hT9&amp;kQ&lt;x7&#x27;Lw2zR",
    "SQL": "hT9&kQ<x7''Lw2zR",
    "a shell": "hT9&kQ<x7'\"'\"'Lw2zR",
    "JavaScript": "hT9%26kQ%3Cx7'Lw2zR",
    "hexadecimal digits in lower case": "hT9%26kQ%3cx7%27Lw2zR",
}


@pytest.mark.parametrize("form", PRINTED_BY.values(), ids=PRINTED_BY.keys())
def test_a_text_is_found_where_markup_or_a_language_has_escaped_it(form: str) -> None:
    assert form in set(printed_forms("hT9&kQ<x7'Lw2zR"))


def test_a_text_outside_of_ascii_is_found_where_it_is_printed_in_ascii() -> None:
    forms = set(printed_forms("p\u00e4ssw\u00f6rd-7Qz!x"))
    assert {r"p\xe4ssw\xf6rd-7Qz!x", r"p\xc3\xa4ssw\xc3\xb6rd-7Qz!x"} <= forms


@given(text=st.text(min_size=1, max_size=40), before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_a_text_is_found_in_base64_wherever_it_begins(text: str, before: bytes, after: bytes) -> None:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    forms = list(base64_forms(text))
    assert any(form in base64.b64encode(before + data + after).decode() for form in forms)
    assert any(form in base64.urlsafe_b64encode(before + data + after).decode() for form in forms)


CHAINED: Final[dict[str, Callable[[str], str]]] = {
    "repr": repr,
    "repr of a dict": lambda whole: repr({"a": [whole, 1]}),
    "an error": lambda whole: repr(ValueError(whole, "it's")),
    "JSON": json.dumps,
    "JSON as it is": lambda whole: json.dumps(whole, ensure_ascii=False),
    "JSON beside a quote": lambda whole: json.dumps({"it's": whole}),
}


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_a_short_text_is_found_however_it_is_printed_in_what_is_printed(times: int) -> None:
    # As in an error that quotes a dict, printed in JSON within JSON.
    text = "\u00e4 \"pass'\\word\t\u65e5\U0001f511"
    forms = {*printed_forms(text), *deep_forms(text)}
    for chain in product(CHAINED, repeat=times):
        whole = text
        for name in chain:
            whole = CHAINED[name](whole)
        assert any(form in whole for form in forms), chain


def test_a_long_text_is_escaped_twice_and_no_more() -> None:
    text = 'it\'s "so" \\ ' * 5_000
    forms = {*deep_forms(text)}
    assert json.dumps(repr(text))[2:-2] in forms
    assert sum(map(len, forms)) < 50 * len(text)


def test_of_a_text_that_nothing_escapes_there_are_no_deep_forms() -> None:
    assert [*deep_forms("hunter2-prod")] == []
