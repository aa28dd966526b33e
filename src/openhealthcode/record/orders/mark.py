"""The mark of mutual recognition (互认标识): HR, and where it holds.

A profile of this project: an extension of a result with the code ``HR`` for the whole country, or
``880000-HR`` for a province and ``880100-HR`` for a city, by the division's code. Several may stand
beside each other, as where provinces recognise each other's results.

Source: 医疗机构检查检验结果互认管理办法 (2022): the mark is HR, with the range it holds in before it
(全国HR, 鄂HR, 武汉HR).
"""

from __future__ import annotations

import re
from typing import Final

from openhealthcode.record.plain.fields import Json, mappings_of

RECOGNITION: Final = "urn:openhealthcode:recognition"
"""The extension that marks a result as recognised."""

NATIONWIDE: Final = "HR"
_REGIONAL: Final = re.compile(r"(?!00)\d{6}-HR", re.ASCII)
_WHOLE: Final = re.compile(r"(?:00)+$")


def marks_of(result: Json) -> tuple[str, ...]:
    """The marks a result carries, as far as they are ones we know."""
    codes = (
        one.get("valueCode")
        for one in mappings_of(result.get("extension"))
        if one.get("url") == RECOGNITION
    )
    return tuple(
        code
        for code in codes
        if isinstance(code, str) and (code == NATIONWIDE or _REGIONAL.fullmatch(code))
    )


def is_recognised(result: Json, division_code: str) -> bool:
    """Whether a result is marked as recognised where an institution lies.

    Args:
        division_code: the institution's (GB/T 2260); empty when it is unknown.
    """
    return any(_holds_in(mark, division_code) for mark in marks_of(result))


def _holds_in(mark: str, division_code: str) -> bool:
    if mark == NATIONWIDE:
        return True
    return division_code.startswith(_WHOLE.sub("", mark[:6]))
