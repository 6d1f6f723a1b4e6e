"""Write numbers as Word's lists do: Office Open XML, ECMA-376 part 1, section 17.18.59 (ST_NumberFormat)."""

from __future__ import annotations

from collections.abc import Callable

_LARGEST = 99_999_999
_MOST_LETTERS = 20  # repetitions of one letter; a list that long is numbered in digits
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"),
    (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_SIMPLE = "〇一二三四五六七八九"
_TAIWANESE = "○一二三四五六七八九"
_WIDE = "０１２３４５６７８９"
_COUNTING = ("零一二三四五六七八九", "十百千", "万")
_LEGAL = ("零壹贰叁肆伍陆柒捌玖", "拾佰仟", "万")
_LEGAL_TRADITIONAL = ("零壹貳參肆伍陸柒捌玖", "拾佰仟", "萬")
_JAPANESE_LEGAL = ("零壱弐参四伍六七八九", "拾百阡", "萬")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"


def format_number(value: int, kind: str) -> str:
    """Return ``value`` as the format ``kind`` writes it; in digits where the format has no sign for it or isn't known."""
    if kind == "none":
        return ""
    if not 0 < value <= _LARGEST or kind not in _FORMATS:
        return str(value)
    return _FORMATS[kind](value) or str(value)


def _digits(signs: str) -> Callable[[int], str]:
    return lambda value: "".join(signs[int(digit)] for digit in str(value))


def _letters(first: str) -> Callable[[int], str]:
    """Write a … z, aa, bb: the letter is repeated, it doesn't count on as in a spreadsheet."""

    def letters(value: int) -> str:
        times, place = divmod(value - 1, 26)
        return chr(ord(first) + place) * (times + 1) if times < _MOST_LETTERS else ""

    return letters


def _set(signs: str) -> Callable[[int], str]:
    return lambda value: signs[value - 1] if value <= len(signs) else ""


def _enclosed(first: int, count: int) -> Callable[[int], str]:
    return lambda value: chr(first + value - 1) if value <= count else ""


def _roman(value: int) -> str:
    parts = []
    for worth, letters in _ROMAN if value < 5000 else ():
        times, value = divmod(value, worth)
        parts.append(letters * times)
    return "".join(parts)


def _upper_roman(value: int) -> str:
    return _roman(value).upper()


def _tens(signs: str) -> Callable[[int], str]:
    """Write 一 … 十, 十一 … 九十九, then digit by digit: 一〇〇."""

    def tens(value: int) -> str:
        if value >= 100:
            return "".join(signs[int(digit)] for digit in str(value))
        ten, unit = divmod(value, 10)
        return ("" if ten < 2 else signs[ten]) + ("十" if ten else "") + (signs[unit] if unit else "")

    return tens


def _counted(signs: tuple[str, str, str], *, ones: bool, zeros: bool) -> Callable[[int], str]:
    """Count with 十百千 and 万.

    Args:
        signs: digits, the signs for ten, hundred and thousand, and the sign for ten thousand.
        ones: a one is said before ten, too (壹拾).
        zeros: a one is said before a hundred and a thousand, and a gap as 零: 一百零一, not 百一.
    """
    digits, units, myriad = signs

    def below_myriad(value: int) -> str:
        written, gap = "", False
        for place in (3, 2, 1, 0):
            digit = value // 10**place % 10
            if not digit:
                gap = bool(written)
                continue
            is_bare = digit == 1 and place > 0 and not ones and (not zeros or (place == 1 and not written))
            written += (digits[0] if gap and zeros else "") + ("" if is_bare else digits[digit])
            written += units[place - 1] if place else ""
            gap = False
        return written

    def counted(value: int) -> str:
        high, low = divmod(value, 10_000)
        if not high:
            return below_myriad(low)
        joint = digits[0] if zeros and 0 < low < 1000 else ""
        return below_myriad(high) + myriad + joint + below_myriad(low)

    return counted


def _zodiac(value: int) -> str:
    return _STEMS[(value - 1) % 10] + _BRANCHES[(value - 1) % 12] if value <= 60 else ""


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda value: f"{value:02d}",
    "numberInDash": lambda value: f"- {value} -",
    "hex": lambda value: f"{value:X}",
    "decimalFullWidth": _digits(_WIDE),
    "decimalFullWidth2": _digits(_WIDE),
    "decimalEnclosedCircle": _enclosed(0x2460, 20),
    "decimalEnclosedCircleChinese": _enclosed(0x2460, 20),
    "decimalEnclosedParen": _enclosed(0x2474, 20),
    "decimalEnclosedFullstop": _enclosed(0x2488, 20),
    "ideographEnclosedCircle": _enclosed(0x3280, 10),
    "lowerLetter": _letters("a"),
    "upperLetter": _letters("A"),
    "lowerRoman": _roman,
    "upperRoman": _upper_roman,
    "ideographDigital": _digits(_SIMPLE),
    "japaneseDigitalTenThousand": _digits(_SIMPLE),
    "taiwaneseDigital": _digits(_TAIWANESE),
    "chineseCounting": _tens(_SIMPLE),
    "taiwaneseCounting": _tens(_TAIWANESE),
    "chineseCountingThousand": _counted(_COUNTING, ones=False, zeros=True),
    "taiwaneseCountingThousand": _counted(_COUNTING, ones=False, zeros=True),
    "japaneseCounting": _counted(_COUNTING, ones=False, zeros=False),
    "chineseLegalSimplified": _counted(_LEGAL, ones=True, zeros=True),
    "ideographLegalTraditional": _counted(_LEGAL_TRADITIONAL, ones=True, zeros=True),
    "japaneseLegal": _counted(_JAPANESE_LEGAL, ones=True, zeros=False),
    "ideographTraditional": _set(_STEMS),
    "ideographZodiac": _set(_BRANCHES),
    "ideographZodiacTraditional": _zodiac,
}
