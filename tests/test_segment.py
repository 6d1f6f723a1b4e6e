"""Words: jieba with a domain dictionary, numbers and blacked-out figures made alike."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.errors import ParameterError
from pipeline.resources import default_dictionary
from pipeline.segment import END, NOTHING, Numbering, Segmenter, jieba_cutter, normalise, read_dictionary
from tests.conftest import ROOT

NATIONAL = ROOT.parent / "shared" / "data" / "gwr-national" / "government_work_reports.jsonl"


def words_of(segmenter: Segmenter, texts: Sequence[str]) -> list[list[str]]:
    """Return the words of each text, from one call."""
    known: dict[str, int] = {}
    numbers = segmenter.numbers(texts, Numbering(lambda word: known.setdefault(word, len(known)))).tolist()
    words, found = list(known), list[list[str]]([[]])
    for number in numbers:
        if number == END:
            found.append([])
        elif number != NOTHING:
            found[-1].append(words[number])
    return found[:-1]


def jieba_words(text: str) -> list[str]:
    return [word for word in jieba_cutter()(text) if not word.isspace()]


def first_difference(texts: Sequence[str]) -> tuple[list[str], list[str]] | None:
    pairs = ((words, jieba_words(text)) for words, text in zip(words_of(Segmenter(), texts), texts, strict=True))
    return next((pair for pair in pairs if pair[0] != pair[1]), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("举办12场", "举办0场"),
        ("投入3,500.75万元", "投入0万元"),
        ("投入３５００万元", "投入0万元"),
        ("14：30开会", "0开会"),
        ("覆盖***人、×××户、＊＊元", "覆盖*人、*户、*元"),
        ("　空 白\t没有\n了", "空白没有了"),
        # stays
        ("二十六次", "二十六次"),
        ("①“三项计划”", "①“三项计划”"),
        ("", ""),
    ],
)
def test_normalise_makes_numbers_and_blacked_out_figures_alike(text: str, expected: str) -> None:
    assert normalise(text) == expected
    assert normalise(expected) == expected


def test_domain_words_stay_whole() -> None:
    text = "以铸牢中华民族共同体意识为主线"
    assert "铸牢中华民族共同体意识" not in Segmenter().words(text)
    assert Segmenter(["铸牢中华民族共同体意识"]).words(text)[:2] == ["以", "铸牢中华民族共同体意识"]


def test_of_two_domain_words_the_longer_wins_whatever_their_order() -> None:
    words = ("民族团结", "民族团结进步", "进步")
    assert Segmenter(words).words("民族团结进步") == Segmenter(words[::-1]).words("民族团结进步") == ["民族团结进步"]


def test_domain_words_with_signs_of_regular_expressions_are_taken_literally() -> None:
    assert Segmenter(["（十一进）", "a.b"]).words("（十一进）axb")[0] == "（十一进）"
    assert "axb" in "".join(Segmenter(["a.b"]).words("axb"))


def test_domain_words_are_found_in_normalised_text() -> None:
    assert Segmenter(["八五 普法", "5G"]).words(normalise("八五普法用5G")) == ["八五普法", "用", "0G"]


def test_words_joined_are_the_text_without_white_space() -> None:
    text = "扎实推进 民族团结进步创建，覆盖*人。"
    assert "".join(Segmenter(["民族团结进步"]).words(text)) == text.replace(" ", "")
    assert Segmenter().words("") == []


def test_the_dictionary_keeps_its_order_and_passes_over_comments(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("\ufeff# 词\n助学金\n\n  灌溉水渠 \n助学金\n", encoding="utf-8")
    assert read_dictionary(file) == ("助学金", "灌溉水渠")


@pytest.mark.parametrize(
    ("data", "what"),
    [("助学金 灌溉\n".encode(), "more than one word"), ("助学金".encode("gb18030"), "isn't UTF-8"), (None, "no such dictionary")],
)
def test_a_faulty_dictionary_is_refused(tmp_path: Path, data: bytes | None, what: str) -> None:
    file = tmp_path / "words.txt"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(ParameterError, match=what) as caught:
        read_dictionary(file)
    assert str(file) in caught.value.where


def test_a_folder_is_no_dictionary(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="can't be read"):
        read_dictionary(tmp_path)


def test_the_bundled_dictionary_can_be_read() -> None:
    words = read_dictionary(default_dictionary())
    assert len(words) > 20
    assert "中华民族共同体意识" in words


def test_words_are_jiebas_in_the_bundled_reports() -> None:
    lines = [line for path in sorted((ROOT / "seeds").glob("*.txt")) for line in path.read_text(encoding="utf-8").split("\n")]
    assert sum(map(len, lines)) > 100_000
    assert first_difference(lines) is None
    assert first_difference([normalise(line) for line in lines]) is None


def test_words_are_jiebas_in_a_million_characters() -> None:
    if not NATIONAL.is_file():
        pytest.skip(f"needs {NATIONAL}")
    with NATIONAL.open(encoding="utf-8") as rows:
        lines = [normalise(line) for row in rows for line in json.loads(row)["content"].split("\n")]
    assert sum(map(len, lines)) > 1_000_000
    assert first_difference(lines) is None


def test_words_are_jiebas_in_nonsense_of_signs_latin_letters_and_rare_ideographs() -> None:
    signs, chance = "aB0129.%-_+#& é，。中国人民T恤ⅣＡ\u9fd6\u9fff㐀𠮷\uf900\x01\r\n\t三是的个", random.Random(1)  # noqa: S311
    texts = ["".join(chance.choices(signs, k=chance.randrange(1, 14))) for _ in range(20_000)]
    assert first_difference(texts) is None


@pytest.mark.parametrize("text", ["", "\x00", "中\x00国民族团结\x00", "民族团结\n\r\n民族\x00"])
def test_many_texts_at_once_have_the_words_of_each_alone(text: str) -> None:
    segmenter, others = Segmenter(["民族团结", "进步"]), ["民族团结进步创建", "", "㐀人民", "e-mail"]
    assert words_of(segmenter, [*others, text, *others]) == [segmenter.words(one) for one in (*others, text, *others)]
    assert "".join(segmenter.words(text)) == "".join(text.split())


def test_a_domain_word_and_a_mark_of_its_own_are_told_apart() -> None:
    assert Segmenter(["民族"]).words("民族\x00民族") == ["民族", "\x00", "民族"]
