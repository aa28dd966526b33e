"""When two names may be one person's: equal however typed, of the same sound, of the same look.

Nothing else is near: siblings share surname and generation character. This file is also part of a
page of the manual.
"""

from __future__ import annotations

import pytest

from openhealthcode.identity.matching.names import agreement, parted

title = "When two names may be one"
title_zh = "两个姓名何时可能是同一人"

CASES = [
    # sentence, one name, another, how far they agree
    ("Width, spaces and case do not matter", "Ｗang  Wei", "wang wei", "equal"),
    ("Traditional and simplified characters are the same", "張偉", "张伟", "equal"),
    ("The dot of a foreign name is typed in many ways", "买买提·吐尔逊", "买买提•吐尔逊", "equal"),
    ("or left out", "买买提·吐尔逊", "买买提吐尔逊", "equal"),
    ("A note behind the name is none of it", "王建国(大)", "王建国", "equal"),
    ("Other characters of the same sound, without tones", "张伟", "章玮", "same sound"),
    ("A surname is read as a surname", "单小明", "Shan Xiaoming", "same sound"),
    ("and the same character in a given name is not", "小单", "小山", "different"),
    ("A name in letters, by its sound", "吕布", "Lv Bu", "same sound"),
    ("and by the other spelling of the same sound", "吕布", "Lü Bu", "same sound"),
    ("or as a passport has it", "吕布", "LYU BU", "same sound"),
    ("A character mistaken for one that looks alike", "王未", "王末", "look-alike"),
    ("A rare character that did not arrive", "王?", "王喆", "placeholder"),
    ("or arrived as a description of itself", "王(吉吉)", "王喆", "placeholder"),
    ("or as a sequence of parts", "王⿰吉吉", "王喆", "placeholder"),
    ("or as a code point nobody else knows", "王\ue123", "王喆", "placeholder"),
    ("What did arrive must fit", "王?", "李喆", "different"),
    ("and something must have arrived", "??", "王喆", "different"),
    ("Brothers who share all but one character", "王国强", "王国富", "different"),
    (
        "One letter more is another name where there are characters",
        "张伟",
        "Zhang Wen",
        "different",
    ),
    ("Of names in letters too: a person decides", "Mary Smith", "Mary Smyth", "different"),
    ("An accent is no other letter", "José García", "Jose Garcia", "equal"),
]


@pytest.mark.parametrize(("sentence", "one", "another", "expected"), CASES)
def test_two_names(sentence, one, another, expected):
    assert agreement(one, another) == expected, sentence
    assert agreement(another, one) == expected


PARTED = [
    ("欧阳修", "欧阳", "修"),
    ("欧阳", "欧", "阳"),
    ("司马相如", "司马", "相如"),
    ("王", "", "王"),
    ("阿依古丽", "", "阿依古丽"),
    ("艾力·买买提", "", "艾力买买提"),
    ("Wang Xiaoming", "wang", "xiaoming"),
    ("John Smith", "smith", "john"),
    ("Smith, John", "smith", "john"),
    ("O'Brien", "", "obrien"),
    ("爱新觉罗溥仪", "爱新觉罗", "溥仪"),
    ("王建国明天", "", "王建国明天"),
    ("·", "", ""),
    ("", "", ""),
]


@pytest.mark.parametrize(("name", "family", "given"), PARTED)
def test_a_name_is_parted_by_the_known_surnames(name, family, given):
    assert parted(name) == (family, given)


def as_told(place: int, sentence: str, one: str, another: str, expected: str) -> str:
    shown = {name: name.encode("unicode_escape").decode() if "\ue123" in name else name
             for name in (one, another)}  # fmt: skip
    return f"{place}. {sentence}: `{shown[one]}` and `{shown[another]}` are {expected}.\n"
