"""One spelling for a word, however it was typed: width, case, line breaks, traditional characters."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

_TRADITIONAL: Final = (
    "與專業嚴臨為產侖優傳傷倫體兒蘭關內劃創動醫厭雙變後嗎婦娛學宮應異強錄懷驚懼願斷無顯術機殺檢殘毆"
    "漿測濕濫愛環電療癮矯礙離類紅納細終經結絕維羅節藥慮計證診試詢諾調質貪賴轉軟輔輸遺鬱鉗鋰銳門閉韋"
    "頓預顱驗齊獨褻皰姦復複熱奧護區衛諮嬰癥牀"
)
_SIMPLIFIED: Final = (
    "与专业严临为产仑优传伤伦体儿兰关内划创动医厌双变后吗妇娱学宫应异强录怀惊惧愿断无显术机杀检残殴"
    "浆测湿滥爱环电疗瘾矫碍离类红纳细终经结绝维罗节药虑计证诊试询诺调质贪赖转软辅输遗郁钳锂锐门闭韦"
    "顿预颅验齐独亵疱奸复复热奥护区卫咨婴症床"
)
_AS_SIMPLIFIED: Final = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SELDOM: Final = re.compile(f"[{_TRADITIONAL}\u00ad\u200b-\u200f\u2060\ufeff]").search
"""Replacing character by character takes far longer than seeing that there is none to replace."""
_COMMON_FORMS: Final = (("，", ","), ("：", ":"), ("；", ";"), ("（", "("), ("）", ")"))
"""Punctuation of full width that stands in nearly every Chinese text."""
_HAS_FORMS: Final = re.compile("[^\x00-\x7f\u2018-\u201d\u3001-\u3011\u4e00-\u9fff]").search
"""Characters that may have another form; without one NFKC changes nothing."""
_BETWEEN_CHARACTERS: Final = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")


def as_read(text: str) -> str:
    """The text as its reader takes it: one space for any gap, none between Chinese characters.

    Letters of full width, as typed among Chinese ones, are the same letters; of the traditional
    characters those are known that the listed words need.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    for wide, narrow in _COMMON_FORMS:
        text = text.replace(wide, narrow)
    text = (normalize("NFKC", text) if _HAS_FORMS(text) else text).lower()
    if _SELDOM(text):
        text = _INVISIBLE.sub("", text).translate(_AS_SIMPLIFIED)
    words = text.split()
    return words[0] if len(words) == 1 else _BETWEEN_CHARACTERS.sub("", " ".join(words))
