"""Each format of the review pack: reproducible, without a secret, and a name is never more than a name."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from html import escape
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from secure_xcom.ops.audit.report.formats import Format, render
from secure_xcom.ops.audit.report.gather import pack_of
from secure_xcom.ops.audit.report.pack import Pack
from secure_xcom.ops.lineage.text import visible
from tests.unit.ops.audit.report.samples import SMALL_SCAN, STAMP, evidence, finding, hostile, scan, small
from tests.unit.ops.lineage.traffic import HOSTILE

ALL = pytest.mark.parametrize("form", Format, ids=lambda form: form.value)
NAMES = pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:30])


class Page(HTMLParser):
    """What a parser makes of a page: its elements with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def shape(self) -> set[tuple[str, tuple[str, ...]]]:
        return {(tag, tuple(attributes)) for tag, attributes in self.elements}


@cache
def named(name: str) -> Pack:
    return hostile(name)


@cache
def usual_shape(form: Format) -> set[tuple[str, tuple[str, ...]]]:
    return page_of(render(named("x"), form), form).shape


def page_of(text: str, form: Format) -> Page:
    if form is Format.MARKDOWN:
        text = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return Page(text)


@ALL
def test_the_same_inputs_give_the_same_bytes_in_any_order(form: Format) -> None:
    turned = replace(
        SMALL_SCAN, findings=tuple(reversed(SMALL_SCAN.findings)), sources=tuple(reversed(SMALL_SCAN.sources))
    )
    assert render(small(), form) == render(pack_of(evidence(scan=turned)), form)


@ALL
def test_packs_of_two_times_differ_in_their_stamp_alone(form: Format) -> None:
    later = "2027-01-01T00:00:00+00:00"
    first, second = render(small(), form), render(pack_of(evidence(stamp=later)), form)
    assert first != second
    for old, new in ((STAMP, later), (STAMP.replace("+00:00", "Z"), later.replace("+00:00", "Z"))):
        first = first.replace(old, new)
    assert first == second


@pytest.mark.parametrize("form", [Format.HTML, Format.MARKDOWN], ids=lambda form: form.value)
@NAMES
def test_a_hostile_name_adds_no_element(name: str, form: Format) -> None:
    assert page_of(render(named(name), form), form).shape == usual_shape(form)


@NAMES
def test_a_hostile_name_can_be_read_as_it_is(name: str) -> None:
    # The written page is searched, since parsing it once more is what would take long.
    if name:
        assert f">{escape(visible(name), quote=False)}<" in render(named(name), Format.HTML)


@pytest.mark.parametrize("form", [Format.JSON, Format.SARIF], ids=lambda form: form.value)
@NAMES
def test_json_stays_json_in_ascii_whatever_a_name_is(name: str, form: Format) -> None:
    text = render(named(name), form)
    assert text.isascii()
    assert json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")


@NAMES
def test_no_name_reaches_a_terminal_as_more_than_text(name: str) -> None:
    for form in Format:
        text = render(named(name), form)
        assert [one for one in text if not (one.isprintable() or one == "\n")] == []


def test_the_json_has_every_field_of_the_pack() -> None:
    assert json.loads(render(small(), Format.JSON)).keys() == set(type(small()).__dataclass_fields__)


def test_the_page_refers_to_nothing_outside_of_it_and_allows_no_script() -> None:
    page = Page(render(small(), Format.HTML))
    policies = [one for _, one in page.elements if one.get("http-equiv") == "Content-Security-Policy"]
    assert [one["content"] for one in policies] == [
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    ]
    links = [target for _, one in page.elements for name in ("href", "src", "xlink:href") if (target := one.get(name))]
    assert links
    assert [target for target in links if not target.startswith("#")] == []
    assert {"script", "link", "img", "iframe", "object", "use"} & {tag for tag, _ in page.elements} == set()
    assert not re.search(r"url\(|@import|\son\w+=", render(small(), Format.HTML))


def test_the_page_has_landmarks_headings_in_order_and_headed_tables() -> None:
    page = Page(render(small(), Format.HTML))
    tags = [tag for tag, _ in page.elements]
    assert {"header", "nav", "main"} <= set(tags)
    assert [tag for tag in tags if re.fullmatch(r"h\d", tag)] == ["h1", *["h2"] * tags.count("h2")]
    assert tags.count("table") == tags.count("caption")
    assert all(one.get("scope") in ("col", "row") for tag, one in page.elements if tag == "th")
    charts = [one for tag, one in page.elements if tag == "svg"]
    assert len(charts) == 4
    ids = {one["id"] for _, one in page.elements if "id" in one}
    assert {reference for one in charts for reference in (one["aria-labelledby"], one["aria-describedby"])} <= ids
    assert {target[1:] for _, one in page.elements if (target := one.get("href"))} <= ids


def test_no_id_of_the_page_stands_twice() -> None:
    ids = [one["id"] for _, one in Page(render(small(), Format.HTML)).elements if "id" in one]
    assert len(ids) == len(set(ids))


def test_markdown_says_what_the_page_says() -> None:
    markdown = "".join(page_of(render(small(), Format.MARKDOWN), Format.MARKDOWN).texts)
    page = "".join(Page(render(small(), Format.HTML)).texts)
    for said in ("a test value, accepted by ann until 2027-01-01", "other.thief", "permission denied", "A.8.24"):
        assert said in markdown
        assert said in page


def contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        digits = colour.lstrip("#")
        digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_texts_have_contrast_in_light_and_dark_and_on_paper() -> None:
    from secure_xcom.ops.audit.report.style import STYLE

    schemes: list[dict[str, str]] = [
        dict(re.findall(r"--(\w+): (#\w+)", one)) for one in re.findall(r":root \{([^}]*)", STYLE)
    ]
    assert len(schemes) == 3
    for scheme in schemes:
        for text in ("text", "link", "muted"):
            assert contrast(scheme[text], scheme["page"]) >= 4.5
            assert contrast(scheme[text], scheme["soft"]) >= 4.5
        # A graphic needs 3 to 1.
        assert all(contrast(scheme[f"s{number}"], scheme["page"]) >= 3 for number in range(4))


@pytest.mark.parametrize(
    ("states", "says"),
    [((), "nothing was found"), ((True, True), "0 open, 2 accepted"), ((True, False), "1 high, 1 accepted")],
    ids=["nothing", "all accepted", "some accepted"],
)
def test_the_summary_tells_what_is_accepted_from_what_was_not_found(states: tuple[bool, ...], says: str) -> None:
    findings = [finding(number, accepted="a test" if is_accepted else "") for number, is_accepted in enumerate(states)]
    assert f"| {says} |" in render(pack_of(evidence(scan=scan(*findings))), Format.MARKDOWN)
