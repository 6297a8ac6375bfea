"""What a viewer's browser shows of a run: the text and the document of each page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.airflow.harness.stack import PASSWORDS

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
_SIZE = {"width": 1280, "height": 720}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RUN_ID = "main"
_TIMEOUT_MS = 90_000
_TRIES = 4
_SETTLE_MS = 500
_MOST_SCREENS = 20


@contextmanager
def logged_in(url: str, user: str = "viewer") -> Iterator[Page]:
    """A page of a fresh browser in which ``user`` has logged in through the form."""
    from playwright.sync_api import sync_playwright

    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS, env=environment)
        try:
            page = browser.new_page(viewport=_SIZE, locale="en-GB", timezone_id="UTC")
            page.set_default_timeout(_TIMEOUT_MS)
            page.goto(f"{url}/auth/login")
            page.fill("input[name=username]", user)
            page.fill("input[name=password]", PASSWORDS[user])
            page.press("input[name=password]", "Enter")
            page.wait_for_url(lambda reached: "/auth/login" not in reached)
            yield page
        finally:
            browser.close()


def shown(page: Page, url: str, paths: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Open each of ``paths``, wait for the text (a regular expression) that it must show, and yield all it shows."""
    for path, sign in paths.items():
        _open(page, url + path, re.compile(sign))
        page.wait_for_load_state("networkidle")
        for text, document in _scrolled(page):
            yield f"text of {path}", text.encode()
            yield f"document of {path}", document.encode()


def _open(page: Page, url: str, sign: re.Pattern[str]) -> None:
    """Open a page and wait until it has the text, which may stand in a folded group of a log, as on Airflow 3.2.

    A page of a log holds what is in view, and begins at its end: there may be no line with the text.
    """
    from playwright.sync_api import TimeoutError as NotThere

    page.goto(url)
    for _ in range(_TRIES):
        try:
            page.get_by_text(sign).first.wait_for(state="attached", timeout=_TIMEOUT_MS / _TRIES)
        except NotThere:
            _to_the_top(page)
        else:
            return
    page.reload()
    page.get_by_text(sign).first.wait_for(state="attached")


def _to_the_top(page: Page) -> None:
    page.mouse.move(_SIZE["width"] / 2, _SIZE["height"] * 3 / 4)
    page.mouse.wheel(0, -100_000)


def _scrolled(page: Page) -> Iterator[tuple[str, str]]:
    """Yield what the page holds from its top to its end: of a long log it holds what is in view."""
    _to_the_top(page)
    text = ""
    for _ in range(_MOST_SCREENS):
        page.wait_for_timeout(_SETTLE_MS)
        before, text = text, page.inner_text("body")
        if text == before:
            return
        yield text, page.content()
        page.mouse.wheel(0, _SIZE["height"] / 2)


def task_page(dag_id: str, task_id: str, tab: str = "") -> str:
    """The path of a task instance's page in the run ``main``."""
    return f"/dags/{quote(dag_id)}/runs/{RUN_ID}/tasks/{quote(task_id)}{'/' if tab else ''}{tab}"
