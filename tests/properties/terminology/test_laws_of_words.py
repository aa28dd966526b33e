"""Words are found quickly, and found as if everything were looked at."""

from __future__ import annotations

import re
from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.terminology import packaged_map
from openhealthcode.terminology.sensitive import SensitiveMap, _pattern
from openhealthcode.terminology.spelling import _AS_SIMPLIFIED, _TRADITIONAL, as_read

ROWS = packaged_map().rows
WORDS = sorted({word for row in ROWS for word in row.words})
MIXED = "HIV抗体"
MAP = SensitiveMap(
    packaged_map().edition,
    (*ROWS, type(ROWS[0])(ROWS[0].category, "word", "-", "-", words=(MIXED,))),
)
PIECES = st.one_of(
    st.sampled_from([*WORDS, MIXED]),
    st.sampled_from(list(_TRADITIONAL)),
    st.sampled_from(
        ["\u200b", "\u00ad", "\ufeff", "\u2060", "非", "non-", " ", "\n", "ＨＩＶ", "，", "Ⅳ"]
    ),
    st.text(max_size=4),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


def plainly_read(text: str) -> str:
    """Every step of reading, one after the other, whether it changes anything or not."""
    text = re.sub("[\u00ad\u200b-\u200f\u2060\ufeff]", "", normalize("NFKC", text).lower())
    text = " ".join(text.translate(_AS_SIMPLIFIED).split())
    return re.sub("(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", text)


@given(TEXTS)
def test_a_text_is_read_as_by_every_step(text):
    assert as_read(text) == plainly_read(text)


@given(TEXTS)
def test_every_listed_word_is_found_wherever_it_stands(text):
    read = plainly_read(text)
    expected = {
        row.category
        for row in MAP.rows
        for word in row.words
        if _pattern(plainly_read(word)).search(read)
    }
    assert MAP.categories([], [text]) == expected


def test_a_word_of_both_scripts_is_found():
    assert MAP.categories([], ["复查hiv抗体阴性"]) >= {ROWS[0].category}
