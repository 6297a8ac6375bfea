"""The page of the review pack in a real Chromium: no request, no error of axe, and three sheets of paper."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from secure_xcom.ops.audit.report.formats import Format, render
from secure_xcom.ops.audit.report.pack import Pack
from tests.airflow.harness.browser import CHROMIUM
from tests.unit.ops.audit.report.samples import hostile, small

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
SCRIPT = "<script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
PACKS = pytest.mark.parametrize("pack", [small(), hostile(SCRIPT)], ids=["small", "hostile"])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])
SHEETS = 3
"""What a small deployment takes on paper."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)
        yield browser
        browser.close()


class Seen:
    """A page that was opened, what its console said, and what it asked for besides itself."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.console: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_load_state("networkidle")
        self.requests.remove(path.as_uri())


def opened(chromium: Browser, pack: Pack, scheme: Literal["light", "dark"], directory: Path) -> Seen:
    path = directory / "report.html"
    path.write_text(render(pack, Format.HTML))
    return Seen(chromium.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900}), path)


@PACKS
@SCHEMES
def test_the_page_asks_for_nothing_and_axe_finds_nothing(
    chromium: Browser, pack: Pack, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    seen = opened(chromium, pack, scheme, tmp_path)
    assert (seen.console, seen.requests) == ([], [])
    assert seen.page.title() == "secure-xcom review pack"
    # Evaluated by the test, which the page's policy does not govern; the page itself can run no script.
    seen.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    found: dict[str, Any] = seen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"]
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]] == []
    seen.page.close()


def test_axe_would_notice_an_image_without_a_text(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<main><img src='data:,'></main>")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
    assert "image-alt" in [one["id"] for one in page.evaluate("axe.run()")["violations"]]
    page.close()


def test_the_policy_of_the_page_lets_no_script_run(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(small(), Format.HTML).replace("</main>", f"</main>{SCRIPT}"))
    page = chromium.new_page()
    page.goto(path.as_uri())
    assert page.title() == "secure-xcom review pack"
    page.close()


def test_a_narrow_window_scrolls_tables_and_not_the_page(chromium: Browser, tmp_path: Path) -> None:
    seen = opened(chromium, small(), "light", tmp_path)
    seen.page.set_viewport_size({"width": 400, "height": 800})
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 400
    seen.page.close()


def test_a_small_deployment_prints_on_three_sheets(chromium: Browser, tmp_path: Path) -> None:
    pack = small()
    # Whatever advisories the versions here have: one line for each.
    sound = tuple(replace(one, advisories=()) for one in pack.dependencies)
    seen = opened(chromium, replace(pack, dependencies=sound), "dark", tmp_path)
    printed = seen.page.pdf(prefer_css_page_size=True, print_background=False)
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", printed))
    assert 1 <= sheets <= SHEETS
    seen.page.close()
