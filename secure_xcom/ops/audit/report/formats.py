"""The formats of a pack, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum, unique
from typing import Final

import msgspec

from secure_xcom.ops.audit.report.pack import Pack


@unique
class Format(Enum):
    """The formats of a pack."""

    HTML = "html"
    JSON = "json"
    SARIF = "sarif"
    MARKDOWN = "md"


def render(pack: Pack, form: Format) -> str:
    """Return the pack as text that ends in a new line: the same text for the same pack."""
    return _RENDERED[form](pack)


def to_json(pack: Pack) -> str:
    """Return the pack as JSON in ASCII."""
    return as_text(msgspec.to_builtins(pack))


def as_text(value: object) -> str:
    """Return JSON in ASCII. A lone surrogate, which no parser has to accept, is replaced by its escape."""
    return json.dumps(_plain(value), indent=2) + "\n"


def _plain(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_plain(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


def _html(pack: Pack) -> str:
    from secure_xcom.ops.audit.report.html import to_html
    from secure_xcom.ops.audit.report.sections import document

    return to_html(document(pack))


def _markdown(pack: Pack) -> str:
    from secure_xcom.ops.audit.report.markdown import to_markdown
    from secure_xcom.ops.audit.report.sections import document

    return to_markdown(document(pack))


def _sarif(pack: Pack) -> str:
    from secure_xcom.ops.audit.report.sarif import to_sarif

    return as_text(to_sarif(pack))


_RENDERED: Final[dict[Format, Callable[[Pack], str]]] = {
    Format.HTML: _html,
    Format.JSON: to_json,
    Format.SARIF: _sarif,
    Format.MARKDOWN: _markdown,
}
