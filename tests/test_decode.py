"""Decoding in document order, against counting every path."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from pipeline.decode import ACROSS, RELATIONS, UNDER, WITHIN, Chain, CodedSequence, fit_chain, relations_of
from tests.conftest import structured

Array = NDArray[np.float64]


def random_chain(seed: int, *, strength: float, temperature: float = 1.0, classes: int = 3) -> Chain:
    random = np.random.default_rng(seed)
    return Chain(random.normal(size=(len(RELATIONS), classes, classes)), strength, temperature)


def random_posteriors(seed: int, length: int, classes: int = 3) -> tuple[Array, list[int]]:
    random = np.random.default_rng(seed)
    return random.dirichlet(np.ones(classes), length), random.integers(0, len(RELATIONS), length).tolist()


def by_enumeration(chain: Chain, posteriors: Array, relations: list[int]) -> Array:
    """Return the marginals from the scores of every path of classes."""
    length, classes = posteriors.shape
    totals = np.zeros((length, classes))
    for path in product(range(classes), repeat=length):
        score = sum(np.log(posteriors[at, code]) for at, code in enumerate(path))
        score += chain.strength * sum(chain.log_ratio[relations[at], path[at - 1], path[at]] for at in range(1, length))
        for at, code in enumerate(path):
            totals[at, code] += np.exp(score)
    powered = (totals / totals.sum(axis=1, keepdims=True)) ** chain.temperature
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("length", [1, 2, 3, 5])
@pytest.mark.parametrize(("strength", "temperature"), [(1.0, 1.0), (0.45, 1.0), (0.8, 1.7)])
def test_forward_backward_equals_enumerating_every_path(length: int, strength: float, temperature: float) -> None:
    chain = random_chain(length, strength=strength, temperature=temperature)
    posteriors, relations = random_posteriors(length + 10, length)
    assert_allclose(chain.decode(posteriors, relations), by_enumeration(chain, posteriors, relations), rtol=1e-8)


def test_strength_0_leaves_posteriors_as_they_are() -> None:
    posteriors, relations = random_posteriors(1, 9)
    assert_allclose(random_chain(1, strength=0.0).decode(posteriors, relations), posteriors, rtol=1e-12)


def test_the_relation_of_the_first_sentence_is_passed_over() -> None:
    chain, (posteriors, relations) = random_chain(2, strength=1.0), random_posteriors(2, 4)
    decoded = chain.decode(posteriors, [0, *relations[1:]])
    assert_allclose(chain.decode(posteriors, [2, *relations[1:]]), decoded)


def test_documents_of_other_lengths_beside_it_change_nothing() -> None:
    chain = random_chain(3, strength=0.8, temperature=1.3)
    documents = [random_posteriors(seed, length) for seed, length in enumerate((4, 1, 9, 2))]
    together = chain.decode_all([values for values, _ in documents], [relations for _, relations in documents])
    for (values, relations), found in zip(documents, together, strict=True):
        assert_allclose(found, chain.decode(values, relations), rtol=1e-12)


def test_a_document_without_sentences_passes_through() -> None:
    chain = random_chain(4, strength=0.8)
    values, relations = random_posteriors(4, 3)
    empty, full = chain.decode_all([np.zeros((0, 3)), values], [[], relations])
    assert empty.shape == (0, 3)
    assert_allclose(full, chain.decode(values, relations))
    assert chain.decode_all([], []) == []


def test_long_documents_and_certain_posteriors_neither_underflow_nor_give_nan() -> None:
    chain = random_chain(5, strength=1.0)
    certain = np.eye(3)[np.arange(3000) % 3]
    decoded = chain.decode(certain, [0] * 3000)
    assert np.isfinite(decoded).all()
    assert_allclose(decoded.sum(axis=1), 1.0)
    assert (decoded.argmax(axis=1) == certain.argmax(axis=1)).all()


def one_by_one(chain: Chain, posteriors: Array, relations: list[int]) -> Array:
    """Return the marginals of one document, a sentence after the other."""
    steps, last = np.exp(chain.strength * chain.log_ratio), len(posteriors) - 1
    forward, backward = posteriors.copy(), np.ones_like(posteriors)
    for at in range(1, last + 1):
        forward[at] *= forward[at - 1] @ steps[relations[at]]
        forward[at] /= forward[at].sum()
    for at in range(last - 1, -1, -1):
        backward[at] = steps[relations[at + 1]] @ (posteriors[at + 1] * backward[at + 1])
        backward[at] /= backward[at].sum()
    powered = (forward * backward / (forward * backward).sum(axis=1, keepdims=True)) ** chain.temperature
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("strength", [0.45, 1.0, 4.0])
@pytest.mark.parametrize("length", [100, 2000])
def test_a_long_document_in_stretches_is_what_it_is_sentence_by_sentence(length: int, strength: float) -> None:
    chain = random_chain(6, strength=strength, temperature=0.9, classes=5)
    posteriors, relations = random_posteriors(6, length, classes=5)
    assert_allclose(chain.decode(posteriors, relations), one_by_one(chain, posteriors, relations), atol=1e-11)


def test_what_is_never_forgotten_reaches_the_end() -> None:
    keep = np.log(np.where(np.eye(2, dtype=bool), 1.0, 1e-7))
    chain = Chain(np.stack([keep] * 3), 1.0, 1.0)
    posteriors = np.vstack([[[1.0, 0.0]], np.full((900, 2), 0.5), [[0.5, 0.5]]])
    decoded = chain.decode(posteriors, [0] * len(posteriors))
    assert_allclose(decoded, one_by_one(chain, np.maximum(posteriors, 1e-12), [0] * len(posteriors)), atol=1e-11)
    assert decoded[-1, 0] > 0.999


def test_neighbours_pull_an_uncertain_sentence() -> None:
    stay = np.log(np.array([[0.9, 0.1], [0.1, 0.9]]) / 0.5)
    chain = Chain(np.stack([stay] * 3), 1.0, 1.0)
    decoded = chain.decode(np.array([[0.95, 0.05], [0.5, 0.5], [0.95, 0.05]]), [0, 0, 0])
    assert decoded[1, 0] > 0.9


def test_the_relations_of_a_document() -> None:
    text = "标题\n一、主要工作\n开展宣讲。发放手册。\n新建点位。\n二、问题情况。还有不足。"
    sentences = structured(text).sentences
    assert [sentence.text for sentence in sentences] == [
        "标题",
        "一、主要工作",
        "开展宣讲。",
        "发放手册。",
        "新建点位。",
        "二、问题情况。",
        "还有不足。",
    ]
    assert relations_of(sentences) == [WITHIN, UNDER, UNDER, WITHIN, ACROSS, ACROSS, UNDER]
    assert relations_of([]) == []


def test_learnt_transitions_follow_the_labels_and_leave_the_unlabelled_out() -> None:
    labels = np.repeat(np.array([0, 1, -1, 0], dtype=np.int64), [20, 20, 1, 20])
    lean = np.where(np.arange(2)[None, :] == labels[:, None], 0.6, 0.4)
    lean[5::7] = lean[5::7, ::-1]
    chain = fit_chain([CodedSequence(lean / lean.sum(axis=1, keepdims=True), [WITHIN] * 61, labels)], 2, smoothing=0.1)
    within = chain.log_ratio[WITHIN]
    assert within[0, 0] > 0 > within[0, 1]
    assert within[1, 1] > 0 > within[1, 0]
    assert_allclose(chain.log_ratio[UNDER], 0.0, atol=1e-6)
    assert chain.strength > 0


def test_labels_without_order_learn_strength_0_or_nearly() -> None:
    random = np.random.default_rng(7)
    labels = random.integers(0, 2, 600)
    confidence = random.uniform(0.5, 1.0, 600)
    right = random.random(600) < confidence
    posteriors = np.where(
        (np.arange(2)[None, :] == np.where(right, labels, 1 - labels)[:, None]), confidence[:, None], 1 - confidence[:, None]
    )
    chain = fit_chain([CodedSequence(posteriors, [0] * 600, labels)], 2, smoothing=2.0)
    assert np.abs(chain.strength * chain.log_ratio).max() < 0.2
    assert 0.8 < chain.temperature < 1.25


def test_a_class_without_labels_keeps_finite_transitions() -> None:
    chain = fit_chain([CodedSequence(np.full((4, 3), 1 / 3), [0] * 4, np.array([0, 1, 0, 1]))], 3, smoothing=2.0)
    assert np.isfinite(chain.log_ratio).all()
    assert chain.log_ratio.shape == (3, 3, 3)
