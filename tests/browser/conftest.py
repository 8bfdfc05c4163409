"""The Chromium of the system, driven by Playwright: nothing is downloaded, and without one the tests fail."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser a session."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.fail("these tests need Chromium: install the package `chromium`", pytrace=False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield opened
        opened.close()


@dataclass
class Watched:
    """A page whose console and requests are kept.

    Attributes:
        page: The page.
        complaints: Lines of the console that are errors or warnings, and errors of scripts.
        requests: Addresses that were asked for.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        wide: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return wide

    def spilling(self) -> list[str]:
        """Return elements whose text sticks out of the window, other than within a part that scrolls."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("main *, header *, footer *")]
                .filter((one) => !one.closest("table, pre, svg") && one.getClientRects().length)
                .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                .filter((one) => !one.classList.contains("skip"))
                .map((one) => one.outerHTML.slice(0, 120))"""
        )
        return found


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A new page in a profile of its own; `page.set_viewport_size` changes its width."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    one = Watched(page)
    page.on(
        "console",
        lambda line: one.complaints.append(line.text) if line.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    page.on("request", lambda request: one.requests.append(request.url))
    yield one
    context.close()
