"""What an analyst relies on, with the bundled model: it codes the work, not the words around it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.batch import tag_batch
from pipeline.model import Model
from pipeline.read import Source, read_document
from pipeline.resources import default_model
from pipeline.store import read_table
from pipeline.structure import structure
from pipeline.tag import tag_document
from tests.conftest import REAL, ROOT, Run, structured

SENTENCES = {
    "party_leadership": "党组理论学习中心组集体学习全国两会精神5次，机关党支部按时召开组织生活会。",
    "publicity_education": "组织志愿者走上街头开展政策宣讲，发放宣传折页2000余份。",
    "model_creation": "对照测评指标推进示范区创建，又有3家单位被命名为示范单位。",
    "exchange_integration": "组织120名各族青少年参加夏令营，同吃同住同学习。",
    "development_funds": "争取上级少数民族发展资金860万元，安排产业项目7个，资金拨付率达到100%。",
    "culture_research": "抢救修复古籍40册，完成史诗唱段的整理和出版。",
    "language_script": "开展国家通用语言文字培训，规范店铺牌匾的文字使用。",
    "law_governance": "会同人大开展条例执法检查，对规范性文件逐件作合法性审查。",
    "risk_prevention": "排查涉民族因素矛盾纠纷隐患11起，完善舆情应急预案。",
    "institution_building": "健全委员制，召开委员全体会议，调整各委员单位的职责分工。",
    "capacity_conduct": "班子成员带队深入基层调查研究，形成调研报告6篇，减少发文和会议。",
}
PARAPHRASES = {
    "party_leadership": "机关党支部落实“三会一课”，中心组围绕两会精神安排了五次学习研讨。",
    "publicity_education": "2000多份宣传折页由志愿者在街头发给群众，并现场宣讲政策。",
    "model_creation": "示范区创建按测评指标抓紧推进，年内新命名示范单位三家。",
    "exchange_integration": "夏令营吸引各族青少年120人，大家在共同的生活学习中交了朋友。",
    "development_funds": "全年到位少数民族发展资金860万元，7个产业项目的资金已全部拨付。",
    "culture_research": "40册古籍得到修复，史诗唱段也整理成书出版。",
    "language_script": "国家通用语言文字培训班如期开办，店铺牌匾用字不规范的得到纠正。",
    "law_governance": "配合人大做好条例的执法检查，并审查规范性文件是否合法。",
    "risk_prevention": "修订舆情应急预案，摸排出涉民族因素的矛盾纠纷11起并逐一化解。",
    "institution_building": "召开委员全体会议，进一步明确委员单位职责，完善委员制运行办法。",
    "capacity_conduct": "领导干部深入基层搞调研，写出6篇调研报告，会议和文件都有所减少。",
}
SLOGANS = ("以铸牢中华民族共同体意识为主线，", "坚持高质量发展，", "全面贯彻落实党的二十大精神，")


def test_the_sentences_of_these_tests_are_not_those_of_the_bundled_reports() -> None:
    bundled = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "seeds").glob("*.txt")))
    assert [text for text in (*SENTENCES.values(), *PARAPHRASES.values()) if text in bundled] == []


def category(model: Model, sentence: str) -> str:
    """Return the category of a sentence in the middle of a report, without a heading that helps."""
    report = structured(f"某县2024年工作总结\n今年以来，各项工作有序开展。\n{sentence}\n")
    table = tag_document(model, report)
    return str(table[table["start"] == report.sentences[2].start]["category"].iloc[0])


@pytest.mark.parametrize("code", SENTENCES)
def test_a_plain_sentence_gets_its_category(model: Model, code: str) -> None:
    assert category(model, SENTENCES[code]) == code


@pytest.mark.parametrize("code", PARAPHRASES)
def test_a_paraphrase_keeps_the_tag(model: Model, code: str) -> None:
    assert category(model, PARAPHRASES[code]) == category(model, SENTENCES[code])


@pytest.mark.parametrize("slogan", SLOGANS)
@pytest.mark.parametrize("code", SENTENCES)
def test_an_added_slogan_does_not_change_the_tag(model: Model, code: str, slogan: str) -> None:
    assert category(model, slogan + SENTENCES[code]) == code


@pytest.mark.parametrize("code", SENTENCES)
def test_blacked_out_figures_keep_the_tag(model: Model, code: str) -> None:
    assert category(model, re.sub(r"\d+", "***", SENTENCES[code])) == code


@pytest.mark.parametrize("code", SENTENCES)
def test_other_figures_change_nothing_at_all(model: Model, code: str) -> None:
    """Posteriors hang on there being a number, not on which."""
    plain, other = (structured(text) for text in (SENTENCES[code], re.sub(r"\d+", "9876", SENTENCES[code])))
    for one, two in zip(model.posteriors(plain), model.posteriors(other), strict=True):
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("code", SENTENCES)
def test_full_width_spaces_and_broken_layout_keep_the_tag(model: Model, code: str) -> None:
    assert category(model, "　　" + SENTENCES[code].replace("，", "， ")) == code


def test_a_slogan_alone_is_no_work(model: Model) -> None:
    assert category(model, "为推进中国式现代化建设作出新的更大贡献。") == "other"


@pytest.mark.parametrize(
    ("heading", "sentence", "stage"),
    [
        ("一、主要工作", "举办政策宣讲12场，发放折页3000份。", "done"),
        ("二、存在的问题", "宣讲的形式还比较单一，基层力量薄弱。", "problem"),
        ("三、下一步打算", "下一步，将继续开展政策宣讲进校园活动。", "plan"),
    ],
)
def test_stages(model: Model, heading: str, sentence: str, stage: str) -> None:
    table = tag_document(model, structured(f"某县2024年工作总结\n{heading}\n{sentence}\n"))
    assert table["stage"].tolist() == ["context", "context", stage]


def test_a_neutral_sentence_follows_its_heading(model: Model) -> None:
    found = []
    for heading in ("（一）抓好宣传教育", "（二）用好发展资金"):
        table = tag_document(model, structured(f"某县2024年工作总结\n一、主要工作\n{heading}\n全年共完成12项，同比增长一倍。\n"))
        found.append(table["category"].iloc[-1])
    assert found == ["publicity_education", "development_funds"]


def test_own_words_win_over_a_heading_of_another_kind(model: Model) -> None:
    text = f"某县2024年工作总结\n一、主要工作\n（一）抓好宣传教育\n{SENTENCES['culture_research']}\n"
    assert tag_document(model, structured(text))["category"].iloc[-1] == "culture_research"


def test_a_long_paragraph_of_five_kinds_of_work_gets_five_tags_with_shares(model: Model) -> None:
    kinds = ["publicity_education", "model_creation", "development_funds", "culture_research", "risk_prevention"]
    paragraph = "".join(SENTENCES[code] for code in kinds)
    table = tag_document(model, structured(f"某县2024年工作总结\n{paragraph}\n"), by="paragraph")
    assert {pair.split(":")[0] for pair in table["shares"].iloc[-1].split(";")} == set(kinds)


def test_the_bundled_reports_go_through_to_a_spreadsheet(worktag: Run, tmp_path: Path) -> None:
    """The whole way: files, model, table in Chinese for people."""
    files = sorted((ROOT / "seeds").glob("*.txt"))[::20]
    outcome = worktag("tag", *files, "-o", tmp_path / "tags.xlsx")
    assert (outcome.code, outcome.err) == (0, "")
    table = read_table(tmp_path / "tags.xlsx")
    sentences = [sentence for file in files for sentence in structure(read_document(Source(file, file.name))).sentences]
    assert table["text"].tolist() == [sentence.text for sentence in sentences]
    assert (
        table["category_name"].isin(["党的领导", "宣传教育", "示范创建", "交往交流交融", "发展资金", "文化研究", "语言文字"]).mean()
        > 0.3
    )
    assert table["probability"].between(0.05, 1.0).all()


def test_real_reports_lose_no_character(real_reports: dict[str, object], tmp_path: Path) -> None:
    paths = [REAL / name for name in real_reports]
    for by in ("sentence", "paragraph"):
        tag_batch(default_model(), paths, tmp_path / "real.csv", by=by)
        table = read_table(tmp_path / "real.csv")
        for path in paths:
            text = read_document(Source(path, path.name)).text
            assert "".join("".join(table[table["document"] == path.name]["text"]).split()) == "".join(text.split())


def test_real_reports_are_tagged_as_well_as_was_promised(real_reports: dict[str, object], worktag: Run, tmp_path: Path) -> None:
    """The bounds are those that the project set itself; the score is the shared one, the model saw only the bundled reports."""
    output = tmp_path / "real.csv"
    assert worktag("tag", *(REAL / name for name in real_reports), "-o", output).code == 0
    documents = ",".join(name[:3] for name in real_reports)
    command = [sys.executable, str(REAL / "score.py"), str(output), "--docs", documents]
    score = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert score["lost_characters"] == 0
    assert score["heading_accuracy"] == 1.0
    assert score["accuracy"] >= 0.78
    assert score["macro_f1"] >= 0.76
    assert score["stage_accuracy"] >= 0.90
