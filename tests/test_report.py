"""The report: what is on the page, that texts stay texts, how much it weighs."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from pipeline.report import LARGEST
from pipeline.report_data import script_json, visible
from pipeline.report_words import report_words
from tests.conftest import Corpus
from tests.fixtures.comparison import HOSTILE, UNITS, audited, compared, hostile_corpus, page_data, second_coder, tagged

SECTIONS = ("overview", "heat", "trend", "differences", "terms", "stages")


class Page(HTMLParser):
    """What a page holds: elements with their attributes, and the text outside of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._raw = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._raw = "" if tag == self._raw else self._raw

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.text.append(data)


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="session")
def table(work: Path, small_folder: Path) -> Path:
    return tagged(hostile_corpus(work / "corpus"), small_folder, work)


@pytest.fixture(scope="session")
def audit(work: Path, table: Path, small_folder: Path) -> Path:
    return audited(table, small_folder, work)


@pytest.fixture(scope="session")
def plain(work: Path, table: Path, small_folder: Path) -> str:
    """Return a report without an audit."""
    return compared(table, small_folder, work / "plain")


@pytest.fixture(scope="session")
def full(work: Path, table: Path, small_folder: Path, audit: Path) -> str:
    """Return a report with an audit, with its tables beside it."""
    return compared(table, small_folder, work / "full", "--audit", audit, "--date", "2023-12-31")


def test_every_section_is_there_with_a_name(full: str) -> None:
    page = Page(full)
    sections = [attributes for tag, attributes in page.elements if tag == "section"]
    assert [section["id"] for section in sections] == list(SECTIONS)
    names = {attributes.get("id") for tag, attributes in page.elements if tag == "h2"}
    assert {section["aria-labelledby"] for section in sections} <= names


def test_the_heat_map_shows_the_shares_of_the_table_beside_it(full: str, work: Path) -> None:
    shares = pd.read_csv(work / "full" / "emphasis.csv", encoding="utf-8-sig")
    values = re.findall(r'<td><button type="button" class="h\d+[^"]*" data-g="(-?\d+)" data-k="(\d+)">([\d.]+)', full)
    groups, codes = list(dict.fromkeys(shares["group"])), list(dict.fromkeys(shares["category"]))
    assert len(values) == (len(groups) + 1) * len(codes)
    table = shares.set_index(["group", "category"])
    for group, code, value in values:
        if int(group) >= 0:
            row = table.loc[(groups[int(group)], codes[int(code)])]
            assert float(value) == pytest.approx(100 * (row["audited"] if row["audited"] >= 0 else row["expected"]), abs=0.06)


def test_differences_are_packed_as_the_table_has_them(full: str, work: Path) -> None:
    table = pd.read_csv(work / "full" / "differences.csv", encoding="utf-8-sig")
    data = page_data(full)
    many, pairs = len(data["codes"]), data["pairs"]
    assert pairs["all"] == len(table) == len(pairs["groups"]) * many
    for place, row in enumerate(table.to_dict("records")):
        assert [data["groups"][number] for number in pairs["groups"][place // many]] == [row["first"], row["second"]]
        assert pairs["difference"][place] == pytest.approx(1000 * row["difference"], abs=0.51)
        if place not in pairs["unknown"]:
            assert pairs["low"][place] == pytest.approx(1000 * row["low"], abs=0.51)


def test_what_is_behind_a_figure_is_named_and_counted(full: str) -> None:
    """Each cell with tagged sentences opens to some of them, or says that the page has none."""
    data = page_data(full)
    held = [[0] * len(data["codes"]) for _ in data["groups"]]
    for sentence in data["sentences"]:
        held[data["documents"][sentence[0]][1]][sentence[4]] += 1
    assert held == data["cells"]
    assert len(data["figures"]) == len(data["groups"]) + 1


def test_words_that_spoke_for_a_tag_are_marked_within_the_text(full: str) -> None:
    sentences = page_data(full)["sentences"]
    marked = [sentence for sentence in sentences if sentence[9]]
    assert len(marked) > len(sentences) / 2
    for sentence in marked:
        assert sorted(sentence[9]) == sentence[9]
        assert sentence[9][-1] <= len(sentence[3])
    wheat = next(sentence for sentence in marked if sentence[3].startswith("播种小麦"))
    words = "".join(wheat[3][start:end] for start, end in zip(wheat[9][::2], wheat[9][1::2], strict=True))
    assert "小麦" in words


def test_texts_stay_texts(full: str, plain: str) -> None:
    """What reports and their names hold makes no element, no attribute and no end of the script."""
    for html in (full, plain):
        page = Page(html)
        assert [tag for tag, _ in page.elements if tag in ("img", "iframe", "object", "embed", "link")] == []
        assert [name for _, attributes in page.elements for name in attributes if name.startswith("on") or name == "style"] == []
        assert all((attributes.get("href") or "").startswith("#") for tag, attributes in page.elements if tag == "a")
        assert sum(tag == "script" for tag, _ in page.elements) == 2
        assert "</title>县" not in html
        texts = "".join(str(sentence[3]) for sentence in page_data(html)["sentences"])
        assert [text for text in HOSTILE if _seen(text) not in _seen(texts)] == []


def _seen(text: str) -> str:
    """Return a text without hidden signs, which reading already drops, and line ends."""
    return re.sub("[\u200b\u200d\u2028-\u202e\u2066-\u2069\\s]", "", text)


def test_signs_that_turn_the_direction_of_text_are_shown_outside_the_script(full: str) -> None:
    body = full.split('<script type="application/json"')[0]
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2028") & set(body)
    assert "[U+202E]县" in body


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("民族团结", "民族团结"),
        ("a\u202eb", "a[U+202E]b"),
        ("\u2066x\u2069", "[U+2066]x[U+2069]"),
        ("零\u200b宽", "零[U+200B]宽"),
        ("\x00\x1b[31m", "[U+0000][U+001B][31m"),
        ("行\n\t下", "行\n\t下"),
        ("👨\u200d🌾 ᠮᠣᠩᠭᠣᠯ ئۇيغۇر", "👨\u200d🌾 ᠮᠣᠩᠭᠣᠯ ئۇيغۇر"),
    ],
)
def test_hidden_signs_are_shown_and_scripts_of_any_language_stay(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_the_page_and_its_program_hide_the_same_signs() -> None:
    """The page's script shows the same signs by number as the program does."""
    templates = Path(__file__).parent.parent / "pipeline" / "templates"
    (pattern,) = re.findall(r"HIDDEN = /\[(.*?)\]/g;", (templates / "report.js").read_text(encoding="utf-8"))
    source = (templates.parent / "report_data.py").read_text(encoding="utf-8")
    assert f'_HIDDEN = re.compile("[{pattern}]")' in source


def test_json_for_a_script_element_holds_nothing_that_ends_it() -> None:
    text = script_json(["</script>", "<!--", "]]>", "&amp;", "\u2028\u2029"])
    assert not set("<>&\u2028\u2029") & set(text)


def test_only_the_style_and_script_of_the_package_may_run(full: str) -> None:
    page = Page(full)
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        content = re.findall(rf"<{tag}>(.*?)</{tag}>", full, flags=re.DOTALL)
        assert len(content) == 1
        assert f"'sha256-{base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()}'" in policy
    assert "http://" not in full.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in full


def test_without_an_audit_no_confidence_is_claimed(plain: str, full: str) -> None:
    """No 95% interval and no verdict is printed; the page says what to draw, and how many sentences ±3 points need."""
    assert "95%" in full
    assert "95%" not in plain
    assert "▲" not in Page(plain).text
    assert 'class="whisker"' not in plain
    assert "worktag audit draw" in plain
    assert re.search(r"±3 个百分点，需随机抽检约 \d+ 句", plain)
    assert all(cell[5] <= cell[0] <= cell[6] for row in page_data(plain)["figures"] for cell in row if len(cell) > 5)


def test_the_foot_says_where_it_comes_from(full: str, plain: str) -> None:
    foot = full[full.index("<footer>") : full.index("</footer>")]
    assert re.search(
        r"模型 [0-9a-f]{16} · 编码手册第 7 版 · 抽检 \d+ 句（轮次 audit-1） · 数据时期 2021–2023 · 数据日期 2023-12-31", foot
    )
    assert "没有抽检" in plain[plain.index("<footer>") :]
    assert "数据日期" not in plain


def test_the_same_input_makes_the_same_page(work: Path, table: Path, small_folder: Path, audit: Path, full: str) -> None:
    again = compared(table, small_folder, work / "again", "--audit", audit, "--date", "2023-12-31", "--only", "report")
    assert again == full
    assert [path.name for path in (work / "again").iterdir()] == ["report.html"]


def test_the_english_report_has_no_chinese_but_what_the_reports_say(
    work: Path, table: Path, small_folder: Path, audit: Path
) -> None:
    html = compared(table, small_folder, work / "english", "--audit", audit, "--lang", "en", "--only", "report")
    assert '<html lang="en">' in html
    text = "".join(Page(html).text)
    for own in (*UNITS, *re.findall(r'data-t="\d+">(\S+) <small>', html), "县"):
        text = text.replace(own, "")
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []
    assert "stresses more" in html or "cannot tell" in html


def test_both_languages_have_the_same_words_with_the_same_gaps() -> None:
    chinese, english = report_words("zh"), report_words("en")
    assert list(chinese) == list(english)
    for key, text in chinese.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key])), key


def test_every_word_of_the_report_is_used() -> None:
    package = Path(__file__).parent.parent / "pipeline"
    files = [*package.glob("*.py"), *(package / "templates").iterdir()]
    code = "".join(file.read_text(encoding="utf-8") for file in files if file.name != "report_words.py")
    unused = [key for key in report_words("zh") if not key.startswith("note_") and not re.search(rf"[\"'.]{key}\b", code)]
    assert unused == []


def test_the_page_of_the_small_comparison_is_small(full: str) -> None:
    assert len(full.encode()) < 200_000 < LARGEST < 2_000_000


@pytest.mark.parametrize("by", ["period", "unit,period", "document"])
def test_other_groupings_make_a_page_too(work: Path, table: Path, small_folder: Path, audit: Path, by: str) -> None:
    html = compared(table, small_folder, work / by.replace(",", "-"), "--audit", audit, "--by", by)
    data = page_data(html)
    assert len(data["groups"]) == {"period": 3, "unit,period": 9, "document": 9}[by]
    assert "NaN" not in html
    for name in ("emphasis", "differences", "trend", "terms"):
        assert "nan" not in (work / by.replace(",", "-") / f"{name}.csv").read_text(encoding="utf-8-sig").lower()


def test_categories_on_which_coders_disagree_are_greyed_and_tentative_ones_marked(
    work: Path, table: Path, small_folder: Path, audit: Path, corpus: Corpus
) -> None:
    """Not by colour alone: the column says its α, and differences of an unreliable category come last and make no finding."""
    labels = second_coder(corpus, work / "coders")
    html = compared(table, small_folder, work / "agreed", "--audit", audit, "--agreement", labels)
    shares = pd.read_csv(work / "agreed" / "emphasis.csv", encoding="utf-8-sig", keep_default_na=False)
    kinds = shares.groupby("category")["reliability"].first().to_dict()
    assert kinds["farming"] == ""
    assert kinds["rest"] == "unreliable"
    heads = [attributes.get("class") for tag, attributes in Page(html).elements if tag == "th" and attributes.get("scope") == "col"]
    codes = list(dict.fromkeys(shares["category"]))
    assert [kind or "" for kind in heads[1 : 1 + len(codes)]] == [kinds[code] for code in codes]
    assert re.findall(r"<small>α (-?[\d.]+)</small>", html)[codes.index("farming")] == "1.00"
    weak = [" unreliable" in row for row in re.findall(r'<tr data-row class="([^"]+)"', html)]
    assert weak == sorted(weak)
    assert any(weak)
    overview = html[html.index('<section id="overview"') : html.index('<section id="heat"')]
    assert f'data-k="{codes.index("rest")}"' not in overview


def test_a_page_that_would_be_too_large_holds_fewer_sentences_and_says_so(
    work: Path, table: Path, small_folder: Path, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = page_data(full)
    limit = len(full.encode()) - 8_000
    monkeypatch.setattr("pipeline.report.LARGEST", limit)
    html = compared(table, small_folder, work / "less", "--audit", work / "audit.csv", "--only", "report")
    data = page_data(html)
    assert len(html.encode()) <= limit
    assert 0 < len(data["sentences"]) < len(whole["sentences"])
    assert data["cells"] == whole["cells"]
    assert [row[0] for row in data["terms"]] == [row[0] for row in whole["terms"]]
