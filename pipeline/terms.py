"""Find the words that set a group's texts apart.

Weighted log-odds-ratio with an informative Dirichlet prior: Monroe, Colaresi & Quinn (2008), "Fightin' Words: Lexical Feature Selection and
Evaluation for Identifying the Content of Political Conflict", equations 16, 19 and 22. Each group is set against all others; the prior
is the whole corpus, scaled to the size of ``_PRIOR`` words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Integers = NDArray[np.int64]
_PRIOR = 1000.0
_WORD = re.compile(r"[\u3400-\u9fff]{2,}")
# Numbers, dates and enumerators: who wrote 五百 or 三是 says nothing of what they stress.
_NUMBER = re.compile(r"第?[一二三四五六七八九十百千万亿两零几数]+[年月日是个名家件次项条处人支份场户成期届批类大余多亩元吨斤米]*")


@dataclass(frozen=True, slots=True)
class Term:
    """A word and how it sets a group apart.

    Attributes:
        group: number of the group.
        term: the word.
        log_odds: natural logarithm of the odds ratio, group to all others.
        z: over its standard error; beyond ±1.96 it is notable, if one word is looked at.
        count: how often it stands in the group.
        elsewhere: how often in all others.
        documents: in how many of the group's reports.
    """

    group: int
    term: str
    log_odds: float
    z: float
    count: int
    elsewhere: int
    documents: int


def distinctive_terms(
    texts: Sequence[str],
    groups: Integers,
    documents: Integers,
    words: Callable[[str], Iterable[str]],
    *,
    count: int,
    top: int = 20,
    own_names: Sequence[str] = (),
) -> list[Term]:
    """Return each group's most distinctive words, largest z first.

    Args:
        texts: sentences.
        groups: (sentences,), group numbers.
        documents: (sentences,), report numbers; where a group has several reports, a word must stand in two.
        words: cuts a text into words; words of two Chinese characters or more count, but no numbers.
        count: how many groups there are.
        top: how many words a group.
        own_names: (groups,), what a group is called: parts of its own name set it apart trivially.
    """
    vocabulary: dict[str, int] = {}
    rows, columns = [], []
    for row, text in enumerate(texts):
        for word in words(text):
            if _WORD.fullmatch(word) and not _NUMBER.fullmatch(word):
                rows.append(row)
                columns.append(vocabulary.setdefault(word, len(vocabulary)))
    ones = np.ones(len(rows))
    shape = (len(texts), len(vocabulary))
    by_sentence = sparse.csr_matrix((ones, (rows, columns)), shape=shape)
    in_group = _summed(by_sentence, groups, count).toarray()
    reports = _reports(by_sentence, groups, documents, count)
    several = np.array([len(np.unique(documents[groups == group])) > 1 for group in range(count)])
    terms, found = list(vocabulary), []
    z, log_odds = log_odds_ratio(in_group)
    for group in range(count):
        name = own_names[group] if own_names else ""
        fit = (z[group] > 0) & (in_group[group] >= 2) & (reports[group] >= 1 + several[group])
        order = sorted(np.flatnonzero(fit).tolist(), key=lambda column: (-z[group, column], terms[column]))
        chosen = [column for column in order if terms[column] not in name][:top]
        for column in chosen:
            mine = int(in_group[group, column])
            other = int(in_group[:, column].sum()) - mine
            value, score = round(float(log_odds[group, column]), 4), round(float(z[group, column]), 4)
            found.append(Term(group, terms[column], value, score, mine, other, int(reports[group, column])))
    return found


def log_odds_ratio(counts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return z-scores and log-odds-ratios (groups, words) of each group against all others, from ``counts`` (groups, words)."""
    total = counts.sum(axis=0)
    prior = _PRIOR * total / max(total.sum(), 1.0)
    other = total - counts
    mine, rest = counts + prior, other + prior
    size, rest_size = counts.sum(axis=1, keepdims=True) + _PRIOR, other.sum(axis=1, keepdims=True) + _PRIOR
    others, rest_others = size - mine, rest_size - rest
    known = (others > 0) & (rest_others > 0)  # a vocabulary of one word leaves nothing else to be said
    odds, rest_odds = (np.divide(*pair, out=np.ones_like(mine), where=known) for pair in ((mine, others), (rest, rest_others)))
    log_odds = np.log(odds) - np.log(rest_odds)
    return log_odds / np.sqrt(1 / mine + 1 / rest), log_odds


def _summed(rows: sparse.csr_matrix, groups: Integers, count: int) -> sparse.csr_matrix:
    pick = sparse.csr_matrix((np.ones(len(groups)), (groups, np.arange(len(groups)))), shape=(count, len(groups)))
    return pick @ rows


def _reports(rows: sparse.csr_matrix, groups: Integers, documents: Integers, count: int) -> NDArray[np.int64]:
    """Return in how many reports of each group each word stands (groups, words)."""
    pairs, place = np.unique(np.stack([groups, documents]), axis=1, return_inverse=True)
    present = _summed(rows, place.reshape(-1), pairs.shape[1])
    present.data[:] = 1.0
    return np.asarray(_summed(present.tocsr(), pairs[0], count).toarray(), dtype=np.int64)
