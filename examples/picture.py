"""``make demo`` with a path: a picture of the XCom list, for the documentation. Needs Chromium and Playwright."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

from examples.standalone import ADMIN, Standalone

CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
_SIZE = {"width": 1500, "height": 760}
_SETTLE_MS = 5_000


def take_picture(airflow: Standalone, dag_id: str, path: Path) -> None:
    """Log in through the form, and save what the XCom list shows of a Dag, its values unfolded."""
    from playwright.sync_api import sync_playwright

    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS, env=environment)
        try:
            page = browser.new_page(viewport=_SIZE, locale="en-GB", timezone_id="UTC")
            page.goto(f"{airflow.url}/auth/login")
            page.fill("input[name=username]", ADMIN)
            page.fill("input[name=password]", airflow.password)
            page.press("input[name=password]", "Enter")
            page.wait_for_url(lambda reached: "/auth/login" not in reached)
            page.goto(f"{airflow.url}/xcoms?dag_display_name_pattern={quote(dag_id)}")
            page.get_by_role("button", name=re.compile("expand", re.IGNORECASE)).first.click()
            page.get_by_text("secure_xcom.Sealed").first.wait_for()
            # The editors that show nested values come in one by one.
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(_SETTLE_MS)
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=path)
        finally:
            browser.close()
