"""The charts as inline SVG. Each has a title and a description, and stands beside a table with the same numbers.

Colour is never all there is: the table says the same, and what was refused is dashed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from secure_xcom.ops.audit.report.document import Bars, Edge, Graph
from secure_xcom.ops.audit.report.elements import element

_WIDTH: Final = 640
_ROW: Final = 26
_LABEL: Final = 190
_AXIS: Final = 40
_HEIGHT: Final = 150
_LEGEND: Final = 24
_LONGEST: Final = 25
"""Characters of a name that fit beside a chart. The table has it whole."""


def bars(chart: Bars, ident: str) -> Element:
    """Return a bar to the right for each row."""
    most = max((sum(amounts) for _, amounts in chart.rows), default=0) or 1
    scale = (_WIDTH - _LABEL - 50) / most
    parts = [*_legend(chart)]
    for number, (label, amounts) in enumerate(chart.rows):
        top = _LEGEND + number * _ROW
        parts.append(_text(_short(label), _LABEL - 8, top + 16, anchor="end"))
        left = float(_LABEL)
        for series, amount in enumerate(amounts):
            if amount:
                parts.append(_rect(left, top + 3, amount * scale, _ROW - 8, chart.shades[series]))
                left += amount * scale
        parts.append(_text(str(sum(amounts)), left + 6, top + 16))
    return _svg(chart.title, _described(chart), ident, _LEGEND + len(chart.rows) * _ROW + 4, parts)


def columns(chart: Bars, ident: str) -> Element:
    """Return a column for each row, side by side, with the first and the last one's names below."""
    most = max((sum(amounts) for _, amounts in chart.rows), default=0) or 1
    step = (_WIDTH - _AXIS) / max(1, len(chart.rows))
    bottom = _LEGEND + _HEIGHT
    parts = [*_legend(chart), _text(str(most), _AXIS - 6, _LEGEND + 10, anchor="end")]
    parts += [_text("0", _AXIS - 6, bottom, anchor="end"), _line(_AXIS, bottom, _WIDTH, bottom, "axis")]
    for number, (_, amounts) in enumerate(chart.rows):
        top = float(bottom)
        for series, amount in enumerate(amounts):
            height = amount * _HEIGHT / most
            top -= height
            if amount:
                parts.append(
                    _rect(_AXIS + number * step + 1, top, max(1.0, min(step, 40) - 2), height, chart.shades[series])
                )
    if chart.rows:
        parts.append(_text(chart.rows[0][0], _AXIS, bottom + 16))
    if len(chart.rows) > 1:
        parts.append(_text(chart.rows[-1][0], _WIDTH, bottom + 16, anchor="end"))
    return _svg(chart.title, _described(chart), ident, bottom + 22, parts)


def graph(chart: Graph, ident: str) -> Element:
    """Return the nodes of both sides one below the other, with lines between them; the refused ones are dashed."""
    left = sorted({edge.left for edge in chart.edges})
    right = sorted({edge.right for edge in chart.edges})
    height = _LEGEND + max(len(left), len(right)) * _ROW + 4
    at_left, at_right = ({name: _LEGEND + number * _ROW for number, name in enumerate(side)} for side in (left, right))
    inner = _WIDTH - _LABEL
    parts = [_text(chart.sides[0], 0, 14), _text(chart.sides[1], _WIDTH, 14, anchor="end")]
    parts.append(_text("dashed: refused", _WIDTH / 2, 14, anchor="middle"))
    parts.extend(_edge(edge, at_left[edge.left] + 11, at_right[edge.right] + 11) for edge in chart.edges)
    for names, start in ((at_left, 0), (at_right, inner)):
        for name, top in names.items():
            parts.append(element("rect", x=str(start), y=_n(top), width=str(_LABEL), height="22", class_="node"))
            parts.append(_text(_short(name), start + 6, top + 15))
    said = f"{len(left)} tasks at the left wrote values, {len(right)} at the right read them or were refused."
    return _svg(chart.title, said, ident, height, parts)


def _edge(edge: Edge, start: float, end: float) -> Element:
    class_ = "edge refused" if edge.is_dotted else "edge"
    middle = _WIDTH / 2
    path = f"M{_LABEL} {_n(start)}C{_n(middle)} {_n(start)} {_n(middle)} {_n(end)} {_WIDTH - _LABEL} {_n(end)}"
    return element("path", d=path, class_=class_)


def _svg(title: str, said: str, ident: str, height: int, parts: Sequence[Element]) -> Element:
    return element(
        "svg",
        element("title", title, id=f"{ident}-t"),
        element("desc", said, id=f"{ident}-d"),
        *parts,
        viewBox=f"0 0 {_WIDTH} {height}",
        role="img",
        aria_labelledby=f"{ident}-t",
        aria_describedby=f"{ident}-d",
    )


def _described(chart: Bars) -> str:
    sums = [sum(amounts[number] for _, amounts in chart.rows) for number in range(len(chart.series))]
    return ", ".join(f"{name}: {total}" for name, total in zip(chart.series, sums, strict=True))


def _legend(chart: Bars) -> Iterator[Element]:
    left = float(_AXIS)
    for name, shade in zip(chart.series, chart.shades, strict=False):
        yield _rect(left, 3, 12, 12, shade)
        yield _text(name, left + 17, 14)
        left += 32 + 7.5 * len(name)


def _rect(x: float, y: float, width: float, height: float, shade: int) -> Element:
    return element("rect", x=_n(x), y=_n(y), width=_n(width), height=_n(height), class_=f"s{shade}")


def _line(x: float, y: float, to_x: float, to_y: float, class_: str) -> Element:
    return element("line", x1=_n(x), y1=_n(y), x2=_n(to_x), y2=_n(to_y), class_=class_)


def _text(text: str, x: float, y: float, *, anchor: str = "start") -> Element:
    return element("text", text, x=_n(x), y=_n(y), text_anchor=anchor)


def _n(number: float) -> str:
    """Return a number with one digit after the point: the same on every machine."""
    return f"{number:.1f}".removesuffix(".0")


def _short(name: str) -> str:
    """Leave out the middle: names that begin alike often differ at their end."""
    half = (_LONGEST - 1) // 2
    return name if len(name) <= _LONGEST else f"{name[:half]}…{name[-half:]}"
