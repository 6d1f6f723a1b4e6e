"""Narrow what a model has learnt to the terms that can stand in a few texts: tagging a page needs one in a hundred of them.

A term can stand there only if all its characters do. Which terms that leaves is found without counting any text, and scores are the same
to the last bit, for they are sums over the terms that do stand there, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.classify import LinearScorer
from pipeline.lexicon import Lexicon, Terms
from pipeline.lookup import BEGIN, FINISH
from pipeline.pack import PackedScorer
from pipeline.segment import points_of
from pipeline.vectorise import PLACES, BlockVectoriser

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Head = tuple[BlockVectoriser, LinearScorer | PackedScorer]


def narrowed(heads: Sequence[Head], texts: Sequence[str]) -> list[Head]:
    """Return the heads with the terms alone that can stand in ``texts``; none where they weren't loaded, or have a latent space."""
    known = np.zeros(0x110000, dtype=bool)
    known[[ord(sign) for sign in _signs(texts)]] = True
    kept: dict[int, tuple[Lexicon, Integers]] = {}
    found = list[Head]()
    for vectoriser, scorer in heads:
        if vectoriser.latent or not isinstance(scorer, PackedScorer):
            return []
        terms, idf, rows, start = list[Terms](), list[Array](), list[Integers](), 0
        for of_block, weights in zip(vectoriser.terms_, vectoriser.idf_, strict=True):
            if id(of_block.lexicon) not in kept:
                kept[id(of_block.lexicon)] = _kept(of_block.lexicon, known)
            lexicon, numbers = kept[id(of_block.lexicon)]
            at = numbers.take(of_block.at)
            own = np.flatnonzero(at >= 0)
            terms.append(Terms(lexicon, at[own]))
            idf.append(weights[own])
            rows.append(own + start)
            start += len(of_block)
        rows.append(np.arange(start, start + len(PLACES)))
        blocks = BlockVectoriser(vectoriser.blocks, vectoriser.place_weight, vectoriser.segmenter).restore(terms, idf)
        found.append((blocks, replace(scorer, packed=scorer.packed[np.concatenate(rows)])))
    return found


def _signs(texts: Sequence[str]) -> set[str]:
    """Return all characters that a counted term can have: small letters, marks, the space for white space, σ at a word's end."""
    signs = set().union(*texts)
    return {*signs, *"".join(signs).lower(), BEGIN, FINISH, " ", "ς"}


def _kept(lexicon: Lexicon, known: NDArray[np.bool_]) -> tuple[Lexicon, Integers]:
    """Return the lexicon of the terms whose characters are all known, and for each term its number there, or -1."""
    stays = np.logical_and.reduceat(known.take(points_of(lexicon.joined)), np.cumsum(lexicon.sizes) - lexicon.sizes)
    return lexicon.take(stays), np.where(stays, np.cumsum(stays) - 1, -1)
