"""The report in a browser: from a figure to its sentences by mouse and by keyboard, at two widths, without a request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.picture import QUIET, find_browser
from tests.fixtures.comparison import HOSTILE_UNIT, audited, compared, hostile_corpus, page_data, tagged

api = pytest.importorskip("playwright.sync_api", reason="Playwright isn't installed")
CHROMIUM = find_browser()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium, Chrome or Edge is installed")
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, small_folder: Path) -> Path:
    """Return the report of a small, hostile, audited comparison."""
    folder = tmp_path_factory.mktemp("browser")
    table = tagged(hostile_corpus(folder / "corpus"), small_folder, folder)
    compared(table, small_folder, folder / "out", "--audit", audited(table, small_folder, folder))
    return folder / "out" / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield launched
        launched.close()


@pytest.fixture(params=WIDTHS, ids=[f"{width} pixels" for width in WIDTHS])
def page(request: pytest.FixtureRequest, browser: Any, file: Path) -> Iterator[Any]:
    """Return the opened report; in the end nothing was requested but the file, no fault was reported, and no text of a report acted."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    opened, asked, faults = context.new_page(), [], []
    opened.on("request", lambda sent: asked.append(sent.url))
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text))
    opened.on("dialog", lambda dialog: faults.append(dialog.message))
    opened.goto(file.as_uri())
    yield opened
    assert opened.title().startswith("工作侧重比较报告")
    assert asked == [file.as_uri()]
    assert faults == []
    context.close()


def cell(page: Any, group: int, code: int) -> Any:
    return page.locator(f'.heat button[data-g="{group}"][data-k="{code}"]')


def test_a_click_on_a_cell_opens_its_sentences(page: Any, file: Path) -> None:
    data = page_data(file.read_text(encoding="utf-8"))
    cell(page, 1, 0).click()
    panel = page.locator("#panel")
    assert panel.is_visible()
    assert page.locator("#panel-title").inner_text() == f"{data['groups'][1]} · {data['codes'][0]}"
    items = page.locator("#panel-list li")
    assert items.count() == data["cells"][1][0] > 0
    assert page.locator("#panel-list mark").count() > 0
    assert f"共 {data['cells'][1][0]} 句" in page.locator("#panel-count").inner_text()
    assert "抽检校正" in page.locator("#panel-figures").inner_text()
    page.locator("#close").click()
    assert not panel.is_visible()


def test_the_keyboard_alone_goes_from_cell_to_sentences_and_back(page: Any, file: Path) -> None:
    """Tab reaches the heat map once, arrows move in it, Enter opens, Escape closes and gives back the focus."""
    data = page_data(file.read_text(encoding="utf-8"))
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('.heat')"):
            break
    assert page.evaluate("document.activeElement.dataset.g") == "-1"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key in ("ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate("[document.activeElement.dataset.g, document.activeElement.dataset.k]") == ["0", "1"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "panel-title"
    assert page.locator("#panel-list li").count() == min(data["cells"][0][1], 200)
    page.keyboard.press("Escape")
    assert not page.locator("#panel").is_visible()
    assert page.evaluate("[document.activeElement.dataset.g, document.activeElement.dataset.k]") == ["0", "1"]
    page.keyboard.press("Tab")
    assert not page.evaluate("!!document.activeElement.closest('.heat')")


@pytest.mark.parametrize("kind", ["g[data-p]", "rect[data-s]", ".terms button[data-t]", ".differences button[data-k]"])
def test_points_segments_words_and_differences_open_too(page: Any, kind: str) -> None:
    for target in page.locator(kind).all()[:4]:
        target.focus()
        page.keyboard.press("Enter")
        assert page.locator("#panel-list li").count() > 0 or "没有" in page.locator("#panel-count").inner_text()
        page.keyboard.press("Escape")
        assert not page.locator("#panel").is_visible()


def test_names_and_sentences_of_reports_are_shown_as_they_are(page: Any, file: Path) -> None:
    data = page_data(file.read_text(encoding="utf-8"))
    group = data["groups"].index(HOSTILE_UNIT)
    cell(page, group, 0).click()
    shown = page.locator("#panel-title").inner_text()
    assert shown.startswith('"><svg onload="document.title=1">[U+202E]县</title>')
    said = page.locator("#panel-list").inner_text()
    assert "</script><script>document.title='owned'</script>" in said
    assert "javascript:document.title='owned'" in said
    assert page.locator("#panel-list script, #panel-list img").count() == 0


def test_marks_fall_on_whole_signs_behind_signs_of_two_units(page: Any, file: Path) -> None:
    """Marks count code points; the browser counts UTF-16 units."""
    data = page_data(file.read_text(encoding="utf-8"))
    sentence = next(one for one in data["sentences"] if "𠮷" in one[3] and one[9])
    group = data["documents"][sentence[0]][1]
    cell(page, group, sentence[4]).click()
    item = page.locator("#panel-list li", has_text="𠮷").first
    expected = ["".join(list(sentence[3])[a:b]) for a, b in zip(sentence[9][::2], sentence[9][1::2], strict=True)]
    assert re.sub(r"\d+", "", "".join(item.locator("mark").all_inner_texts())) == re.sub(r"\d+", "", "".join(expected))


def test_two_groups_can_be_compared_in_either_direction(page: Any, file: Path) -> None:
    data = page_data(file.read_text(encoding="utf-8"))
    page.locator("#by-group").select_option("2")
    page.locator("#against").select_option("1")
    rows = page.locator(".differences tbody tr")
    assert rows.count() == len(data["codes"])
    assert set(page.locator(".differences .one").all_inner_texts()) == {data["groups"][2]}
    figures = page.locator(".differences tbody .number").all_inner_texts()
    at = next(number for number, pair in enumerate(data["pairs"]["groups"]) if sorted(pair) == [1, 2]) * len(data["codes"])
    packed = [-value / 10 for value in data["pairs"]["difference"][at : at + len(data["codes"])]]
    assert sorted(float(figure.replace("−", "-")) for figure in figures) == pytest.approx(sorted(packed))


def test_a_column_sorts_by_its_share_and_says_so(page: Any, file: Path) -> None:
    data = page_data(file.read_text(encoding="utf-8"))
    page.locator('.heat button[data-sort="0"]').click()
    assert page.locator(".heat thead th").nth(1).get_attribute("aria-sort") == "descending"
    shown = [int(button.get_attribute("data-g")) for button in page.locator('.heat td button[data-k="0"]').all()]
    assert shown[0] == -1
    shares = [data["figures"][group + 1][0][0] for group in shown[1:]]
    assert shares == sorted(shares, reverse=True)


def test_choosing_a_series_redraws_the_trends_and_their_figures(page: Any, file: Path) -> None:
    data = page_data(file.read_text(encoding="utf-8"))
    page.locator("#series").select_option("1")
    assert page.locator(".charts g[data-p]").count() == len(data["codes"]) * len(data["trend"]["periods"])
    first = page.locator(".numbers tbody td").first.text_content()
    assert first.startswith(f"{100 * data['trend']['values'][1][0][0][0]:.1f}")


def test_the_page_is_no_wider_than_the_screen(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_control_has_a_name(page: Any) -> None:
    nameless = page.evaluate(
        """Array.from(document.querySelectorAll("button, select, [role=button], [role=region]"))
        .filter((one) => !(one.getAttribute("aria-label") || one.textContent.trim() || one.closest("label"))
            && one.id !== "close").map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert nameless == []


def test_without_scripts_the_figures_can_still_be_read(browser: Any, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(file.as_uri())
    assert opened.locator(".noscript").is_visible()
    assert opened.locator(".heat td button").count() == len(page_data(file.read_text(encoding="utf-8"))["cells"] * 3) + 3
    assert opened.locator(".controls").first.is_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_in_cells_are_readable_on_their_colour(browser: Any, file: Path, scheme: str) -> None:
    """The contrast of every level's text with its cell is at least 4.5 (WCAG 2.2, 1.4.3)."""
    context = browser.new_context(color_scheme=scheme)
    opened = context.new_page()
    opened.goto(file.as_uri())
    ratios = opened.evaluate(
        """() => {
        const button = document.querySelector(".heat td button"), card = getComputedStyle(document.querySelector("section")).backgroundColor;
        const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        return Array.from(Array(11).keys(), (level) => {
          button.className = `h${level}`;
          const style = getComputedStyle(button), [r, g, b, a = 1] = channels(style.backgroundColor), under = channels(card);
          const [one, other] = [light([r, g, b].map((v, i) => v * a + under[i] * (1 - a))), light(channels(style.color))];
          return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        });
        }"""
    )
    assert len(ratios) == 11
    assert min(ratios) >= 4.5, ratios
    context.close()


def test_in_print_nothing_is_cut_off_and_no_control_is_left(page: Any) -> None:
    page.emulate_media(media="print")
    cut = page.evaluate(
        "Array.from(document.querySelectorAll('.tall')).filter((one) => one.scrollHeight > one.clientHeight + 2).length"
    )
    assert cut == 0
    assert page.locator("nav").is_hidden()
    assert page.locator(".controls").first.is_hidden()
    assert page.locator(".numbers td").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
