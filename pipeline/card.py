"""Write the model card: what the model is for, what it reaches on unseen reports, and where it errs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.codebook import Codebook
from pipeline.review import PROMISED_PRECISION, PROMISED_SHARE

_WORDS = {
    "zh": {
        "title": "# 模型卡",
        "use": "## 用途与边界",
        "use_text": (
            "为公共机构公开发布的工作总结逐句标注工作类别与阶段，供比较各单位、各时期的工作侧重。"
            "只用于公开发布的工作报告；不用于评判个人，也不用于读取私人信息，今后也不提供此类功能。"
        ),
        "data": "## 训练数据",
        "data_text": "{reports} 份报告、{sentences} 个已编码句子（数据摘要 `{digest}`）。随本软件提供的报告均为虚构。",
        "results": "## 在未见报告上的表现",
        "results_text": "交叉拟合：每句的标注都来自没有见过该报告（单位足够多时，也没有见过该单位）的模型。区间为按报告自助抽样的 95% 区间。",
        "limit": "这些数字在写法与训练报告相近的文本上取得；写法不同的真实报告上会更低，请先抽检。",
        "measure": "指标",
        "value": "值",
        "accuracy": "准确率（句）",
        "macro_f1": "宏平均 F1",
        "accuracy_by_characters": "准确率（按字符）",
        "share_error_points": "报告内占比的平均绝对误差（百分点）",
        "stage_accuracy": "阶段准确率",
        "calibration_error": "校准误差 ECE",
        "stage_calibration_error": "阶段校准误差 ECE",
        "paragraph": "段落报告了哪些类别（占比 ≥ 10%）：精确率 / 召回率",
        "review": "待复核标记：未标记的占比 / 其准确率",
        "promise": "待复核标记的承诺：未标记的句子中至少 {precision:.0%} 标注正确，且未标记的句子至少占 {share:.0%}。{kept}",
        "kept": "在上述数据上兑现了。",
        "broken": "在上述数据上没有兑现：标注更多报告后重新训练，在此之前多作抽检。",
        "by_category": "## 各类别",
        "category": "类别",
        "precision": "精确率",
        "recall": "召回率",
        "support": "句数",
        "by_stage": "## 各阶段",
        "pictures": "## 校准曲线与混淆表",
        "posterior": "后验概率",
        "right": "标注正确的比例",
        "coded": "编码（行）",
        "tagged": "标注（列）",
        "c_title": "## 语料",
        "c_units": "报告 / 单位",
        "c_words": "不同的词",
        "c_lengths": "句长（字符，第 10 / 50 / 90 百分位）",
        "c_alike": "在另一份报告中有相似句的句子（字符 5-gram Jaccard > 0.5）",
        "c_layout": "有此版式的报告：",
        "c_agreement": "## 编码员间一致性",
        "c_agreement_text": (
            "{sentences} 个句子由第二位编码员独立编码（Krippendorff's α，按段落自助抽样的 95% 区间）。"
            "两位编码员依同一手册、受同样训练，α 说明手册执行得一致，不说明任何人都会这样编码。"
        ),
        "c_category": "类别（全部）",
        "c_stage": "阶段（全部）",
    },
    "en": {
        "title": "# Model card",
        "use": "## Use and bounds",
        "use_text": (
            "Tags the sentences of work reports that public bodies publish by kind of work and stage, for comparing what units stress and "
            "how that changes. It is for published work reports only; it is no tool for judging persons or for reading private messages, "
            "and gets no feature for that."
        ),
        "data": "## Training data",
        "data_text": "{reports} reports, {sentences} coded sentences (digest `{digest}`). The reports bundled with this software are fictional.",
        "results": "## What it reaches on unseen reports",
        "results_text": (
            "Cross-fitted: each tag comes from a model that saw nothing of the report, nor of its unit where there are enough units. "
            "Intervals are 95%, of a bootstrap over reports."
        ),
        "limit": "These figures hold for text written like the training reports; on real reports written otherwise they are lower: audit first.",
        "measure": "measure",
        "value": "value",
        "accuracy": "accuracy (sentences)",
        "macro_f1": "macro-F1",
        "accuracy_by_characters": "accuracy by characters",
        "share_error_points": "mean absolute error of shares within a report (points)",
        "stage_accuracy": "stage accuracy",
        "calibration_error": "calibration error (ECE)",
        "stage_calibration_error": "stage calibration error (ECE)",
        "paragraph": "which categories a paragraph reports (share ≥ 10%): precision / recall",
        "review": "review mark: share unmarked / precision of the unmarked",
        "promise": (
            "The review mark promises that of the sentences that aren't marked at least {precision:.0%} are right, and that they are at least "
            "{share:.0%} of all. {kept}"
        ),
        "kept": "On these data it is kept.",
        "broken": "On these data it is not kept: label more reports and train again, and until then look at more than what is marked.",
        "by_category": "## Categories",
        "category": "category",
        "precision": "precision",
        "recall": "recall",
        "support": "sentences",
        "by_stage": "## Stages",
        "pictures": "## Reliability and confusion",
        "posterior": "posterior",
        "right": "share of right tags",
        "coded": "coded (rows)",
        "tagged": "tagged (columns)",
        "c_title": "## Corpus",
        "c_units": "reports / units",
        "c_words": "distinct words",
        "c_lengths": "sentence length (characters, percentiles 10 / 50 / 90)",
        "c_alike": "sentences with a look-alike in another report (character-5-gram Jaccard > .5)",
        "c_layout": "reports with ",
        "c_agreement": "## Inter-coder agreement",
        "c_agreement_text": (
            "{sentences} sentences were coded again, independently, by a second coder (Krippendorff's α, 95% intervals of a bootstrap over "
            "paragraphs). Both coders share one codebook and one training: α says that the codebook is applied alike, not that anybody would "
            "code so."
        ),
        "c_category": "category (all)",
        "c_stage": "stage (all)",
    },
}
_PLAIN = (
    "accuracy",
    "macro_f1",
    "accuracy_by_characters",
    "share_error_points",
    "stage_accuracy",
    "calibration_error",
    "stage_calibration_error",
)


def words(language: str) -> Mapping[str, str]:
    """Return the card's words in a language."""
    return _WORDS[language]


def card(metrics: Mapping[str, Any], codebook: Codebook, *, digest: str, language: str, extra: str = "") -> str:
    """Return the model card as Markdown.

    Args:
        metrics: of :func:`pipeline.evaluate.measure`.
        codebook: names the categories.
        digest: of the training data.
        language: ``zh`` or ``en``.
        extra: further sections, such as the corpus and its coders.
    """
    say = _WORDS[language]
    head = [say["title"], "", say["use"], "", say["use_text"], "", say["data"], ""]
    head += [say["data_text"].format(digest=digest[:16], **metrics), ""]
    head += [
        say["results"],
        "",
        say["results_text"],
        say["limit"],
        "",
        f"| {say['measure']} | {say['value']} |",
        "| --- | --- |",
    ]
    for name in _PLAIN:
        interval = metrics.get(f"{name}_interval")
        bounds = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
        head.append(f"| {say[name]} | {metrics[name]:.3f}{bounds} |")
    paragraph, review = metrics["paragraph_categories"], metrics["review"]
    head.append(f"| {say['paragraph']} | {paragraph['precision']:.3f} / {paragraph['recall']:.3f} |")
    precision = "–" if review["unmarked_precision"] is None else f"{review['unmarked_precision']:.3f}"
    head.append(f"| {say['review']} | {review['unmarked_share']:.3f} / {precision} |")
    kept = say["kept" if review["promise_kept"] else "broken"]
    head += ["", say["promise"].format(precision=PROMISED_PRECISION, share=PROMISED_SHARE, kept=kept)]
    head += ["", say["by_category"], "", *_by_class(metrics["categories"], codebook, say, language)]
    head += ["", say["by_stage"], "", *_by_class(metrics["stages"], codebook, say, language)]
    suffix = "" if language == "zh" else ".en"
    head += [
        "",
        say["pictures"],
        "",
        f"![{say['right']}](reliability{suffix}.svg)",
        "",
        f"![{say['tagged']}](confusion{suffix}.svg)",
        "",
    ]
    return "\n".join([*head, extra] if extra else head)


def corpus_section(corpus: Mapping[str, Any], codebook: Codebook, language: str) -> str:
    """Return the card's section on the training corpus, from :func:`pipeline.corpus.describe_files`."""
    say = _WORDS[language]
    lengths = corpus["length_percentiles"]
    facts = [
        (say["c_units"], f"{corpus['reports']} / {corpus['units']}"),
        (say["c_words"], f"{corpus['distinct_words']:,}"),
        (say["c_lengths"], f"{lengths['10']} / {lengths['50']} / {lengths['90']}"),
        (say["c_alike"], f"{corpus['alike_share']:.1%}"),
        *((f"{say['c_layout']}{name}", str(count)) for name, count in corpus["layouts"].items()),
    ]
    lines = [
        say["c_title"],
        "",
        f"| {say['measure']} | {say['value']} |",
        "| --- | --- |",
        *(f"| {name} | {value} |" for name, value in facts),
    ]
    if agreed := corpus.get("agreement"):
        lines += ["", say["c_agreement"], "", say["c_agreement_text"].format(sentences=agreed["sentences"]), ""]
        lines += ["| | α | 95% |", "| --- | --- | --- |"]
        rows = [(say["c_category"], agreed["category"]), (say["c_stage"], agreed["stage"])]
        rows += [(codebook.name(code, language), row) for code, row in agreed["categories"].items()]
        lines += [f"| {name} | {_alpha(row)} |" for name, row in rows]
    return "\n".join([*lines, ""])


def _alpha(row: Mapping[str, Any]) -> str:
    if row["alpha"] is None:  # a code that nobody gave
        return "– | –"
    return f"{row['alpha']:.3f} | [{row['interval'][0]:.3f}, {row['interval'][1]:.3f}]"


def _by_class(rows: Mapping[str, Mapping[str, float]], codebook: Codebook, say: Mapping[str, str], language: str) -> list[str]:
    lines = [
        f"| {say['category']} | | {say['precision']} | {say['recall']} | F1 | {say['support']} |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for code, row in rows.items():
        values = f"{row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} | {row['support']}"
        lines.append(f"| `{code}` | {codebook.name(code, language)} | {values} |")
    return lines
