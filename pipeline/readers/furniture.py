"""Find the lines of a page that are furniture: font size, print, share, source and clicks, path, neighbours.

Only whole lines go, and a line goes only if every word of it is furniture. What a report might say itself (首页, 打印, a date) goes
only above the first or below the last long paragraph, and only from a page that shows by a surer mark that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.patterns import lazy

_DATE = r"(?:19|20)\d\d\s*+[-/.年]\s*+\d{1,2}\s*+[-/.月]\s*+\d{1,2}\s*+日?"
_TIME = r"\d{1,2}\s*+[:：时]\s*+\d{1,2}(?:\s*+[:：分]\s*+\d{1,2})?\s*+[分秒]?"
_WHEN = rf"(?:{_DATE}\s*+(?:{_TIME})?)"
_NAME = r"[^\s：:。，；|【】]{1,20}"

# Nobody writes these in a report.
_SURE = (
    r"【?\s*+字\s*+[体号]\s*+[:：]?\s*+(?:[\[［【]?\s*+(?:特大|超大|大|默认|中|小)\s*+[\]］】]?\s*+[|/·]?\s*+){1,5}】?",
    r"(?:用?手机)?扫(?:一扫|描)(?:二维码)?(?:在?手机)?(?:上?打开|浏览|查看|阅读)?(?:当前|本)?(?:页面?|文章)?(?:分享)?",
    r"分享到?\s*+(?:微信|微博|新浪微博|朋友圈|[Qq]{2}(?:空间|好友)?|腾讯微博)",
    r"分享(?:到|至)\s*+[:：]?",
    r"(?:打印|关闭)(?:本页|此页|本文|页面|当前页|文章|窗口|此窗口)",
    r"(?:上|下)一[篇条](?:文章|新闻)?\s*+[:：].*",
    rf"(?:本文|【)?(?:责任)?编辑\s*+[:：]\s*+(?:{_NAME})?】?",
    r"(?:您(?:现在|当前)?的?(?:所在)?|当前)(?:所在)?位置\s*+(?:是\s*+)?[:：].*",
    r"(?:浏览|阅读|访问|点击)(?:次数|数|量|率)\s*+[:：]?\s*+(?:\d+|加载中|正在加载)?\s*+(?:次|人次)?",
    r"(?:全文)?(?:语音(?:播报|朗读)|无障碍阅读|长者模式|复制链接|返回(?:页?顶部|首页)|加入收藏|收藏本页|添加收藏)",
    rf"(?:来\s*+源|信息来源|文章来源|稿件来源)\s*+[:：]\s*+(?:{_NAME})?\s*+(?:(?:发布|发表)?(?:时间|日期)\s*+[:：]\s*+)?{_WHEN}.*",
    rf"(?:发布|发表|更新|成文)(?:时间|日期)\s*+[:：]\s*+{_WHEN}",
    rf"{_DATE}\s*+{_TIME}",
    r"(?:主办|承办|技术支持)(?:单位)?\s*+[:：].*",
    r"(?:版权所有|网站标识码|网站地图|[一-龥]?ICP备|[一-龥]公网安备).*",
    r"(?:相关(?:链接|文档|附件|阅读|新闻|文章|稿件)|推荐阅读|延伸阅读)\s*+(?:[:：]|[>》]+)",
    r"[》>]{2}.{0,30}(?:点击|专题).{0,30}[《<》>]{2}",
)
# Furniture on a page that has one of the marks above.
_LIKELY = (
    r"[【】\[\]［］|｜·×>＞»/]++",
    r"分享\s*+[:：]?",
    r"(?:首页|网站首页|打印|关闭|收藏|下载|全屏|转发|纠错|微信|微博|大|中|小|[Qq]{2}空间)",
    rf"[（(]?(?:来\s*+源|信息来源|文章来源|作者|发布人|发布机构|编辑|供稿|审核)\s*+[:：]\s*+{_NAME}[）)]?",
    rf"(?:时间|日期)\s*+[:：]\s*+{_WHEN}",
    r"(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}",  # not 2024年1月5日: reports are signed so
    r"(?:来\s*+源|信息来源|发布人|作者|编辑|时间|日期|(?:发布|发表)(?:时间|日期)|索引号|主题词)\s*+[:：]",
)
# Possessive quantifiers and atomic groups throughout: a line made to be hard to match must cost no more than another.
_GLUE = r"[\s\u3000|｜·]*+"
_LINE = lazy(rf"(?:(?>{'|'.join((*_SURE, *_LIKELY))}){_GLUE}){{1,12}}+")
_SURELY = lazy("|".join(_SURE))
# Each sure mark holds one of these signs; a line without any needs no further look.
_SIGN = re.compile("[字扫享印闭篇条辑置览读访击音者接返藏源间期:：时版站备》>]")
# A label whose value stands on the next line.
_LABEL = lazy(r"\s*+(?:来\s*+源|信息来源|责任编辑|编辑|作者|发布人|(?:发布|发表)?(?:时间|日期))\s*+[:：]\s*+")
_VALUE = lazy(rf"\s*+(?:{_WHEN}|[^\s。，；：:]{{1,20}})\s*+")
_FONT_SIZE = lazy(r"【\s*+字\s*+[体号]\s*+[:：]?\s*+(?:[特超]?[大中小]\s*+|默认\s*+){1,4}】")
_CRUMB = lazy(r"\s*+[>＞»]\s*+")
_PLACE = lazy(r"\s*+(?:您(?:现在|当前)?的?(?:所在)?|当前)(?:所在)?位置\s*+(?:是\s*+)?[:：]?\s*+")
_RELATED = lazy(r"\s*+(?:相关(?:链接|文档|附件|阅读|新闻|文章|稿件)|推荐阅读|延伸阅读)\s*+[:：>》]*\s*+")

_TITLE = lazy("(?:报告|总结|汇报|计划|要点|打算|思路|安排)$")

_LONG = 60  # a paragraph of this length is the report's own
_SHORT = 100  # furniture lines are shorter; longer ones are not even tried
_REACH = 60  # lines from the first or last long paragraph within which unsure marks count


def strip_furniture(lines: Sequence[str], *, is_web: bool) -> tuple[list[str | None], int]:
    """Return the lines, None for each that is furniture, and the number of characters that went.

    Args:
        lines: of one report.
        is_web: the file is a web page, so that unsure marks count without a sure one.
    """
    result: list[str | None] = list(lines)
    joined = _without_font_size(result)
    long = [number for number, line in enumerate(lines) if len(line) >= _LONG]
    first, last = (long[0], long[-1]) if long else (len(lines), -1)
    edges = [*range(min(first, _REACH)), *range(max(last + 1, len(lines) - _REACH, min(first, _REACH)), len(lines))]
    sure = [
        number for number, line in enumerate(result) if line and _SIGN.search(line) and _is_furniture(line) and _SURELY.search(line)
    ]
    for number in sure:
        result[number] = None
    if is_web or sure or joined:
        _strip_path(result, edges)
        _strip_likely(result, lines, edges)
        _strip_related(result, lines, last, sure)
    return result, sum(len(line) - len(kept or "") for line, kept in zip(lines, result, strict=True) if kept is not line)


def _is_furniture(line: str) -> bool:
    stripped = line.strip()
    return 0 < len(stripped) <= _SHORT and _LINE.fullmatch(stripped) is not None


def _without_font_size(lines: list[str | None]) -> bool:
    """Take out 【字体：大 中 小】, which stands within a line or over up to eight lines; say whether there was one."""
    found = False
    for number in [number for number, line in enumerate(lines) if line and "【" in line]:
        line = lines[number]
        if line is None or "字" not in "".join(text or "" for text in lines[number : number + 2]):
            continue
        at = line.index("【")
        window = [text or "" for text in lines[number : number + 9]]
        match = _FONT_SIZE.match("\n".join(window), at)
        if not match:
            continue
        found = True
        crossed = match[0].count("\n")
        rest = "\n".join(window)[match.end() :].split("\n", 1)[0]
        for passed in range(number + 1, number + crossed + 1):
            lines[passed] = None
        lines[number] = line[:at] + rest if (line[:at] + rest).strip() else None
    return found


def _strip_path(lines: list[str | None], edges: Sequence[int]) -> None:
    """Take out a path (首页 > 政务公开 > …) that stands a step a line, and a step that is said again behind it."""
    crumbs: set[str] = set()
    for number in edges:
        line = lines[number]
        if line is None or not (_CRUMB.fullmatch(line) or _PLACE.fullmatch(line)):
            continue
        lines[number] = None
        for neighbour in (number - 1, number + 1):
            text = lines[neighbour] if 0 <= neighbour < len(lines) else None
            if text and len(text) <= 20 and not _CRUMB.fullmatch(text) and not (neighbour < number and _PLACE.match(line)):
                crumbs.add(text.strip())
                lines[neighbour] = None
    for number in edges:
        text = (lines[number] or "").strip()
        if text in crumbs and not _TITLE.search(text):
            lines[number] = None


def _strip_likely(result: list[str | None], lines: Sequence[str], edges: Sequence[int]) -> None:
    for number in edges:
        line = result[number]
        if line is not None and _is_furniture(line):
            result[number] = None
    for number in edges:  # the value of a label on the line before, the label being gone by now
        if number and result[number - 1] is None and _LABEL.fullmatch(lines[number - 1]) and _VALUE.fullmatch(lines[number]):
            result[number] = None


def _strip_related(result: list[str | None], lines: Sequence[str], last: int, sure: Sequence[int]) -> None:
    """Take out titles of other pages below the report, and what is said a second time below the last mark."""
    behind = [number for number in sure if number > last]
    start = next((number for number in behind if _RELATED.match(lines[number])), len(lines))
    body = "".join(line.strip() for line in lines[: last + 1])
    for number in range(last + 1, min(len(lines), last + 1 + 2 * _REACH)):
        line = (lines[number] or "").strip()
        is_title = number > start and len(line) <= _LONG and not line.endswith(("。", "；"))
        is_repeated = bool(behind) and number > behind[-1] and len(line) >= 6 and line in body
        if is_title or is_repeated:
            result[number] = None
