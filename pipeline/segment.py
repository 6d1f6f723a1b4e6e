"""Segment sentences into words: jieba's words, with a domain dictionary."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ParameterError

Integers = NDArray[np.int64]
_NUMBER = re.compile(r"[0-9０-９]+(?:[.,．，:：][0-9０-９]+)*")
_BLANKED = re.compile(r"[*＊×╳]+")
_SPACE = re.compile(r"\s+")
# jieba 0.42.1 cuts these ideographs off one by one; jieba-rs takes them for parts of words, and so they go round it.
_BEYOND_JIEBA = "\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Where jieba's own finalseg cuts a run of Latin letters, figures and signs; jieba-rs leaves some of them whole (e-mail, 0_0).
_LATIN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_LINE_END = re.compile(r"[\r\n]")
_KEPT = "\x00"  # stands for a word that is kept whole; both jiebas cut it off from all around it
NOTHING, END, _WHOLE = -1, -2, -3
Cutter = tuple[Callable[[str], list[str]], Callable[[str], list[str]]]  # of texts into tokens, and of tokens into pieces
_FEW = 2000  # characters, which jieba cuts in half the time that loading jieba-rs takes


def normalise(text: str, *, space: str = "") -> str:
    """Return ``text`` for vectorising: one 0 for any number, one * for what was blacked out, no white space.

    Which number stands there says nothing of the kind of work; that one stands there does.

    Args:
        text: the text.
        space: what stands for white space.
    """
    return _SPACE.sub(space, _BLANKED.sub("*", _NUMBER.sub("0", text)))


def read_dictionary(path: Path) -> tuple[str, ...]:
    """Read domain words, one a line; blank lines and lines that begin with # are passed over.

    Raises:
        ParameterError: the file is missing, can't be read, isn't UTF-8, or a line holds more than one word.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise ParameterError("no such dictionary", where=str(path), remedy="give a file with one word a line") from error
    except UnicodeDecodeError as error:
        raise ParameterError("the dictionary isn't UTF-8", where=str(path), remedy="save it as UTF-8") from error
    except OSError as error:
        raise ParameterError(f"the dictionary can't be read ({error.strerror})", where=str(path), remedy="give a file") from error
    words = []
    for number, line in enumerate(lines, 1):
        word = line.strip()
        if word and not word.startswith("#"):
            if len(word.split()) > 1:
                raise ParameterError("more than one word on a line", where=f"{path}, line {number}", remedy="put one word a line")
            words.append(word)
    return tuple(dict.fromkeys(words))


class Segmenter:
    """jieba with a domain dictionary.

    The longest domain word at each place is kept whole; jieba segments what stands between. jieba's own user dictionary instead shifts
    the borders of *other* words, and differently so in other implementations of jieba; this way the words depend on the text alone, and
    jieba-rs, thirteen times faster, gives them too (tests/test_segment.py: token by token).

    Args:
        dictionary: domain words.
    """

    def __init__(self, dictionary: Iterable[str] = ()) -> None:
        self.dictionary = tuple(dictionary)
        self._whole = _whole_words({normalise(word) for word in self.dictionary} - {""})
        self._characters = 0  # so many were cut

    def words(self, text: str) -> list[str]:
        """Return the words of ``text``, white space left out."""
        known: dict[str, int] = {}
        numbers = self.numbers([text], lambda word: known.setdefault(word, len(known)))
        words = list(known)
        return [words[number] for number in numbers.tolist() if number >= 0]

    def numbers(self, texts: Sequence[str], number: Callable[[str], int]) -> Integers:
        """Return the numbers of the words of all texts, :data:`END` behind each text, :data:`NOTHING` for white space.

        All texts are cut in one call: jieba never joins characters across a line end, so the words are those of the single texts.

        Args:
            texts: the texts.
            number: gives a word's number, 0 or more, or :data:`NOTHING`; asked once for each different word.
        """
        joined = "\n".join([*texts, ""])
        if "\r" in joined or joined.count("\n") > len(texts):
            joined = "\n".join([*(_LINE_END.sub(" ", text) for text in texts), ""])
        parts = self._whole.split(joined)
        cut, pieces = self._cutter(joined)
        tokens, seen = cut(_KEPT.join(parts[::2])), _Seen(number, pieces)
        numbers = np.fromiter(map(seen.__getitem__, tokens), dtype=np.int64, count=len(tokens))
        if seen.pieces:
            numbers = _replaced(numbers, seen.pieces)
        if kept := parts[1::2]:
            numbers[numbers == _WHOLE] = [number(word) for word in kept]
        return numbers

    def _cutter(self, text: str) -> Cutter:
        """Return what cuts a text; all give the same words."""
        self._characters += len(text)
        if self._characters <= _FEW and "rjieba" not in sys.modules:
            from pipeline.few_words import few_words_cutter

            if few := few_words_cutter():
                return few, _uncut
        return cutter()


def _whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of the longest word at each place, ideographs beyond jieba, and the sign that stands for these.

    It begins with a set of characters, so that the search passes over most places without trying a word: thirty times faster.
    """
    ends: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        ends.setdefault(word[0], []).append(re.escape(word[1:]))
    beyond = f"{_BEYOND_JIEBA}{_KEPT}"
    first = "".join(map(re.escape, ends))
    choices = [f"(?<={re.escape(sign)})(?:{'|'.join(found)})" for sign, found in ends.items()]
    return re.compile(f"([{first}{beyond}](?:{'|'.join([*choices, f'(?<=[{beyond}])'])}))")


class _Seen(dict[str, int]):
    """Numbers of the tokens seen so far; those that jieba would cut up get numbers below :data:`_WHOLE`, in the order of ``pieces``."""

    def __init__(self, number: Callable[[str], int], pieces: Callable[[str], list[str]]) -> None:
        super().__init__({"\n": END, _KEPT: _WHOLE})
        self.number, self.pieces_of = number, pieces
        self.pieces: list[list[int]] = []

    def __missing__(self, token: str) -> int:
        pieces = self.pieces_of(token)
        if len(pieces) > 1:
            self.pieces.append([self[piece] for piece in pieces])
            self[token] = _WHOLE - len(self.pieces)
        else:
            self[token] = NOTHING if token.isspace() else self.number(token)
        return self[token]


def _replaced(numbers: Integers, pieces: Sequence[Sequence[int]]) -> Integers:
    """Return ``numbers`` with the pieces in the place of each token that is cut up."""
    sizes = np.ones(len(numbers), dtype=np.int64)
    places = np.flatnonzero(numbers < _WHOLE)
    kinds = _WHOLE - 1 - numbers[places]
    sizes[places] = np.array([len(found) for found in pieces])[kinds]
    longer = np.repeat(numbers, sizes)
    starts = places + np.cumsum(sizes[places] - 1) - (sizes[places] - 1)
    for kind, found in enumerate(pieces):
        for step, number in enumerate(found):
            longer[starts[kinds == kind] + step] = number
    return longer


@lru_cache(maxsize=1)
def cutter() -> Cutter:
    """Return jieba-rs, and the rule that makes pieces of those of its tokens that jieba cuts up; jieba where jieba-rs isn't installed."""
    try:
        import rjieba
    except ImportError:  # it has wheels for most systems, not for all
        return jieba_cutter(), _uncut

    def pieces(token: str) -> list[str]:
        if len(token) == 1 or not token.isascii() or token.isalnum() or rjieba.has_word(token):
            return [token]
        return [piece for piece in _LATIN.split(token) if piece]

    return rjieba.cut, pieces


def _uncut(token: str) -> list[str]:
    return [token]


@lru_cache(maxsize=1)
def jieba_cutter() -> Callable[[str], list[str]]:
    """Return jieba's own cutter, with its own dictionary, which takes 0.7 s to load: what the words are measured by."""
    tokenizer = import_jieba().Tokenizer()
    return lambda text: list(tokenizer.cut(text))


def import_jieba() -> Any:
    """Return the module of jieba, silent, and without pkg_resources, whose import takes longer than all of its own."""
    import logging
    import warnings

    hidden = "pkg_resources" not in sys.modules
    if hidden:
        sys.modules["pkg_resources"] = None  # type: ignore[assignment]  # jieba opens its files itself then
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # of jieba 0.42.1's own source, on Python 3.12 and later
            import jieba
    finally:
        if hidden:
            del sys.modules["pkg_resources"]
    jieba.setLogLevel(logging.ERROR)
    return jieba
