"""The scan page for when there is no network, and handing in what it accepted once there is one.

What a desk may learn without network is that a code is genuine, its region and what it may be used
for. Who showed it, the region says when the scan is handed in, and their log says so too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from openhealthcode import access, registry, trust
from openhealthcode.access import HandedIn, HandedInScan
from openhealthcode.healthcode import Scan, UnknownHolder
from openhealthcode.portal.clinic.presentation import visit_reference
from openhealthcode.portal.clinic.presets import PRESETS, usual_scene
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.clinic.visits import Visit, remember_visit, resident_view
from openhealthcode.portal.layout import PLAIN, WITH_CAMERA, dates, language_of, platform_of
from openhealthcode.portal.layout.assets import PORTAL
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.standards import (
    HealthCodeError,
    InvalidInput,
    NotFound,
    Scene,
    TooLarge,
    day_of,
)
from openhealthcode.standards.ids import EntryId, PractitionerId, ResidentId
from openhealthcode.trust import NoTrustList, StaleTrustList, TrustList, UntrustedIssuer

MOST_AT_ONCE: Final = 20
_MOST_BYTES: Final = 64 * 1024
_WORKER: Final = PORTAL / "clinic" / "assets" / "offline-worker.js"
_WAITS: Final = (UnknownHolder, UntrustedIssuer, NoTrustList, StaleTrustList)
"""May be answered otherwise when the lists have come by: the desk keeps the scan."""


class _Scanned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One scan as the desk's browser kept it."""

    code: str
    accepted_at: int
    scene: str
    desk: str


class _Scans(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a desk hands in at once."""

    scans: list[_Scanned]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the desk is told of one scan.

    Args:
        said: in the reader's words.
        is_taken: the desk need not keep it.
        visit: whose it was, as the list of today's visits shows it.
    """

    said: str
    is_taken: bool
    visit: Visit | None = None

    @property
    def written(self) -> dict[str, object]:
        """For the page's script."""
        address = f"/clinic/visits/{self.visit.reference}" if self.visit else ""
        return {"said": self.said, "is_taken": self.is_taken, "visit": address}


async def show_offline(request: Request, desk: Desk) -> Response:
    """The page a desk keeps."""
    platform = platform_of(request)
    log = platform.sequencer.log if platform.sequencer else ""
    return show(
        request,
        desk,
        "offline.html",
        policy=WITH_CAMERA,
        scenes=tuple(PRESETS),
        chosen_scene=usual_scene(desk.role),
        desk_reference=_desk_reference(request, desk),
        prepared_at=int(datetime.now(UTC).timestamp()),
        summary_key=access.summary_verifier_key(platform.keys, log),
    )


async def serve_worker(_: Request) -> Response:
    """The script that answers for the clinic's pages when the network does not."""
    headers = PLAIN.headers() | {  # it loads by the policy of its script
        "Cache-Control": "no-cache",
        "Service-Worker-Allowed": "/clinic",
    }
    return FileResponse(_WORKER, media_type="text/javascript", headers=headers)


async def hand_in(request: Request, desk: Desk) -> Response:
    """Take scans that were made without network, the oldest first, and say whose they were.

    Raises:
        InvalidInput: not what our page sends.
        TooLarge: more than it sends.
    """
    sent = await _sent(request)
    answers = [await _handed_in(request, desk, one) for one in sent]
    response = JSONResponse([one.written for one in answers], headers={"Cache-Control": "no-store"})
    if visits := [one.visit for one in reversed(answers) if one.visit]:
        remember_visit(response, request, desk, *visits)
    return response


async def _sent(request: Request) -> list[_Scanned]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise TooLarge
    try:
        sent = msgspec.json.decode(bytes(body), type=_Scans)
    except (msgspec.MsgspecError, RecursionError):
        raise InvalidInput("not what the page of a desk sends") from None
    if len(sent.scans) > MOST_AT_ONCE:
        raise TooLarge
    return sent.scans


async def _handed_in(request: Request, desk: Desk, scanned: _Scanned) -> _Answer:
    platform, say = platform_of(request), catalogue(language_of(request)).plain
    try:
        accepted_at = datetime.fromtimestamp(scanned.accepted_at, UTC)
        scan = await _scan_of(request, desk, scanned)
        trusted: TrustList = await trust.current(platform.pool, platform.keys)
        taken = await access.hand_in(
            platform.pool, platform.keys, scanned.code, accepted_at, trusted, scan
        )
    except _WAITS:
        return _Answer(say("desk.offline.said.waits"), is_taken=False)
    except (HealthCodeError, ValueError, OverflowError, OSError):
        return _Answer(say("desk.offline.said.refused"), is_taken=True)
    return _answer(request, desk, scan, accepted_at, taken)


def _answer(
    request: Request, desk: Desk, scan: Scan, accepted_at: datetime, taken: HandedInScan
) -> _Answer:
    language = language_of(request)
    say = catalogue(language).plain
    doubled = say("desk.offline.said.doubled") if taken.is_doubled else ""
    if taken.visit is None:
        return _Answer(say(f"desk.offline.said.{taken.state}") + doubled, is_taken=True)
    who = taken.visit.demographics
    born = who.birth_date
    said = say(
        f"desk.offline.said.{HandedIn.IDENTIFIED}",
        name=who.name,
        sex=say(f"clinic.sex.{who.sex}"),
        born=dates.known_day(born.isoformat(), language) if born else "",
    )
    visit = None
    if scan.practitioner_id == desk.practitioner_id and _is_today(accepted_at):
        visit = Visit(
            visit_reference(request, taken.visit.resident_id, taken.visit.presentation_id),
            resident_view(who.name, who.sex, who.birth_date),
            scan.scene,
            accepted_at,
        )
    return _Answer(said + doubled, is_taken=True, visit=visit)


def _is_today(moment: datetime) -> bool:
    """Whether the list of today's visits shows it."""
    days = (day_of(one) for one in (moment, datetime.now(UTC)))
    return len(set(days)) == 1


async def _scan_of(request: Request, desk: Desk, scanned: _Scanned) -> Scan:
    """Who accepted it: the one who sat at this terminal then, of the institution that hands it in.

    Raises:
        InvalidInput: made at another terminal, or by somebody of elsewhere.
    """
    try:
        opened, terminal = platform_of(request).keys.open_id(scanned.desk)
        practitioner_id = PractitionerId(opened)
        who = await registry.practitioner(platform_of(request).pool, practitioner_id)
    except (NotFound, trust.UnreadableId):
        raise InvalidInput from None
    if terminal != desk.terminal_id or who.institution_id != desk.institution_id:
        raise InvalidInput
    scene = Scene(scanned.scene) if scanned.scene in PRESETS else usual_scene(who.role)
    return Scan(practitioner_id, desk.institution_id, desk.terminal_id, scene)


def _desk_reference(request: Request, desk: Desk) -> str:
    """Names who sits at which terminal, sealed: what a desk accepts is said to be theirs."""
    keys = platform_of(request).keys
    return keys.seal_id(ResidentId(desk.practitioner_id), EntryId(desk.terminal_id))
