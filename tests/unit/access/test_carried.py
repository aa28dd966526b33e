"""Reading a carried summary: its days, its signer, and notes that only look like one."""

from __future__ import annotations

from datetime import date

import pytest

from openhealthcode.access.carried import SummaryUntrusted, read_summary
from openhealthcode.access.carried.verify import FORMAT
from openhealthcode.transparency import NoteSigner, NoteVerifier

NAME = "region.example/log/emergency-summaries"
SIGNER = NoteSigner(NAME, b"s" * 32)
VERIFIER = NoteVerifier(SIGNER.verifier_key)
TEXT = f"{FORMAT}\nmade 2026-11-22\nuntil 2027-02-20\n李试，男\n过敏：青霉素\n"


@pytest.mark.parametrize(
    ("today", "is_old"),
    [
        (date(2026, 11, 21), True),
        (date(2026, 11, 22), False),
        (date(2027, 2, 19), False),
        (date(2027, 2, 20), True),
    ],
)
def test_it_is_good_from_its_first_day_to_the_day_before_its_end(today, is_old):
    assert read_summary(SIGNER.sign(TEXT), VERIFIER).is_old(today) is is_old


def test_what_scanners_do_to_line_ends_and_margins_is_forgiven():
    note = SIGNER.sign(TEXT)
    for scanned in (note, note.rstrip("\n"), note.replace("\n", "\r\n"), f"  {note}\r\n\r\n"):
        assert read_summary(scanned, VERIFIER).lines == ("李试，男", "过敏：青霉素")


@pytest.mark.parametrize(
    "text",
    [
        f"{FORMAT}\n",
        f"{FORMAT}\nmade 2026-11-22\nuntil 2027-02-20\n",
        TEXT.replace(FORMAT, "openhealthcode-emergency-summary-2"),
        TEXT.replace("2026-11-22", "2026-13-22"),
        TEXT.replace("until 2027-02-20", "until tomorrow"),
        "region.example/log\n12\nAAAA\n",
    ],
)
def test_a_signed_note_of_another_kind_is_no_summary(text):
    with pytest.raises(SummaryUntrusted):
        read_summary(SIGNER.sign(text), VERIFIER)


def test_another_key_of_the_same_name_and_the_same_key_of_another_name_are_refused():
    for stranger in (NoteSigner(NAME, b"t" * 32), NoteSigner("other.example", b"s" * 32)):
        with pytest.raises(SummaryUntrusted):
            read_summary(stranger.sign(TEXT), VERIFIER)
