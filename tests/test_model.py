"""The model folder: it keeps what was trained, is checked before it is used, and runs nothing."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pipeline.errors import ModelError
from pipeline.folder import FORMAT
from pipeline.model import MANIFEST, PARTS, Model, check_model, load_model, save_model
from pipeline.pack import quantise, restore_weights
from pipeline.resources import default_model
from pipeline.segment import Segmenter
from pipeline.train import load_training_set, train
from tests.conftest import Corpus, small_params, structured

TEXT = "标题\n一、农业生产\n播种小麦99亩。一是修水渠。二是给学生发助学金。\n明年计划招聘教师。\n"


@pytest.fixture
def folder(small_folder: Path, tmp_path: Path) -> Path:
    """Return a copy of the small model that a test may spoil."""
    return Path(shutil.copytree(small_folder, tmp_path / "model"))


def seal(folder: Path) -> None:
    """Write the digests of a folder anew, as one would who wants an altered model to be loaded."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["sha256"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in PARTS}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def test_saving_and_loading_keeps_the_posteriors(corpus: Corpus, tmp_path: Path) -> None:
    training = load_training_set(corpus.reports, corpus.labels, corpus.codebook)
    trained, _ = train(training, small_params(), Segmenter(["助学金"]))
    # The trained head has counted its terms; to score new text it must be restored, as loading does.
    save_model(trained, tmp_path / "m", codebook_file=corpus.codebook_file, crossfit="")
    loaded = load_model(tmp_path / "m")
    for head, kept in ((trained.category, loaded.category), (trained.stage, loaded.stage)):
        head.vectoriser.restore(head.vectoriser.terms_, head.vectoriser.idf_)
        assert kept.classes == head.classes
        assert [list(terms) for terms in kept.vectoriser.terms_] == [list(terms) for terms in head.vectoriser.terms_]
        assert_allclose(kept.scorer.weights, head.scorer.weights, atol=0.01 * np.abs(head.scorer.weights).max())
        assert (kept.calibrator.temperature, kept.chain.strength, kept.chain.temperature) == (
            head.calibrator.temperature,
            head.chain.strength,
            head.chain.temperature,
        )
    for document in (*training.documents, structured(TEXT)):
        for before, after in zip(trained.posteriors(document), loaded.posteriors(document), strict=True):
            assert_allclose(after, before, atol=0.02)
    assert (loaded.digest, loaded.review_threshold) == (trained.digest, trained.review_threshold)
    assert (loaded.params, loaded.codebook) == (trained.params, trained.codebook)
    assert loaded.segmenter.dictionary == ("助学金",)


def test_saving_again_changes_nothing(small_folder: Path, small_model: Model, tmp_path: Path, corpus: Corpus) -> None:
    crossfit = (small_folder / "crossfit.csv").read_text(encoding="utf-8")
    save_model(small_model, tmp_path / "again", codebook_file=corpus.codebook_file, crossfit=crossfit)
    before, after = (load_model(folder).posteriors(structured(TEXT)) for folder in (small_folder, tmp_path / "again"))
    for one, other in zip(before, after, strict=True):
        assert_allclose(one, other, atol=1e-9)


def test_a_block_without_terms_survives_saving(small_model: Model) -> None:
    blocks = [block.source for block in small_model.params.vectorise.category_blocks]
    assert list(small_model.category.vectoriser.terms_[blocks.index("point_lead")]) == []
    assert small_model.category.posteriors([], []).shape == (0, 3)


def test_a_new_model_takes_the_place_of_the_old_and_leaves_other_files(small_model: Model, folder: Path, corpus: Corpus) -> None:
    (folder / "notes.md").write_text("mine", encoding="utf-8")
    (folder / "model.json").write_text("{}", encoding="utf-8")
    save_model(small_model, folder, codebook_file=corpus.codebook_file, crossfit="")
    check_model(folder)
    assert (folder / "notes.md").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_file_in_the_way_is_a_named_fault_and_stays(small_model: Model, tmp_path: Path, corpus: Corpus) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    for place in (tmp_path / "taken", tmp_path / "taken" / "model"):
        with pytest.raises(ModelError, match="can't be written") as caught:
            save_model(small_model, place, codebook_file=corpus.codebook_file, crossfit="")
        assert caught.value.where == str(place)
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_missing_folder_and_a_folder_without_model_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        load_model(tmp_path / "none")
    with pytest.raises(ModelError, match=r"manifest\.json is missing"):
        load_model(tmp_path)


@pytest.mark.parametrize("name", PARTS)
def test_a_missing_part_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"incomplete: {name} is missing") as caught:
        load_model(folder)
    assert caught.value.where == str(folder)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[: len(data) // 2], lambda data: data + b"\n", lambda data: data[:-1] + bytes([data[-1] ^ 1]), lambda _: b""],
)
def test_an_altered_or_truncated_part_is_named(folder: Path, name: str, spoil: Callable[[bytes], bytes]) -> None:
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(spoil(data))
    with pytest.raises(ModelError, match=f"altered: {name}"):
        load_model(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "{", "null", '"x"'])
def test_an_altered_manifest_is_named(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"manifest\.json was altered"):
        load_model(folder)


def test_a_manifest_without_digests_trusts_nothing(folder: Path) -> None:
    kinds: list[object] = [[], {}, None, "x"]
    for digests in kinds:
        (folder / MANIFEST).write_text(json.dumps({"format": FORMAT, "sha256": digests}), encoding="utf-8")
        with pytest.raises(ModelError, match="altered"):
            load_model(folder)


def test_a_model_of_another_format_says_so(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format": 99}), encoding="utf-8")
    with pytest.raises(ModelError, match="made for model format 99"):
        load_model(folder)


@pytest.mark.parametrize("name", ["model.json", "weights.npz", "dictionary.txt"])
def test_a_sealed_folder_with_a_spoilt_part_is_still_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\xff\xfe nothing of use [")
    seal(folder)
    with pytest.raises(ModelError):
        load_model(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"params": None},
        {"params": {}},
        {"codebook": {}},
        {"codebook": None},
        {"category": {}},
        {"category": []},
        {"review_threshold": None},
    ],
)
def test_a_sealed_description_that_does_not_fit_is_refused(folder: Path, change: dict[str, object]) -> None:
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / "model.json").write_text(json.dumps(description | change), encoding="utf-8")
    seal(folder)
    with pytest.raises(ModelError):
        load_model(folder)


def test_weights_are_read_without_pickle(folder: Path) -> None:
    for path in (folder, default_model()):
        with np.load(path / "weights.npz", allow_pickle=False) as arrays:
            assert len(arrays.files) > 4
            assert {arrays[name].dtype.kind for name in arrays.files} <= {"i", "u", "f"}


class _Bomb:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path(self.path),))


def test_a_pickle_planted_in_the_weights_is_not_run(folder: Path, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    buffer = BytesIO()
    np.save(buffer, np.array([_Bomb(str(proof))], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(folder / "weights.npz") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in members:
        with zipfile.ZipFile(folder / "weights.npz", "w") as archive:
            for member, data in members.items():
                archive.writestr(member, buffer.getvalue() if member == name else data)
        seal(folder)
        with pytest.raises(ModelError):
            load_model(folder)
    assert not proof.exists()
    np.load(BytesIO(buffer.getvalue()), allow_pickle=True)
    assert proof.exists()  # the bomb was live


def test_a_bare_pickle_in_place_of_the_weights_is_not_run(folder: Path, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    (folder / "weights.npz").write_bytes(pickle.dumps(_Bomb(str(proof))))
    seal(folder)
    with pytest.raises(ModelError):
        load_model(folder)
    assert not proof.exists()


def test_weights_in_a_byte_are_near_and_keep_their_sign() -> None:
    random = np.random.default_rng(1)
    weights = random.normal(size=(200, 4)) * np.array([1.0, 10.0, 0.01, 0.0])
    packed, scale = quantise(weights)
    restored = restore_weights(packed, scale)
    assert packed.dtype == np.int8
    assert_allclose(restored, weights, atol=1e-2 * np.abs(weights).max(axis=0).max())
    largest = np.abs(weights).max(axis=0)
    assert (np.abs(restored - weights) <= 0.009 * largest + 1e-12).all()
    assert (np.sign(restored) * np.sign(weights) >= 0).all()
    assert np.isfinite(restored).all()


def test_the_bundled_model_is_whole_and_small_enough_for_git() -> None:
    check_model(default_model())
    assert sum(file.stat().st_size for file in default_model().iterdir()) <= 6 * 2**20


def test_the_same_text_gets_the_same_posteriors_each_time(small_model: Model) -> None:
    document = structured(TEXT)
    first, second = small_model.posteriors(document), small_model.posteriors(document)
    for one, other in zip(first, second, strict=True):
        assert one.tobytes() == other.tobytes()


def test_posteriors_of_a_document_sum_to_1(small_model: Model) -> None:
    for posteriors in small_model.posteriors(structured(TEXT)):
        assert_allclose(posteriors.sum(axis=1), 1.0)
    for posteriors in small_model.posteriors(structured("")):
        assert len(posteriors) == 0
