"""A printed copy names itself: as a file, as a page that was photographed, sent on and cropped."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID, uuid4

import pytest
from PIL import Image

from openhealthcode.access.handing_over import copy_number
from openhealthcode.portal.layout import Language
from openhealthcode.portal.resident.copy_on_paper import print_copy
from openhealthcode.portal.resident.views import CopyView
from openhealthcode.supervision.tracing import Because, Form, Register, read_found, trace_found
from openhealthcode.trust.marks import MarkCode
from printed import pictures_of, text_of

CODE = MarkCode(b"a key of thirty-two bytes, of us")
MINE = UUID("8f0f54a5-6a53-4b0c-9d3e-0f6f3b1b7c11")


@pytest.fixture(scope="module")
def register() -> Register:
    return Register(CODE, [MINE.bytes, *(uuid4().bytes for _ in range(500))])


@pytest.fixture
async def pdf() -> bytes:
    copy = CopyView(
        name="李试", birth_date=date(1959, 4, 18), categories=(), total=0,
        made_at=datetime(2026, 5, 1, tzinfo=UTC), log_number=7, number=copy_number(MINE),
    )  # fmt: skip
    return (await print_copy(copy, Language.CHINESE)).pdf


def named(content: bytes, register: Register) -> tuple[Form, list[bytes]]:
    found = read_found(content, CODE)
    traced = trace_found(found, register, lambda _: None)
    assert all(one.because is Because.LABEL for one in traced.sources)
    return found.form, [one.mark_id for one in traced.sources]


async def test_a_printed_copy_says_its_number(pdf, register):
    assert copy_number(MINE) in text_of(pdf)
    assert named(pdf, register) == (Form.PDF, [MINE.bytes])


async def test_a_page_as_a_picture_that_was_sent_on_says_it_too(pdf, register):
    (page,) = pictures_of(pdf, dots_per_inch=150)
    random = Random(1)
    for quality in (90, 60, 35):
        for scale in (1.0, 0.7):
            small = page.resize((int(page.width * scale), int(page.height * scale)))
            top = int(small.height * 0.8)  # the lowest fifth, where the foot is
            turned = small.crop((0, top, *small.size)).rotate(
                random.uniform(-4, 4), expand=True, fillcolor=255
            )
            file = io.BytesIO()
            turned.save(file, "JPEG", quality=quality)
            assert named(file.getvalue(), register) == (Form.PICTURE, [MINE.bytes])


def test_a_number_that_was_never_given_names_nobody(register):
    assert named(copy_number(uuid4()).encode(), register)[1] == []
    blank = io.BytesIO()
    Image.new("L", (200, 200), 255).save(blank, "PNG")
    for content in (blank.getvalue(), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"):
        assert named(content, register) == (Form.PICTURE, [])
