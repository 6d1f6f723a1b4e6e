"""Segment sentences into words: jieba's words, with a domain dictionary."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ParameterError

Integers = NDArray[np.int64]
# A set at the beginning, not its repetition: re passes over what is none of it four times as fast.
_NUMBER = re.compile(r"[0-9０-９][0-9０-９]*(?:[.,．，:：][0-9０-９]+)*")
_BLANKED = re.compile(r"[*＊×╳][*＊×╳]*")
# jieba 0.42.1 cuts these ideographs off one by one; jieba-rs takes them for parts of words, and so they go round it.
_BEYOND_JIEBA = "\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Where jieba's own finalseg cuts a run of Latin letters, figures and signs; jieba-rs leaves some of them whole (e-mail, 0_0).
_LATIN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_KEPT = "\x00"  # stands for a word that is kept whole; both jiebas cut it off from all around it
NOTHING, END, _WHOLE = -1, -2, -3
Cutter = tuple[Callable[[str], list[str]], Callable[[str], list[str]]]  # of texts into tokens, and of tokens into pieces
_FEW = 2000  # characters, which jieba cuts in half the time that loading jieba-rs takes
_STRETCH = 80_000  # characters: a tenth faster than 20,000 or a million
_MOST_SEEN = 100_000  # different tokens, of which a batch of any size may have ever more


def normalise(text: str, *, space: str = "") -> str:
    """Return ``text`` for vectorising: one 0 for any number, one * for what was blacked out, no white space, or none at its ends.

    Which number stands there says nothing of the kind of work; that one stands there does.

    Args:
        text: the text.
        space: what stands for white space inside.
    """
    return space.join(_BLANKED.sub("*", _NUMBER.sub("0", text)).split())


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
        words = sorted({normalise(word) for word in self.dictionary} - {""}, key=lambda word: (-len(word), word))
        self._signs, self._longer = _signs_of(words), dict[str, list[str]]()  # of words of several characters, by the first two
        for word in words:
            self._longer.setdefault(word[:2], []).append(word)
        self._begun = np.array([*sorted({_beginning(word) for word in words}), _NOWHERE], dtype=np.uint64)
        self._characters = 0  # so many were cut

    def words(self, text: str) -> list[str]:
        """Return the words of ``text``, white space left out."""
        known: dict[str, int] = {}
        numbers = self.numbers([text], Numbering(lambda word: known.setdefault(word, len(known))))
        words = list(known)
        return [words[number] for number in numbers.tolist() if number >= 0]

    def numbers(self, texts: Sequence[str], numbering: Numbering) -> Integers:
        """Return the numbers of the words of all texts, :data:`END` behind each text, :data:`NOTHING` for white space.

        All texts are cut in one call: jieba never joins characters across a line end, so the words are those of the single texts.
        """
        joined = "\n".join([*texts, ""])
        if "\r" in joined or joined.count("\n") > len(texts):
            joined = "\n".join([*(text.replace("\r", " ").replace("\n", " ") for text in texts), ""])
        between, whole = self._parted(joined)
        cut, pieces = self._cutter(joined)
        found = [numbering.of(cut(part), pieces) for part in _stretches(_KEPT.join(between))]
        numbers = np.concatenate([np.zeros(0, dtype=np.int64), *found])
        if whole:
            numbers[numbers == _WHOLE] = [numbering.number(word) for word in whole]
        return numbers

    def _parted(self, text: str) -> tuple[list[str], list[str]]:
        """Return the words that are kept whole, and what stands before, between and behind them; the text ends with a line end.

        Where a word's first characters stand is looked up for all places at once, ten times faster than a search.
        """
        points = points_of(text)
        signs = self._signs.take(points)
        places = np.flatnonzero((signs[:-1] & (signs[1:] >> 1) & _FIRST) | (signs[:-1] & _ALONE))
        first, second = points[places].astype(np.uint64), points[places + 1].astype(np.uint64)
        pairs = (first << np.uint64(2 * _BITS)) | (second << np.uint64(_BITS))
        known = self._begins(pairs) | self._begins(pairs | points.take(places + 2, mode="clip")) | (signs[places] & _ALONE > 0)
        places = places[known]
        between, whole, at = list[str](), list[str](), 0
        for place, alone in zip(places.tolist(), (signs[places] & _ALONE).tolist(), strict=True):
            if place < at:
                continue
            for word in self._longer.get(text[place : place + 2], ()):
                if text.startswith(word, place):
                    break
            else:
                word = text[place] if alone else ""
            if word:
                between.append(text[at:place])
                whole.append(word)
                at = place + len(word)
        return [*between, text[at:]], whole

    def _begins(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        found = self._begun[np.searchsorted(self._begun, keys)]  # np.isin would import numpy.ma
        return np.equal(found, keys)

    def _cutter(self, text: str) -> Cutter:
        """Return what cuts a text; all give the same words."""
        self._characters += len(text)
        if self._characters <= _FEW and "rjieba" not in sys.modules:
            from pipeline.few_words import few_words_cutter

            if few := few_words_cutter():
                return few, _uncut
        return cutter()


def _stretches(text: str) -> Iterator[str]:
    """Yield a text in stretches of whole lines whose tokens stay in the processor's cache until they have their numbers."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _STRETCH) + 1 or len(text)
        yield text[start:end]
        start = end


def points_of(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


_BITS = 21  # of a code point
_NOWHERE = 2**64 - 1  # behind the beginnings of all words


def _beginning(word: str) -> int:
    """Return the first three characters of a word as one number; of a word of two, with nothing behind."""
    points = [ord(sign) for sign in word[:3]]
    return sum(point << _BITS * place for point, place in zip(points, (2, 1, 0), strict=False))


_FIRST, _SECOND, _ALONE = 1, 2, 4  # what a character may be: of a word of several the first, the second; all that is kept whole


def _signs_of(words: Iterable[str]) -> NDArray[np.uint8]:
    """Return what each character may be among ``words``, by its code point."""
    signs = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
    for word in words:
        signs[ord(word[0])] |= _FIRST if len(word) > 1 else _ALONE
        signs[ord(word[1:2] or _KEPT)] |= _SECOND
    for low, high in re.findall("(.)-(.)", _BEYOND_JIEBA):
        signs[ord(low) : ord(high) + 1] |= _ALONE
    signs[ord(_KEPT)] = _ALONE
    return signs


class Numbering:
    """Numbers of the words seen so far, so that each different word is asked for once.

    Args:
        number: gives a word's number, 0 or more, or :data:`NOTHING`.
        known: numbers that it would give.
    """

    def __init__(self, number: Callable[[str], int], known: Mapping[str, int] | None = None) -> None:
        self.number = number
        self._known = {word: place for word, place in (known or {}).items() if not word.isascii()}
        self._seen = _Seen(number, _uncut, self._known)

    def of(self, tokens: Sequence[str], pieces: Callable[[str], list[str]]) -> Integers:
        """Return the numbers of tokens, and of the pieces that jieba would cut some of them into."""
        if len(self._seen) > _MOST_SEEN or self._seen.pieces_of is not pieces:
            self._seen = _Seen(self.number, pieces, self._known)
        numbers = np.fromiter(map(self._seen.__getitem__, tokens), dtype=np.int64, count=len(tokens))
        places = np.flatnonzero(numbers < _WHOLE)
        return _replaced(numbers, places, self._seen.pieces) if len(places) else numbers


class _Seen(dict[str, int]):
    """Numbers of tokens; those that jieba would cut up get numbers below :data:`_WHOLE`, in the order of ``pieces``."""

    def __init__(self, number: Callable[[str], int], pieces: Callable[[str], list[str]], known: Mapping[str, int]) -> None:
        super().__init__(known)
        self |= {"\n": END, _KEPT: _WHOLE}
        self.number, self.pieces_of = number, pieces
        self.pieces: list[list[int]] = []

    def __missing__(self, token: str) -> int:
        if token.isascii() and len(pieces := self.pieces_of(token)) > 1:
            self.pieces.append([self[piece] for piece in pieces])
            number = _WHOLE - len(self.pieces)
        else:
            number = NOTHING if token.isspace() else self.number(token)
        self[token] = number
        return number


def _replaced(numbers: Integers, places: Integers, pieces: Sequence[Sequence[int]]) -> Integers:
    """Return ``numbers`` with the pieces in the place of each token that is cut up; these stand at ``places``."""
    found = [pieces[kind] for kind in (_WHOLE - 1 - numbers[places]).tolist()]
    sizes = np.ones(len(numbers), dtype=np.int64)
    sizes[places] = [len(numbers) for numbers in found]
    longer = np.repeat(numbers, sizes)
    longer[longer < _WHOLE] = [number for numbers in found for number in numbers]
    return longer


@lru_cache(maxsize=1)
def cutter() -> Cutter:
    """Return jieba-rs, and the rule that makes pieces of those of its tokens that jieba cuts up; jieba where jieba-rs isn't installed."""
    try:
        import rjieba
    except ImportError:  # it has wheels for most systems, not for all
        return jieba_cutter(), _uncut

    def pieces(token: str) -> list[str]:
        if len(token) == 1 or token.isalnum() or rjieba.has_word(token):
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
