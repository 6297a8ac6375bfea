"""``element``: a piece of HTML or SVG. Its texts and attributes are data: writing it escapes them."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from secure_xcom.ops.lineage.text import visible


def element(tag: str, *children: Element | str, **attributes: str) -> Element:
    """Return an element. In the name of an attribute ``_`` stands for ``-``, and is left out at the end.

    Control characters, direction marks and lone surrogates of a text become visible escapes.
    """
    made = Element(tag, {name.rstrip("_").replace("_", "-"): _shown(text) for name, text in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif tag == "style":
            # Of our own making, and not escaped within this element.
            made.text = child
        else:
            made.text = _shown(child)
    return made


def _shown(text: str) -> str:
    return visible(text) if text else ""
