"""``to_markdown``: the document as GitHub's Markdown. No name is more than text there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from secure_xcom.ops.audit.report.document import Bars, Block, Document, Graph, Paragraph, Section, Table
from secure_xcom.ops.lineage.text import visible

_ACTIVE: Final = re.compile(r"[\\`*_{}\[\]<>#!|~&$@]|:(?![\s\d])|(?<=www)\.", re.IGNORECASE)
"""What CommonMark or GitHub's extensions of it give a meaning within a line: links, tables, formulas, emoji."""


def to_markdown(document: Document) -> str:
    """Return the document; it ends in a new line."""
    lines = [f"# {plain(document.title)}", "", *(f"- {name}: {plain(text)}" for name, text in document.facts)]
    for section in document.sections:
        lines.extend(_section(section))
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is. An empty one stays empty."""
    if not text:
        return ""
    # CommonMark takes each character of punctuation after a backslash for itself, in cells of tables too.
    return _ACTIVE.sub(lambda found: f"\\{found[0]}", visible(text))


def _section(section: Section) -> Iterator[str]:
    yield from ("", f'<a id="{section.id}"></a>', "", f"## {section.title}")
    for block in section.blocks:
        yield ""
        yield from _block(block)


def _block(block: Block) -> Iterable[str]:
    match block:
        case Paragraph():
            return [plain(block.text)]
        case Table():
            return _table(block)
        case Bars():
            rows = tuple((label, *map(str, amounts)) for label, amounts in block.rows)
            return _table(Table(block.title, ("", *block.series), rows))
        case Graph():
            rows = tuple(
                (one.left, one.right, "refused" if one.is_dotted else "done", one.label) for one in block.edges
            )
            return _table(Table(block.title, (*block.sides, "outcome", "times"), rows))


def _table(table: Table) -> Iterator[str]:
    yield f"**{plain(table.caption)}**"
    yield ""
    yield _row(table.columns)
    yield _row("---" for _ in table.columns)
    for row in table.rows:
        yield _row(map(plain, row))
    if table.more:
        yield ""
        yield f"{table.more} more rows are in the JSON."


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
