"""The sections of docs/errors.md, which the wheel holds: a worker has the package, and no documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PAGES: Final = (Path(__file__).with_name("errors.md"), Path(__file__).parents[3] / "docs" / "errors.md")
"""In a wheel, and in a checkout."""


def explanations() -> Mapping[str, str]:
    """Return the section of each error, by its class's name. Raises ``FileNotFoundError`` for an incomplete package."""
    page = next((path for path in _PAGES if path.exists()), _PAGES[0]).read_text(encoding="utf-8")
    found = re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    return {name: _plain(section) for name, section in found}


def _plain(section: str) -> str:
    """Return Markdown as text, in paragraphs of one line: the terminal breaks them."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", section.replace("**", ""))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
