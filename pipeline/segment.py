"""Segment sentences into words with jieba and a domain dictionary."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import ParameterError

_NUMBER = re.compile(r"[0-9０-９]+(?:[.,．，:：][0-9０-９]+)*")
_BLANKED = re.compile(r"[*＊×╳]+")
_SPACE = re.compile(r"\s+")


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
    the borders of *other* words, and differently so in other implementations of jieba; this way the words depend on the text alone.

    Args:
        dictionary: domain words.
    """

    def __init__(self, dictionary: Iterable[str] = ()) -> None:
        self.dictionary = tuple(dictionary)
        longest_first = sorted(map(normalise, self.dictionary), key=lambda word: (-len(word), word))
        self._domain = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")") if longest_first else None

    def words(self, text: str) -> list[str]:
        """Return the words of ``text``, white space left out."""
        pieces = self._domain.split(text) if self._domain else [text]
        found: list[str] = []
        for index, piece in enumerate(pieces):
            if index % 2:
                found.append(piece)
            elif piece:
                found += [word for word in _jieba().cut(piece) if not word.isspace()]
        return found


@lru_cache(maxsize=1)
def _jieba() -> Any:
    """Return jieba's tokenizer with its own dictionary, loaded at first use (0.7 s)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of jieba 0.42.1's own source, on Python 3.12 and later
        import jieba

    jieba.setLogLevel(logging.ERROR)
    return jieba.Tokenizer()
