"""The forms in which people and programs print a text."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_LINE: Final = 8
"""Characters below which a line of a longer text is no secret by itself: such lines are words."""

LONGEST_NESTED: Final = 8192
"""Characters beyond which a text is not escaped twice: so long a one in so many forms would fill the memory."""

LONGEST_DEEP: Final = 512
"""Characters beyond which a text is not escaped four times, but twice."""

_NEVER_ESCAPED: Final = re.compile(r"[\w.:+=@ -]*", re.ASCII)
"""What Python, JSON and CSV leave as it is: most secrets are of it."""


_URL_SAFE: Final = str.maketrans("+/", "-_")
"""Base64 for URLs (RFC 4648, section 5)."""

_PERCENT: Final = re.compile("%[0-9A-F]{2}")


def printed_forms(text: str) -> Iterator[str]:
    """Yield a text as it is, by line, and escaped for Python, JSON, CSV and URLs; some forms come twice."""
    yield text
    yield text.strip()
    yield from _lines(text)
    if not _NEVER_ESCAPED.fullmatch(text):
        yield from _escaped(text)
    try:
        in_path = quote(text)
    except UnicodeEncodeError:
        return
    # As ``quote(text, safe="")`` and ``quote_plus(text)`` do, which take as long as the first.
    in_query = in_path.replace("/", "%2F")
    yield from (in_path, in_query, in_query.replace("%20", "+"))
    # As JavaScript does, and as those do that write hexadecimal digits in lower case.
    yield quote(text, safe="!'()*")
    yield _PERCENT.sub(lambda found: found[0].lower(), in_query)


def _escaped(text: str) -> Iterator[str]:
    yield repr(text)[1:-1]
    # Beside a double quote, Python escapes the single ones.
    yield repr(f'{text}"')[1:-2]
    yield ascii(text)[1:-1]
    yield repr(text.encode(errors="surrogatepass"))[2:-1]
    yield from _in_markup(text)
    for quoted in ("''", "'\"'\"'"):
        # As in SQL, and as in a shell.
        yield text.replace("'", quoted)
    for encoded in _in_json(text):
        yield encoded
        # As pandas and PHP write it.
        yield encoded.replace("/", "\\/")
    if len(text) <= LONGEST_NESTED:
        yield from _nested(text)


def deep_forms(text: str) -> Iterator[str]:
    """Yield a text escaped up to four times: as in JSON in the JSON of the repr of an error that quotes a dict.

    Some of them are among the text's ``printed_forms``, and of a long text all that are escaped thrice are left out.
    """
    if _NEVER_ESCAPED.fullmatch(text):
        return
    escaped = {text}
    for _ in range(4 if len(text) <= LONGEST_DEEP else 2):
        escaped = {each for one in escaped for each in _in_quotes(one)}
        yield from escaped


def _in_quotes(text: str) -> tuple[str, ...]:
    """Return a text within the literals of Python and of JSON, which are written in either kind of quotes."""
    return repr(text)[1:-1], repr(f'{text}"')[1:-2], _in_repr(text), ascii(text)[1:-1], *_in_json(text)


def base64_forms(text: str) -> Iterator[str]:
    """Yield what of a text's base64 is the same wherever the text begins: within ``user:password``, for example.

    Three bytes become four characters, so there are three places to begin at (RFC 4648, section 4).
    """
    data = text.encode(errors="surrogatepass")
    for shift, first in enumerate((0, 2, 3)):
        encoded = base64.b64encode(bytes(shift) + data).decode()[first : (shift + len(data)) * 8 // 6]
        yield encoded
        yield encoded.translate(_URL_SAFE)


def _in_markup(text: str) -> Iterator[str]:
    """Yield how HTML shows a text, and how Jinja's ``tojson`` and ``e`` do."""
    escaped = html.escape(text)
    yield escaped
    yield escaped.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    in_script = json.dumps(text)[1:-1]
    for character in "<>&'":
        in_script = in_script.replace(character, f"\\u{ord(character):04x}")
    yield in_script


def _nested(text: str) -> Iterator[str]:
    """Yield what depends on what stands around a text, and what is escaped twice, as a printed dict in an error is."""
    escaped = _in_repr(text)
    yield escaped
    yield _in_repr(escaped)
    yield from _in_json(escaped)
    for encoded in _in_json(text):
        yield _in_repr(encoded)
        yield from _in_json(encoded)
    # As in CSV.
    yield text.replace('"', '""')


def _in_repr(text: str) -> str:
    """Return how a text is escaped within the repr of a longer one that holds quotes of both kinds."""
    return repr(f"{text}'\"")[1:-4]


def _in_json(text: str) -> tuple[str, str]:
    return json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if len(line) >= SHORTEST_LINE] if len(lines) > 1 else []
