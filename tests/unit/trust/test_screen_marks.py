"""The cells of a screen: what they say to who has the key, and that they accuse nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from openhealthcode.portal.clinic.label import pattern
from openhealthcode.trust.marks import SIDE, ScreenCode
from openhealthcode.trust.marks.score import FALSE_ACCUSATION, tails

CODE = ScreenCode(b"a key of thirty-two bytes, of us")
WANG, LI = UUID(int=1 << 70), UUID(int=2 << 70)
STAFF = [WANG, LI, *(UUID(int=number << 64) for number in range(100, 600))]
WORDS = CODE.words(STAFF)
AT = datetime(2026, 5, 6, 7, 8, tzinfo=UTC)
UNTIL = AT + timedelta(days=200)


def seen(account: UUID, at: datetime = AT, *, flipped: float = 0, code: ScreenCode = CODE):
    """The cells as a picture shows them that spoils some."""
    cells, random = code.cells(account, at), Random(7)
    dark = [1.0 if cells >> cell & 1 else -1.0 for cell in range(SIDE * SIDE)]
    return [-tone if random.random() < flipped else tone for tone in dark]


@pytest.mark.parametrize("flipped", [0, 0.1])
def test_account_and_minute_are_read(flipped):
    told = CODE.name(seen(WANG, flipped=flipped), WORDS, UNTIL, attempts=4)
    assert told is not None
    assert (told.account, told.minute) == (WANG, AT)
    assert told.chance < FALSE_ACCUSATION


def test_any_minute_of_the_years_the_log_is_kept_is_read():
    for days, minutes in ((0, 0), (0, 1439), (1_099, 0), (500, 777)):
        at = UNTIL.replace(hour=0, minute=0) - timedelta(days=days) + timedelta(minutes=minutes)
        told = CODE.name(seen(LI, at), WORDS, UNTIL, attempts=4)
        assert told is not None
        assert (told.account, told.minute) == (LI, at)


def test_what_is_half_spoilt_names_nobody():
    assert CODE.name(seen(WANG, flipped=0.4), WORDS, UNTIL, attempts=4) is None


def test_whose_minute_cannot_be_told_is_named_without():
    """A minute before the log began, or one of a picture put together from two, is not made up."""
    for at in (UNTIL - timedelta(days=1_200), UNTIL + timedelta(days=2)):
        told = CODE.name(seen(WANG, at), WORDS, UNTIL, attempts=4)
        assert told is not None
        assert (told.account, told.minute) == (WANG, None)


def test_another_regions_cells_and_those_of_strangers_name_nobody():
    another = ScreenCode(b"another region's key: 32 bytes..")
    assert CODE.name(seen(WANG, code=another), WORDS, UNTIL, attempts=4) is None
    assert CODE.name(seen(UUID(int=9)), WORDS, UNTIL, attempts=4) is None
    assert CODE.name([0.0] * 256, WORDS, UNTIL, attempts=4) is None
    assert CODE.name(seen(WANG), {}, UNTIL, attempts=4) is None


def test_coins_name_nobody():
    random = Random(3)
    for _ in range(100):
        assert CODE.name([random.gauss(0, 1) for _ in range(256)], WORDS, UNTIL, attempts=4) is None


def test_more_people_and_more_readings_need_more_agreement():
    """The threshold is that of the bound: one agreement less, and nobody is named."""
    chances = tails([4] * 96)
    for people, attempts in ((1, 1), (500, 1), (500, 64)):
        least = next(
            score for score, chance in enumerate(chances)
            if chance * people * attempts <= FALSE_ACCUSATION
        )  # fmt: skip
        for wrong, is_named in ((96 - -(-least // 4), True), (96 - -(-least // 4) + 1, False)):
            cells = CODE.cells(WANG, AT) ^ CODE.cells(LI, AT)
            apart = [
                cell for cell in range(256)
                if cells >> cell & 1 and cell in CODE.cells_of_account
            ]  # fmt: skip
            spoilt = seen(WANG)
            for cell in (apart + [one for one in CODE.cells_of_account if one not in apart])[
                :wrong
            ]:
                spoilt[cell] = -spoilt[cell]
            told = CODE.name(spoilt, CODE.words(STAFF[:people]), UNTIL, attempts=attempts)
            assert (told is not None and told.account == WANG) is is_named


def test_the_drawn_path_is_the_cells():
    cells, drawn = CODE.cells(WANG, AT), 0
    for run in pattern(CODE, WANG, AT).split("M")[1:]:
        place, length = run.split("h")
        x, y = map(int, place.split())
        drawn |= ((1 << int(length)) - 1) << (y * SIDE + x)
    assert drawn == cells
    assert len(pattern(CODE, WANG, AT)) < 700


def test_neither_the_next_minute_nor_another_account_is_alike():
    own = CODE.cells(WANG, AT)
    assert own == CODE.cells(WANG, AT.replace(second=59))
    for other in (CODE.cells(WANG, AT + timedelta(minutes=1)), CODE.cells(LI, AT)):
        assert 20 < (own ^ other).bit_count() < 140
