"""jieba with its dictionary searched in the file cuts as jieba does with the dictionary loaded."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import few_words
from pipeline.few_words import SearchedDictionary, few_words_cutter
from pipeline.segment import Segmenter, import_jieba, jieba_cutter
from tests.conftest import ROOT

DICTIONARY = Path(import_jieba().__file__).with_name("dict.txt")
TEXT = "全年举办政策宣讲12场，发放手册3000册。走进小S社区，买T恤衫和B超，去江南style看阿Q，高富帅在吉林工业大学，e-mail：a_b@c.d。"


@pytest.fixture
def frequencies() -> dict[str, int]:
    """Return the dictionary as jieba loads it."""
    found, total = import_jieba().Tokenizer.gen_pfdict(DICTIONARY.open("rb"))
    assert total == few_words._TOTAL
    return dict(found)


def test_the_dictionary_is_the_known_one_and_in_order(frequencies: dict[str, int]) -> None:
    """From the word 一 on, first characters ascend: what halving rests on."""
    assert DICTIONARY.stat().st_size == few_words._SIZE
    lines = DICTIONARY.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("一 "))
    assert start < 100
    assert len(frequencies) > len(lines)
    firsts = [line[0] for line in lines[start:]]
    assert firsts == sorted(firsts)


def test_every_word_and_every_beginning_is_found_and_nothing_else(frequencies: dict[str, int]) -> None:
    dictionary = SearchedDictionary(DICTIONARY)
    chance = random.Random(5)  # noqa: S311
    known = chance.sample(sorted(frequencies), 40_000)
    signs = sorted({word[0] for word in frequencies})
    words = [
        *known,
        *signs,
        *(f"{word}{chance.choice(signs)}" for word in known[:10_000]),
        *("甲乙丙", "é", "a", "\ud800", "𠮷", "\U0010ffff"),
    ]
    words += [word for word in frequencies if not "\u4e00" <= word[0] <= "\u9fff" or not word[-1] > "\u4e00"]
    for word in words:
        assert dictionary.get(word) == frequencies.get(word), word
        assert (word in dictionary) == (word in frequencies)
    for word in known[:1_000]:
        assert dictionary[word] == frequencies[word]


def test_tokens_are_jiebas() -> None:
    few, whole = few_words_cutter(), jieba_cutter()
    assert few is not None
    lines = [line for path in sorted((ROOT / "seeds").glob("*.txt")) for line in path.read_text(encoding="utf-8").split("\n")]
    signs, chance = "aB0129.%-_+#& é，。中国人民T恤ⅣＡ\u9fd6\u9fff㐀𠮷\uf900\x00\x01\r\n\t三是的个", random.Random(2)  # noqa: S311
    nonsense = ["".join(chance.choices(signs, k=chance.randrange(1, 14))) for _ in range(5_000)]
    for text in [TEXT, "", *lines[::3], *nonsense]:
        assert few(text) == whole(text)


def test_the_first_characters_are_cut_without_jieba_rs() -> None:
    code = (
        "import sys\n"
        "from pipeline.segment import Segmenter\n"
        "segmenter, text = Segmenter(['政策宣讲']), sys.stdin.buffer.read().decode()\n"
        "few = segmenter.words(text)\n"
        "assert 'rjieba' not in sys.modules and 'jieba' in sys.modules\n"
        "assert sys.modules.get('pkg_resources', 'never imported') == 'never imported'\n"
        "assert segmenter.words(text * 30) == few * 30\n"
        "assert 'rjieba' in sys.modules and segmenter.words(text) == few\n"
        "sys.stdout.buffer.write(' '.join(few).encode())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=TEXT.encode(), capture_output=True, cwd=ROOT, check=True, timeout=60)
    assert done.stdout.decode().split(" ") == Segmenter(["政策宣讲"]).words(TEXT)


def test_another_dictionary_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later jieba may order its words as it likes."""
    few_words_cutter.cache_clear()
    monkeypatch.setattr(few_words, "_SIZE", 1)
    assert few_words_cutter() is None
    monkeypatch.delitem(sys.modules, "rjieba", raising=False)
    assert Segmenter().words("举办宣讲") == ["举办", "宣讲"]
    few_words_cutter.cache_clear()
