"""``to_html``: the document as one page without a script or any reference to another file.

The page is a tree of elements whose texts are escaped when it is written, so that no name becomes more than text. Its
policy forbids every request and script, should that ever fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element, tostring

from secure_xcom.ops.audit.report.charts import bars, columns, graph
from secure_xcom.ops.audit.report.document import Bars, Block, Document, Graph, Paragraph, Section, Table
from secure_xcom.ops.audit.report.elements import element
from secure_xcom.ops.audit.report.style import STYLE

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def to_html(document: Document) -> str:
    """Return the page; it ends in a new line."""
    page = element("html", _head(document), _body(document), lang="en")
    return f"<!DOCTYPE html>\n{_written(page)}\n"


def _written(page: Element) -> str:
    # A lone surrogate was escaped before; what is left is text that UTF-8 can hold.
    return tostring(page, encoding="unicode", method="html")


def _head(document: Document) -> Element:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", document.title),
        element("style", STYLE),
    )


def _body(document: Document) -> Element:
    facts = (element("div", element("dt", name), element("dd", text)) for name, text in document.facts)
    links = (element("li", element("a", one.title, href=f"#{one.id}")) for one in document.sections)
    return element(
        "body",
        element("header", element("h1", document.title), element("dl", *facts)),
        element("nav", element("ul", *links), aria_label="Sections"),
        element("main", *map(_section, document.sections)),
    )


def _section(section: Section) -> Element:
    title = element("h2", section.title, id=f"{section.id}-title")
    blocks = (part for number, block in enumerate(section.blocks) for part in _block(block, f"{section.id}-{number}"))
    return element("section", title, *blocks, id=section.id, aria_labelledby=f"{section.id}-title")


def _block(block: Block, ident: str) -> Iterator[Element]:
    match block:
        case Paragraph():
            yield element("p", block.text)
        case Table():
            yield _table(block)
        case Bars():
            rows = tuple((label, *map(str, amounts)) for label, amounts in block.rows)
            drawn = (columns if block.is_over_time else bars)(block, ident)
            first = "from" if block.is_over_time else "place"
            yield _figure(drawn, Table(f"{block.title}, in numbers", (first, *block.series), rows))
        case Graph():
            lines = tuple((one.left, one.right, _ended(is_done=not one.is_dotted), one.label) for one in block.edges)
            names = (*block.sides, "outcome", "times")
            yield _figure(graph(block, ident), Table(f"{block.title}, in numbers", names, lines))


def _ended(*, is_done: bool) -> str:
    return "done" if is_done else "refused"


def _figure(drawn: Element, table: Table) -> Element:
    return element("div", element("figure", drawn), _table(table), class_="figure")


def _table(table: Table) -> Element:
    head = element("tr", *(element("th", name, scope="col") for name in table.columns))
    body = element("tbody", *map(_row, table.rows))
    grid = element("table", element("caption", table.caption), element("thead", head), body)
    more = (element("p", f"{table.more} more rows are in the JSON."),) if table.more else ()
    # A region that scrolls has to be reached with the keyboard.
    return element(
        "div", grid, *more, class_="table", role="region", tabindex="0", aria_label=f"Table: {table.caption}"
    )


def _row(cells: Iterable[str]) -> Element:
    first, *rest = cells
    return element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in rest))
