"""What is printed can be read back: by people, by a screen reader, by whoever copies from it."""

from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdfium2 import raw

from openhealthcode.portal import paper
from openhealthcode.portal.layout import Language
from openhealthcode.portal.paper import pdf as setting
from openhealthcode.portal.paper import typesetter

MADE = datetime(2026, 11, 22, 1, 2, tzinfo=UTC)
FONT_FOLDER = setting._font_folders()
RARE = "\U00031350"
"""A character of 2023 that no font at hand has."""
OF_NAMES = "\U0002b5af㛃䶮𬱖"
"""Rare characters of real names, all of which are in the font."""


def values(**changes):
    said = {
        "title": "我的健康档案",
        "lead": "共 1 项",
        "facts": [{"label": "姓名", "value": "欧阳测试"}],
        "columns": ["日期", "内容", "由谁提交"],
        "categories": [],
        "empty": "空",
        "unprinted": "有的字没有",
        "foot": "完",
        **paper.copy_number("OHC-" + "A" * 26),
    }
    return said | changes


def category(title, *lines):
    items = [{"when": "2026", "title": one, "detail": "", "source": "医院"} for one in lines]
    return {"title": title, "items": items}


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def set_here(**changes):
    """As the typesetter does it, without a process around it."""
    told = {
        "template": str(Path(setting.__file__).parent / "record.typ"),
        "values": values(**changes),
        "fonts": FONT_FOLDER,
        "language": "zh-CN",
        "made_at": 0,
    }
    return typesetter.set_one(told)


async def typeset(**changes):
    return await paper.typeset("record", values(**changes), language=Language.CHINESE, made_at=MADE)


async def test_it_is_text_with_tags_a_title_and_a_date():
    printed = await typeset(categories=[category("用药", "阿莫西林胶囊")])
    document = pypdfium2.PdfDocument(printed.pdf)
    assert raw.FPDFCatalog_IsTagged(document.raw)
    assert document.get_metadata_value("Title") == "我的健康档案"
    assert document.get_metadata_value("CreationDate") == "D:20261122010200Z"
    said = text_of(printed.pdf)
    assert all(
        one in said for one in ("我的健康档案", "欧阳测试", "用药", "阿莫西林胶囊", "由谁提交")
    )
    assert printed.missing == ()


async def test_the_same_values_are_the_same_bytes():
    first, second = await typeset(), await typeset()
    assert first.pdf == second.pdf
    assert (await typeset(lead="共 2 项")).pdf != first.pdf


async def test_what_a_record_says_is_never_a_command():
    hostile = '#panic() *粗* @ref <b> $x$ ] #sys.inputs \\ `code` = 标题 "'
    said = text_of((await typeset(lead=hostile)).pdf)
    assert "".join(hostile.split()) in "".join(said.split())


async def test_a_rare_character_is_drawn_or_named_and_never_a_box():
    drawn = await typeset(lead=OF_NAMES)
    assert OF_NAMES in text_of(drawn.pdf)
    assert drawn.missing == ()
    named = await typeset(lead=f"张{RARE}")
    assert "张〔U+31350〕" in text_of(named.pdf)
    assert "有的字没有" in text_of(named.pdf)
    assert named.missing == ("U+31350",)


def test_every_character_the_font_is_said_to_have_is_drawn():
    drawn = typesetter._coverage([Path(one) for one in FONT_FOLDER])
    assert ord("龘") in drawn
    assert ord(RARE) not in drawn
    assert len(drawn) > 40_000
    everything = "".join(chr(one) for one in sorted(drawn) if chr(one).isprintable())
    _, missing = set_here(lead=everything)  # PDF/UA fails on one that is not
    assert missing == []


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_whatever_was_typed_can_be_printed(typed):
    pdf, missing = set_here(lead=typed, categories=[category("用药", typed)])
    assert pdf.startswith(b"%PDF-")
    assert all(f"U+{ord(one):04X}" not in missing for one in typed if one.isascii())


def test_a_lone_surrogate_is_named():
    _, missing = set_here(lead="张\ud800")
    assert missing == ["U+D800"]


async def test_what_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(setting, "_SECONDS", 0.01)
    with pytest.raises(paper.NotPrinted):
        await typeset()


async def test_what_cannot_be_set_says_so_and_nothing_of_it():
    with pytest.raises(paper.NotPrinted) as refused:
        await paper.typeset("record", {"title": "张三"}, language=Language.CHINESE, made_at=MADE)
    assert "张三" not in str(refused.value)


async def test_without_the_extra_nothing_is_offered(monkeypatch):
    monkeypatch.setattr(setting, "_PACKAGES", ("typst", "no_such_font_anywhere"))
    assert not paper.is_installed()
    with pytest.raises(paper.PrintingNotInstalled):
        await typeset()


def test_a_font_of_the_older_format_is_read_too():
    """Format 4, as small fonts have it: one segment from A to Z, and the closing one."""
    head = b"\x00\x01\x00\x00" + (1).to_bytes(2) + bytes(6)
    table = b"cmap" + bytes(4) + (28).to_bytes(4) + bytes(4)
    segments = (4).to_bytes(2) + bytes(6)
    lasts = (90).to_bytes(2) + b"\xff\xff"
    firsts = (65).to_bytes(2) + b"\xff\xff"
    form = (4).to_bytes(2) + bytes(4) + segments + lasts + bytes(2) + firsts
    cmap = bytes(2) + (1).to_bytes(2) + (3).to_bytes(2) + (1).to_bytes(2) + (12).to_bytes(4) + form
    assert set(typesetter._characters(head + table + cmap)) == set(range(65, 91))
    assert set(typesetter._characters(head + b"glyf" + table[4:] + cmap)) == set()
