"""`ohc verify-card`: check a health card or certificate against accepted issuers, or transcode it.

Whoever transcodes vouches for what the first issuer said: the new one carries our key, and what it
could not carry is printed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from openhealthcode import credential
from openhealthcode.access import carried
from openhealthcode.credential import Coded, Form, IssuedBy, Loss, Part, Read, Statement
from openhealthcode.healthcode import picture
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import Keys

_RID_BYTES = 12


def verify_card(settings: Settings, console: Console, path: Path, to: str) -> int:
    """Check one; answers the exit code, 0 for one that is genuine and valid now.

    Args:
        path: the scanned text, a JWS, or a photograph of the code (PNG or JPEG).
        to: the form to sign it anew in; empty for checking alone.

    Raises:
        InvalidInput: the file cannot be read, there are no keys here, or the form is none.
        HealthCodeError: it is not to be believed, and why.
    """
    if to and to not in set(Form):
        raise InvalidInput("a health card is signed anew as shc or hc1")
    if not (settings.keys_at / "keys.sqlite").exists():
        raise InvalidInput("there are no keys here")
    keys = Keys.open(settings.keys_at)
    try:
        return _checked(settings, console, keys, path, to)
    finally:
        keys.close()


def _checked(settings: Settings, console: Console, keys: Keys, path: Path, to: str) -> int:
    address = settings.public_url.rstrip("/")
    name = address.partition("://")[2] or "OpenHealthCode"
    issuers = carried.believed_offline(keys, settings.keys_at, address=address, name=name)
    now = datetime.now(UTC)
    read = credential.read(_text(path), issuers, now)
    for line in (*_told(read.statement), *_about(read), *_lost(read.losses)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if to:
        if not address:
            raise InvalidInput("cards name their issuer's address: set OHC_PUBLIC_URL")
        by = IssuedBy(keys.card_signer(), address, name)
        rid = secrets.token_urlsafe(_RID_BYTES)
        made = credential.transcode(read, Form(to), by, now=now, rid=rid)
        for line in (*_lost(made.losses[len(read.losses) :]), made.text):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def _told(statement: Statement) -> Iterator[str]:
    person = statement.person
    yield ", ".join(part for part in (person.called, person.sex, person.birth_date) if part)
    for dose in statement.doses:
        series = f"{dose.number}/{dose.of}" if dose.number and dose.of else ""
        told = (_words(dose.vaccine), dose.day, series, dose.lot, dose.by)
        yield "vaccination: " + ", ".join(part for part in told if part)
    emergency = statement.emergency
    if emergency is None:
        return
    if emergency.no_known_allergy:
        yield "allergies: recorded as none known"
    for part in Part:
        for item in emergency.of(part):
            risk = "HIGH RISK" if item.is_high_risk else ""
            said = (_words(item.what), risk, item.note, item.since)
            yield f"{part}: " + ", ".join(one for one in said if one)


def _about(read: Read) -> Iterator[str]:
    until = f", until {read.expires_at:%Y-%m-%d}" if read.expires_at else ""
    yield f"Signed by {read.issuer} on {read.issued_at:%Y-%m-%d}{until}; key {read.kid}: unaltered."
    yield "Whether it was revoked since is not checked here."


def _lost(losses: tuple[Loss, ...]) -> Iterator[str]:
    for loss in losses:
        yield f"lost: {loss.element} ({loss.reason})"


def _words(what: Coded) -> str:
    return " ".join(part for part in (what.text, what.code) if part)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        raise InvalidInput(f"{path} cannot be read") from None
    if data.startswith((b"\x89PNG", b"\xff\xd8")):
        return picture.read(data)
    return data.decode(errors="replace")
