"""Check a receipt of an electronic health code record (电子健康码回执), offline.

    python3 verify_receipt.py receipt.html keys.txt

Needs Python 3.11 or newer and nothing else; asks no network. Written apart from the program that
makes receipts, so that it can be read in a quarter of an hour and trusted by itself. ``keys.txt``
are two lines: the public key of the log and that of its receipts. Take them from the operator's
site, from somebody who kept them, or from print; never from whoever hands you the receipt.

What is checked: (1) the page is, to the byte, what the operator signed (Ed25519 over SHA-256);
(2) each event it tells of is what its commitment was made of; (3) that commitment is a leaf of the
operator's public tree (RFC 6962) under a head the operator signed.
"""

import base64
import binascii
import hashlib
import json
import re
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FORMAT = "openhealthcode-receipt-1"
OPENS = b'\n<script type="application/json" id="receipt-proof">'
CLOSES = b"</script>\n"
EVENTS = re.compile(rb'<script type="application/json" id="receipt-events">([^<]*)</script>')


class Refused(Exception):
    """The receipt does not hold; the text says why."""


# ── Ed25519, verification only (RFC 8032, section 5.1.7) ──

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """The sum of two points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    return (
        (f - e) * (h - g) % P,
        (h + g) * (f + e) % P,
        (h - g) * (h + g) % P,
        (f - e) * (f + e) % P,
    )


def times(scalar: int, point: Point) -> Point:
    """A point added to itself so many times."""
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def point_of(data: bytes) -> Point:
    """The point 32 bytes stand for."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise Refused("a key or signature is no point of the curve")
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key: bytes, text: bytes, signature: bytes) -> bool:
    """Whether the holder of the key signed this text."""
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + text).digest()
    k = int.from_bytes(digest, "little") % ORDER
    left, right = times(s, BASE), add(point_of(signature[:32]), times(k, point_of(key)))
    return (
        (left[0] * right[2] - right[0] * left[2]) % P
        == 0
        == (left[1] * right[2] - right[1] * left[2]) % P
    )


# ── signed notes (c2sp.org/signed-note) ──


class Key:
    """A published key: ``name+id+base64``."""

    def __init__(self, line: str) -> None:
        try:
            self.name, number, encoded = line.split("+", 2)
            data = base64.b64decode(encoded, validate=True)
            self.number = bytes.fromhex(number)
        except (ValueError, binascii.Error):
            raise Refused("a key is not of the form name+id+base64") from None
        self.key = data[1:]
        expected = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if data[:1] != b"\x01" or self.number != expected:
            raise Refused("a key does not match its id")

    def text_of(self, note: str) -> str:
        """What this key's holder signed."""
        text, parted, signatures = note[:-1].rpartition("\n\n")
        if not parted or not note.endswith("\n"):
            raise Refused("a signed note is malformed")
        found = False
        for line in signatures.split("\n"):
            mark, _, rest = line.partition(" ")
            name, _, encoded = rest.partition(" ")
            try:
                data = base64.b64decode(encoded, validate=True)
            except (ValueError, binascii.Error):
                raise Refused("a signature cannot be read") from None
            if mark != "\u2014":
                raise Refused("a signed note is malformed")
            if name == self.name and data[:4] == self.number:
                if not is_signed(self.key, (text + "\n").encode(), data[4:]):
                    raise Refused("a signature is wrong")
                found = True
        if not found:
            raise Refused("it was not signed with the key given")
        return text + "\n"


# ── events and the tree (RFC 6962, RFC 9162 section 2.1.3.2) ──


def commitment(event: dict[str, Any]) -> bytes:
    """What stands for an event in the tree: SHA-256 over its salt and its canonical bytes."""
    since = datetime.fromisoformat(event["at"]) - datetime(1970, 1, 1, tzinfo=UTC)
    parts = [b"OHC-event-1", uuid.UUID(event["resident"]).bytes, event["number"].to_bytes(8, "big")]
    parts.append((since // timedelta(microseconds=1)).to_bytes(8, "big", signed=True))
    for name in ("action", "outcome", "purpose", "scene", "agent_kind"):
        text = (event[name] or "").encode()
        parts += [bytes([len(text)]), text]
    parts += [b"\x10", uuid.UUID(event["agent"]).bytes]
    if event["institution"] is None:
        parts.append(b"\x00")
    else:
        parts += [b"\x10", uuid.UUID(event["institution"]).bytes]
    parts.append(base64.b64decode(event["detail"], validate=True))
    salt = base64.b64decode(event["salt"], validate=True)
    return hashlib.sha256(salt + b"".join(parts)).digest()


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root of the tree that this path leads to; None where it cannot be one."""
    last = size - 1
    if not 0 <= index <= last:
        return None
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            leaf = hashlib.sha256(b"\x01" + sibling + leaf).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            leaf = hashlib.sha256(b"\x01" + leaf + sibling).digest()
        index, last = index >> 1, last >> 1
    return leaf if last == 0 else None


def check_place(event: dict[str, Any], proof: str, log: Key) -> int:
    """That an event is in the tree; answers how many events the tree then had."""
    head, _, note = proof.partition("\n\n")
    lines = head.split("\n")
    checkpoint = log.text_of(note).split("\n")
    if (
        lines[0] != "c2sp.org/tlog-proof@v1"
        or lines[1][:6] != "index "
        or checkpoint[0] != log.name
    ):
        raise Refused("a proof is malformed or of another log")
    index, size = int(lines[1][6:]), int(checkpoint[1])
    path = [base64.b64decode(line, validate=True) for line in lines[2:]]
    leaf = hashlib.sha256(b"\x00" + commitment(event)).digest()
    if root_from(leaf, index, size, path) != base64.b64decode(checkpoint[2], validate=True):
        raise Refused("an event is not in the tree it is said to be in")
    return size


# ── the receipt ──


def check(data: bytes, log: Key, receipts: Key) -> list[str]:
    """Check a receipt; answers what it proves, one sentence each.

    Raises:
        Refused: it does not hold.
    """
    if receipts.name != log.name + "/receipts":
        raise Refused("the two keys are not of one installation")
    page, opened, tail = data.rpartition(OPENS)
    if not opened or not tail.endswith(CLOSES) or b"<" in tail[: -len(CLOSES)]:
        raise Refused("it does not end as a receipt does")
    found = EVENTS.findall(page)
    if len(found) != 1:
        raise Refused("it does not say which events it tells of")
    try:
        proof, statement = json.loads(tail[: -len(CLOSES)]), json.loads(found[0])
        signed = f"{FORMAT}\n{log.name}\n{hashlib.sha256(page).hexdigest()}\n"
        if receipts.text_of(proof["note"]) != signed:
            raise Refused("the page is not the one that was signed")
        events, places = statement["events"], proof["events"]
        if (statement["format"], statement["log"]) != (FORMAT, log.name):
            raise Refused("it is a receipt of another log")
        if len(events) != len(places):
            raise Refused("the page and its proofs do not belong together")
        return [told(event, place, log) for event, place in zip(events, places, strict=True)]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        raise Refused("what it says cannot be read") from None


def told(event: dict[str, Any], place: str, log: Key) -> str:
    """One event in one sentence."""
    size = check_place(event, place, log) if place else 0
    where = f"in the public log of {size} events" if size else "NOT YET in the public log"
    return f"event {event['number']}: {event['action']}, {event['outcome']}, {event['at']}: {where}"


def main(arguments: list[str]) -> int:
    """Check the file named first with the keys named second."""
    if len(arguments) != 2:
        print("python3 verify_receipt.py receipt.html keys.txt")
        return 2
    try:
        log, receipts = map(Key, Path(arguments[1]).read_text(encoding="utf-8").split())
        sentences = check(Path(arguments[0]).read_bytes(), log, receipts)
    except (Refused, OSError, ValueError) as error:
        print(f"REFUSED: {error}")
        return 1
    print("\n".join(["The page is signed and unaltered.", *sentences]))
    return int(any("NOT YET" in sentence for sentence in sentences))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
