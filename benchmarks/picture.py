"""Photograph the report of the bundled comparison for the README: ``dvc repro report && python -m benchmarks.picture``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

PLACES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
REPORT, PICTURE = Path("build/comparison/report.html"), Path("notebooks/report.png")


def find_browser() -> str | None:
    """Return an installed browser that Playwright can drive; none is downloaded."""
    return next((found for place in PLACES if (found := shutil.which(place))), None)


def photograph(report: Path, picture: Path, *, row: int = 4, column: int = 2) -> None:
    """Open a report at its heat map, open one of its cells, and write what is seen as PNG."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=list(QUIET))
        page = browser.new_page(viewport={"width": 1280, "height": 700}, color_scheme="light")
        page.goto(report.resolve().as_uri())
        cell = page.locator(f'.heat button[data-g="{row}"][data-k="{column}"]')
        cell.focus()
        page.evaluate("document.getElementById('heat').scrollIntoView({behavior: 'instant'})")
        cell.press("Enter")
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    photograph(*([Path(name) for name in sys.argv[1:3]] or (REPORT, PICTURE)))
