"""Cut a few sentences with jieba, whose dictionary is searched in its file instead of being loaded.

Loading the dictionary, 350,000 words, takes jieba-rs four times as long as jieba takes to cut a paragraph. In the file, words stand in the
order of their first characters, behind some that begin with letters; each character's words are found by halving.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pipeline.segment import import_jieba

# Of jieba 0.42.1, the last version: bytes of its dictionary, and the sum of all frequencies. Another dictionary is not searched.
_SIZE, _TOTAL = 5_071_852, 60_101_967
_FIRST = "\n一 ".encode()  # where the order begins


@lru_cache(maxsize=1)
def few_words_cutter() -> Callable[[str], list[str]] | None:
    """Return jieba's own cutter with its own dictionary, searched; None where the dictionary is another than is known here."""
    jieba = import_jieba()
    file = Path(jieba.__file__).with_name("dict.txt")
    if not file.is_file() or file.stat().st_size != _SIZE:
        return None
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = SearchedDictionary(file), _TOTAL, True
    return lambda text: list(tokenizer.cut(text))


class SearchedDictionary:
    """The frequencies of words and, 0, of what words begin with, as jieba asks for them.

    Args:
        file: jieba's dictionary.
    """

    def __init__(self, file: Path) -> None:
        with file.open("rb") as stream:
            self._data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._start = self._data.find(_FIRST) + 1
        self._unordered = b"\n" + self._data[: self._start]
        self._blocks: dict[str, bytes] = {}
        self._found: dict[str, int | None] = {}

    def get(self, word: str) -> int | None:
        """Return the frequency; None where no word begins so."""
        if word not in self._found:
            self._found[word] = self._search(word)
        return self._found[word]

    __getitem__ = get

    def __contains__(self, word: str) -> bool:
        return self.get(word) is not None

    def _search(self, word: str) -> int | None:
        if word[0] not in self._blocks:
            self._blocks[word[0]] = self._block(ord(word[0]))
        block, line = self._blocks[word[0]], b"\n" + word.encode("utf-8", "surrogatepass")
        if (at := block.find(line)) < 0:
            return None
        at = block.find(line + b" ", at)
        return int(block[at + len(line) :].split(maxsplit=1)[0]) if at >= 0 else 0

    def _block(self, point: int) -> bytes:
        """Return the lines of the words that begin with a character, and those that stand in no order."""
        start, end = (self._place(chr(sign).encode("utf-8", "surrogatepass")) for sign in (point, min(point + 1, 0x10FFFF)))
        return self._unordered + self._data[start:end]

    def _place(self, sign: bytes) -> int:
        """Return where the first line begins that isn't before the sign."""
        low, high = self._start, len(self._data)
        while low < high:
            line = self._data.rfind(b"\n", low, (low + high) // 2) + 1 or low
            if self._data[line : line + len(sign)] < sign:
                low = self._data.find(b"\n", line) + 1
            else:
                high = line
        return low
