"""Segment sentences into words: jieba's words, with a domain dictionary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from pipeline.errors import ParameterError

_NUMBER = re.compile(r"[0-9０-９]+(?:[.,．，:：][0-9０-９]+)*")
_BLANKED = re.compile(r"[*＊×╳]+")
_SPACE = re.compile(r"\s+")
# jieba 0.42.1 cuts these ideographs off one by one; jieba-rs takes them for parts of words, and so they go round it.
_BEYOND_JIEBA = "[\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
# Where jieba's own finalseg cuts a run of Latin letters, figures and signs; jieba-rs leaves some of them whole (e-mail, 0_0).
_LATIN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_LINE_END = re.compile(r"[\r\n]")
_KEPT = "\x00"  # stands for a word that is kept whole; both jiebas cut it off from all around it
END = "\n"  # token behind the words of each text


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
        longest_first = sorted(map(normalise, self.dictionary), key=lambda word: (-len(word), word))
        self._whole = re.compile("|".join((*map(re.escape, longest_first), _BEYOND_JIEBA)))

    def words(self, text: str) -> list[str]:
        """Return the words of ``text``, white space left out."""
        return [word for word in self.tokens([text]) if not word.isspace()]

    def tokens(self, texts: Sequence[str]) -> list[str]:
        """Return the words of all texts, white space among them, and :data:`END` behind each text.

        One call for many texts costs a third of many calls. jieba never joins characters across a line end, so the words are those of
        the single texts; line ends inside them become blanks.
        """
        joined = END.join([*texts, ""])
        if "\r" in joined or joined.count(END) > len(texts):
            texts = [_LINE_END.sub(" ", text) for text in texts]
            joined = END.join([*texts, ""])
        if _KEPT in joined:  # only this character's own place could be mistaken
            return [token for text in texts for token in (*self._with_marks(text), END)]
        return self._tokens(joined)

    def _tokens(self, joined: str) -> list[str]:
        kept = self._whole.findall(joined)
        tokens = cutter()(self._whole.sub(_KEPT, joined) if kept else joined)
        if not kept:
            return tokens
        whole = iter(kept)
        return [next(whole) if token == _KEPT else token for token in tokens]

    def _with_marks(self, text: str) -> list[str]:
        tokens: list[str] = []
        for number, part in enumerate(text.split(_KEPT)):
            tokens += [_KEPT, *self._tokens(part)] if number else self._tokens(part)
        return tokens


@lru_cache(maxsize=1)
def cutter() -> Callable[[str], list[str]]:
    """Return jieba-rs behind the rule that makes its tokens jieba's; jieba itself where jieba-rs isn't installed."""
    try:
        import rjieba
    except ImportError:  # it has wheels for most systems, not for all
        return jieba_cutter()
    has_word, cut = rjieba.has_word, rjieba.cut
    known: dict[str, list[str]] = {}

    def pieces(token: str) -> list[str]:
        if token not in known:
            known[token] = [token] if has_word(token) else [piece for piece in _LATIN.split(token) if piece]
        return known[token]

    def cut_like_jieba(text: str) -> list[str]:
        tokens: list[str] = cut(text)
        odd = {token for token in set(tokens) if len(token) > 1 and token.isascii() and not token.isalnum()}
        if not any(len(pieces(token)) > 1 for token in odd):
            return tokens
        return [piece for token in tokens for piece in (pieces(token) if token in odd else (token,))]

    return cut_like_jieba


@lru_cache(maxsize=1)
def jieba_cutter() -> Callable[[str], list[str]]:
    """Return jieba's own cutter, with its own dictionary, which takes 0.7 s to load: what the words are measured by."""
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of jieba 0.42.1's own source, on Python 3.12 and later
        import jieba

    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    return lambda text: list(tokenizer.cut(text))
