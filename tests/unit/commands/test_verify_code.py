"""`ohc verify-code`: a folder of lists, a code, an answer a clerk can act on; once."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from PIL import Image
from rich.console import Console

from openhealthcode import trust
from openhealthcode.commands.verify_code import verify_code
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.signed import Desk
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import Authority, Bundle, StatusList, UnsuitableTrustList, trust_list
from signing import INDEX, LIST_SIZE, Issuing


@pytest.fixture
def issuing():
    return Issuing.made()


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def folder(tmp_path, issuing, now):
    write(tmp_path, issuing, now)
    return tmp_path


def write(folder, issuing, at, *, number=1, revoked=(), roots=None):
    """The folder as `ohc trust export` leaves it."""
    issuer = issuing.on_the_list(
        believed_from=at - timedelta(days=30),
        signs_until=at + timedelta(days=300),
        believed_until=at + timedelta(days=400),
    )
    lists = {issuer.key_id: StatusList.of(revoked, size=LIST_SIZE)}
    body = trust_list.body_of(number, at, [issuer], lists)
    signed = [trust_list.signed_by(root, body) for root in issuing.roots[:2]]
    national = Authority(trust.NATIONAL, roots or issuing.known_roots)
    bundle = Bundle(
        {trust.NATIONAL: national}, {trust.NATIONAL: trust_list.assembled(body, signed)}, {}
    )
    (folder / "bundle.json").write_bytes(trust.write_bundle(bundle))
    (folder / "roots.json").write_text(trust.write_authority(national), "utf-8")


def midnight(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def told(folder, given, challenge=""):
    written = io.StringIO()
    code = verify_code(Console(file=written, width=400), folder, given, challenge)
    return code, written.getvalue()


def test_a_genuine_code_passes_once_also_for_another_process(folder, issuing, now):
    text = issuing.shown(now, not_before=midnight(now))
    code, said = told(folder, text)
    assert code == 0
    assert said.startswith("genuine  a phone's code of region 880101; file the visit as 0001 0203")
    assert said.strip().endswith("for: identify, settle")
    code, said = told(folder, issuing.shown(now, not_before=midnight(now)))
    assert (code, said.split()[:2]) == (1, ["refused", "code-replayed:"])
    desk = Desk(folder / "desk.sqlite")
    assert [digits for _, digits in desk.accepted()] == [text]
    desk.close()


def test_a_card_passes_as_often_as_it_is_shown(folder, issuing, now):
    card = issuing.card(last_day=(now + timedelta(days=3)).date())
    for _ in range(2):
        code, said = told(folder, card)
        assert (code, "a card of region" in said, "for: identify" in said) == (0, True, True)
    temporary = issuing.card(CodeType.TEMPORARY, last_day=(now + timedelta(days=3)).date())
    assert "a temporary code" in told(folder, temporary)[1]


def test_an_answer_to_this_counter_needs_its_challenge(folder, issuing, now):
    text = issuing.shown(now, challenge=b"c" * 32, not_before=midnight(now))
    assert told(folder, text)[1].split()[1] == "signature-untrusted:"
    assert told(folder, text, (b"c" * 32).hex())[0] == 0
    with pytest.raises(InvalidInput):
        told(folder, text, "x")


def test_a_picture_is_read(folder, issuing, now, tmp_path):
    text = issuing.shown(now, not_before=midnight(now))
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    path = tmp_path / "code.png"
    Image.fromarray(barcode.to_image(scale=6)).save(path)
    assert told(folder, str(path))[0] == 0


def test_a_scanner_types_one_after_the_other(folder, issuing, now, monkeypatch):
    good = issuing.shown(now, not_before=midnight(now))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{good}\r\n\n131234567890123456\n{good[:-1]}\n"))
    code, said = told(folder, "-")
    assert code == 1
    assert [line.split()[0] for line in said.splitlines()] == ["genuine", "refused", "refused"]
    assert "code-foreign: this is a WeChat payment code" in said
    assert good not in said


@pytest.mark.parametrize(
    ("days", "says"),
    [(0, "genuine"), (8, "settle and pay nothing"), (11, "trust-list-stale")],
)
def test_an_old_list_is_marked_and_then_over(tmp_path, issuing, now, days, says):
    write(tmp_path, issuing, now - timedelta(days=days))
    said = told(tmp_path, issuing.shown(now, not_before=midnight(now)))[1]
    assert says in said
    if days == 8:
        assert "for: identify;" in said


def test_newer_lists_that_are_carried_in_count_and_older_ones_do_not(folder, issuing, now):
    first = issuing.shown(now, not_before=midnight(now))
    write(folder, issuing, now, number=5, revoked=[INDEX])
    assert told(folder, first)[1].split()[1] == "code-revoked:"
    write(folder, issuing, now, number=4)
    code, said = told(folder, first)
    assert (code, said.split()[1]) == (1, "trust-list-unsuitable:")


def test_roots_are_those_the_desk_was_set_up_with(folder, issuing, now):
    roots = (folder / "roots.json").read_bytes()
    stranger = Issuing.made()
    stranger.roots = tuple(type(root).generate() for root in stranger.roots)
    write(folder, stranger, now)
    (folder / "roots.json").write_bytes(roots)
    assert told(folder, issuing.shown(now))[1].split()[1] == f"{UnsuitableTrustList.code}:"


def test_a_folder_without_lists_is_said_to_be_that(tmp_path):
    with pytest.raises(InvalidInput, match="ohc trust export"):
        told(tmp_path, "852")


def test_a_file_that_is_none_of_a_desks_is_refused(folder):
    (folder / "desk.sqlite").write_bytes(b"nothing of the sort" * 100)
    with pytest.raises(InvalidInput):
        told(folder, "852")


def test_what_is_refused_is_not_remembered(folder, issuing, now):
    late = issuing.shown(now - timedelta(minutes=5), not_before=midnight(now))
    assert told(folder, late)[1].split()[1] == "code-expired:"
    assert told(folder, issuing.shown(now, not_before=midnight(now)))[0] == 0
