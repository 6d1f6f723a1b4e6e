"""Furniture of web pages goes, and nothing else: a report's own words stay, also where they look alike."""

from __future__ import annotations

import time

import pytest

from pipeline.readers.furniture import strip_furniture

LONG = "一年来，全县民族宗教工作坚持以铸牢中华民族共同体意识为主线，着力抓好宣传教育、示范创建、场所管理和队伍建设，各项工作取得新的进展。"


def kept(text: str, *, is_web: bool = False) -> list[str]:
    """Return the lines that stay."""
    return [line for line in strip_furniture(text.split("\n"), is_web=is_web)[0] if line is not None]


@pytest.mark.parametrize(
    "line",
    [
        "【字体：大 中 小】",
        "【字号：大中小】",
        "【字体:　小　中　大　】",
        "来源：县民宗局　发布时间：2024-01-05 10:00　浏览次数：128次",
        "来源：县民宗局 2024-01-05",
        "发布时间：2024年1月5日 10:00",
        "2024-01-05 10:00:12",
        "浏览次数：128",
        "阅读量：加载中",
        "打印本页 关闭窗口",
        "【打印本页】 【关闭窗口】",
        "打印本页 | 关闭窗口",
        "分享到：微信 微博 QQ空间",
        "分享到微信",
        "上一篇：关于开展检查的通知",
        "下一篇：没有了",
        "责任编辑：王某某",
        "【责任编辑：王某某】",
        "扫一扫在手机打开当前页",
        "您现在的位置：首页 > 政务公开 > 工作总结",
        "当前位置：首页>总结",
        "版权所有：某县人民政府　某ICP备00000000号",
        "主办单位：某县人民政府办公室",
        "语音播报",
    ],
)
def test_a_line_of_furniture_goes_even_from_plain_text(line: str) -> None:
    assert kept(f"2023年工作总结\n{line}\n{LONG}") == ["2023年工作总结", LONG]
    assert kept(f"2023年工作总结\n{LONG}\n{line}") == ["2023年工作总结", LONG]


@pytest.mark.parametrize(
    "line",
    [
        "打印",
        "关闭",
        "首页",
        "|",
        "×",
        "收藏",
        "来源：青海日报",
        "（来源：青海日报）",
        "作者：王某某",
        "时间：2024-01-05",
        "2024-01-05",
    ],
)
def test_an_unsure_line_goes_only_from_what_is_surely_a_page(line: str) -> None:
    assert kept(f"2023年工作总结\n{line}\n{LONG}", is_web=True) == ["2023年工作总结", LONG]
    assert kept(f"2023年工作总结\n{line}\n【字体：大 中 小】\n{LONG}") == ["2023年工作总结", LONG]
    assert kept(f"2023年工作总结\n{line}\n{LONG}") == ["2023年工作总结", line, LONG]
    assert kept(f"{LONG}\n{line}\n{LONG}", is_web=True) == [LONG, line, LONG]


@pytest.mark.parametrize(
    "line",
    [
        "来源：",
        "一、资金来源：财政拨款12万元，自筹3万元。",
        "上一篇文章提到的问题已经整改。",
        "打印宣传手册3000册。",
        "关闭无证场所2处。",
        "首页改版完成。",
        "分享到的经验有三条。",
        "（一）打印、复印费用",
        "责任编辑队伍建设",
        "2024年1月5日",
        "当前位置不明的3处场所已经核实。",
        "大",
        "扫一扫二维码即可办理，全年办理1200件。",
        "来源地社区配合做好服务",
        "主办单位",
    ],
)
def test_a_reports_own_words_stay(line: str) -> None:
    assert kept(f"2023年工作总结\n{line}\n{LONG}") == ["2023年工作总结", line, LONG]
    assert kept(f"{LONG}\n{line}\n{LONG}", is_web=True) == [LONG, line, LONG]


def test_furniture_that_stands_a_word_a_line() -> None:
    head = (
        "您的位置:\n首页\n>\n要闻\n要闻\n2023年工作总结\n来源:\n某某日报\n2024-01-05 09:02:33\n【字体：\n大\n中\n小\n】\n分享：\n"
    )
    tail = "\n责任编辑：\n王某某\n扫一扫在手机打开当前页\n相关链接>>\n某县召开会议部署工作\n解读：总结的亮点\n打印本页\n关闭窗口\n2023年工作总结"
    assert kept(head + LONG + tail) == ["2023年工作总结", LONG]


def test_a_title_that_is_also_a_step_of_the_path_stays() -> None:
    assert kept(f"首页\n>\n工作总结\n工作总结\n打印本页\n{LONG}") == ["工作总结", LONG]


def test_an_appendix_below_the_furniture_stays() -> None:
    lines = [LONG, "打印本页", "附件：1.统计表", "填表说明：按年度统计，一式两份。"]
    assert kept("\n".join(lines)) == [LONG, *lines[2:]]


def test_what_goes_is_counted() -> None:
    lines = ["总结", "【字体：大 中 小】", "甲【字体：大 中 小】乙", LONG]
    result, count = strip_furniture(lines, is_web=False)
    assert result == ["总结", None, "甲乙", LONG]
    assert count == 2 * len("【字体：大 中 小】")


@pytest.mark.parametrize(
    "line", ["[" * 99, "【字体：" + " " * 95, "来源：" + "a" * 95, "| " * 49, "【大" * 49, "2024-1-1 " * 11, "大" * 100]
)
def test_no_line_takes_long(line: str) -> None:
    started = time.monotonic()
    strip_furniture([line + "x"] * 2000, is_web=True)
    assert time.monotonic() - started < 2
