"""`ohc verify-code`: check signed codes with nothing but a folder of lists; no network, no database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from openhealthcode import healthcode, trust
from openhealthcode.healthcode import ScannedKind, picture
from openhealthcode.healthcode.signed import Capability, Desk, Verified
from openhealthcode.standards import HealthCodeError, InvalidInput
from openhealthcode.trust import TrustList

_SIGNED: Final = frozenset({ScannedKind.OFFLINE, ScannedKind.PRINTED, ScannedKind.TEMPORARY})
_LONGEST_PATH: Final = 200
_NEVER_MARKED: Final = Capability.SETTLE | Capability.PAY
_KIND: Final = {
    ScannedKind.OFFLINE: "a phone's code",
    ScannedKind.PRINTED: "a card",
    ScannedKind.TEMPORARY: "a temporary code",
}


def verify_code(console: Console, lists: Path, given: str, challenge: str) -> int:
    """Check one code, a picture of one, or line after line; answers the exit code.

    Args:
        lists: a folder as `ohc trust export` writes it. What is accepted is remembered there, in
            `desk.sqlite`, and passes once.
        given: the digits, or a PNG or JPEG file, or `-`: what a scanner types into standard input.
        challenge: hexadecimal, of the code this counter showed; empty for none.

    Raises:
        InvalidInput: there are no such lists, or the picture or challenge cannot be read.
    """
    bound_to = _challenge(challenge)
    trusted_at = _Lists(lists)
    desk = Desk(lists / "desk.sqlite")
    refused = 0
    try:
        for text in _texts(given):
            now = datetime.now(UTC)
            try:
                found = _checked(desk, trusted_at.now(desk), text, now, bound_to)
            except HealthCodeError as error:
                refused += 1
                _say(console, f"refused  {error.code}: {error}")
            else:
                _say(console, _told(found))
    finally:
        desk.close()
    return int(bool(refused))


class _Lists:
    """The folder's lists, read anew when somebody has carried newer ones in."""

    def __init__(self, folder: Path) -> None:
        self._bundle, self._roots = folder / "bundle.json", folder / "roots.json"
        self._read: tuple[int, TrustList] | None = None
        if not (self._bundle.is_file() and self._roots.is_file()):
            raise InvalidInput(f"{folder} holds no bundle.json and roots.json: `ohc trust export`")

    def now(self, desk: Desk) -> TrustList:
        """What they let one believe.

        Raises:
            UnsuitableTrustList: damaged, not signed by enough roots, or older than before.
            UnsuitableAuthority: the file of the roots is damaged.
        """
        changed = self._bundle.stat().st_mtime_ns
        if self._read is None or self._read[0] != changed:
            national = trust.read_authority(self._roots.read_text("utf-8"))
            bundle = trust.read_bundle(self._bundle.read_bytes())
            known = {**bundle.authorities, national.name: national}
            found = trust.trusted(bundle, known, newest=desk.newest)
            desk.remember_newest(found.number)
            self._read = (changed, found)
        return self._read[1]


def _texts(given: str) -> Iterator[str]:
    if given == "-":
        yield from (line.strip() for line in sys.stdin if line.strip())
    elif len(given) <= _LONGEST_PATH and (path := Path(given)).is_file():
        yield picture.read(path.read_bytes())
    else:
        yield given


def _checked(
    desk: Desk, trusted: TrustList, text: str, now: datetime, challenge: bytes
) -> Verified:
    routed = healthcode.route(text)
    if routed.kind not in _SIGNED:
        raise healthcode.refusal(routed)
    return desk.accept(routed.text, trusted, now, challenge=challenge)


def _told(found: Verified) -> str:
    may = found.capabilities & ~_NEVER_MARKED if found.is_marked else found.capabilities
    uses = ", ".join(one.name.lower().replace("_", " ") for one in may if one.name)
    handle = found.handle.hex()[:8].upper()
    mark = "; the trust list is not fresh: settle and pay nothing by it" if found.is_marked else ""
    kind = _KIND[ScannedKind(healthcode.route(found.evidence).kind)]
    return (
        f"genuine  {kind} of region {found.origin.region}; file the visit as"
        f" {handle[:4]} {handle[4:]}; for: {uses}{mark}"
    )


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _challenge(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise InvalidInput("a challenge is written in hexadecimal digits") from None
