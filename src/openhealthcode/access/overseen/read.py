"""Read the log for the early warning, a stretch of leaves at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from openhealthcode import identity
from openhealthcode.access.overseen import closeness
from openhealthcode.access.overseen.model import Overseen, OverseenLeaves
from openhealthcode.audit import WORKSTATION, Action, AgentKind
from openhealthcode.audit import reading as log
from openhealthcode.audit.reading import LeafLine
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.identity import linking
from openhealthcode.record import referral_key
from openhealthcode.sign_in import staff as staff_sign_in
from openhealthcode.standards import Certificate, PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_QUERIES: Final = load_queries("openhealthcode.access.overseen")
ACTIONS: Final = (
    Action.RECORD_DISCLOSE,
    Action.RECORD_COPY,
    Action.BREAK_GLASS,
    Action.RESIDENT_IDENTIFY,
    Action.RESIDENT_MATCH,
    Action.IDENTITY_READ,
    Action.LOG_SHOW,
    Action.CONTACT_SHOW,
)
"""What has to do with seeing a record; done by staff or systems."""
_EVIDENCE: Final = (
    ("has_visit", "visit"),
    ("has_order", "order"),
    ("has_contract", "contract"),
    ("has_task", "task"),
    ("is_referred", "referral"),
)


def mark_of(keys: Keys, resident_id: ResidentId) -> bytes:
    """The keyed pseudonym under which supervision knows a resident."""
    return keys.blind_index("supervision", str(resident_id))


async def marks_of(pool: Pool, keys: Keys, certificate: Certificate) -> list[bytes]:
    """The pseudonyms of whoever has this certificate, under all their ids.

    Of nobody registered here a mark as well, that no look will ever have: nobody learns which it is.
    """
    found = await identity.find(pool, keys, certificate)
    if found is None:
        return [keys.blind_index("supervision", f"nobody|{certificate.normalised}")]
    async with transaction(pool, resident=found) as connection:
        person = await linking.ids_of(connection, keys, found)
    return [mark_of(keys, one) for one in person or (found,)]


async def log_size(connection: Connection) -> int:
    """How many events have their place in the log; in a transaction of ``supervision``."""
    return await log.size(connection)


async def first_leaf_at(connection: Connection, at: datetime) -> int:
    """The first leaf whose event is no older than a moment, within what sequencing takes.

    Leaves are nearly in the order of time, so that halving finds it; in a transaction of ``supervision``.
    """
    low, high = 0, await log.size(connection)
    while low < high:
        middle = (low + high) // 2
        seen = await log.time_from(connection, middle)
        if seen is None or seen >= at:
            high = middle
        else:
            low = middle + 1
    return low


async def accesses_since(
    pool: Pool, keys: Keys, connection: Connection, first_leaf: int, limit: int
) -> OverseenLeaves:
    """The accesses of a stretch of the log, in its order, with marks for residents.

    Of systems only those of people who do not exist: what a system may read is held by agreements and
    budgets, and it has no habits.

    Args:
        pool: for what surrounds an access: other transactions, of each resident by itself.
        connection: a transaction of the task ``supervision``; what it read it may conclude with.
        first_leaf: where the stretch begins.
        limit: leaves at the most.
    """
    acts, end_leaf = await log.acts(connection, first_leaf, limit, ACTIONS)
    made_up = await closeness.canaries(pool, keys, {ResidentId(one.resident_id) for one in acts})
    weighed = [
        one.leaf_index
        for one in acts
        if one.agent_kind == AgentKind.PRACTITIONER or one.resident_id in made_up
    ]
    lines = await log.leaves(connection, keys, weighed)
    if not lines:
        return OverseenLeaves((), end_leaf)
    around = await _surroundings(pool, keys, lines)
    people = [line for line in lines if line.agent_kind == AgentKind.PRACTITIONER]
    staff = await closeness.staff_among(
        pool,
        {PractitionerId(line.agent_id) for line in people},
        {ResidentId(line.resident_id) for line in people},
    )
    standing = await staff_sign_in.homes(
        pool, {number for number in map(_workstation, lines) if number}
    )
    found = []
    for line, surrounding in zip(lines, around, strict=True):
        resident_id = ResidentId(line.resident_id)
        relations = set[str]()
        if line.agent_kind == AgentKind.PRACTITIONER:
            relations |= await closeness.relations(
                pool,
                keys,
                staff,
                PractitionerId(line.agent_id),
                InstitutionId(line.institution_id),
                resident_id,
            )
        if resident_id in made_up:
            relations.add("canary")
        if surrounding["is_dead"]:
            relations.add("deceased")
        place = standing.get(_workstation(line))
        found.append(_overseen(keys, line, surrounding, relations, place))
    return OverseenLeaves(tuple(found), end_leaf)


async def _surroundings(
    pool: Pool, keys: Keys, lines: Sequence[LeafLine]
) -> list[Mapping[str, bool]]:
    rows = await pool.fetch(
        _QUERIES["surroundings"],
        [line.resident_id for line in lines],
        [line.institution_id for line in lines],
        [line.at for line in lines],
    )
    sent = await pool.fetch(
        _QUERIES["referred"],
        [line.resident_id for line in lines],
        [_referral(keys, line) for line in lines],
        [line.at for line in lines],
    )
    return [{**row, **more} for row, more in zip(rows, sent, strict=True)]


def _referral(keys: Keys, line: LeafLine) -> bytes:
    """What an entry carries that sends the resident to this institution; empty after destruction."""
    try:
        return keys.of(line.resident_id).token(referral_key(str(line.institution_id)))
    except (DestroyedKey, UnknownKey):
        return b""


def _workstation(line: LeafLine) -> bytes:
    """At which browser it was done; empty where the log does not say."""
    number = line.detail.get(WORKSTATION, b"")
    return number if isinstance(number, bytes) else b""


def _misuse(line: LeafLine) -> str:
    """What was wrong with the code that was shown; who had scanned it themselves did nothing wrong."""
    if line.detail.get("spliced"):
        return "spliced"
    is_second = line.detail.get("doubled") and not line.detail.get("again") and not line.has_code
    return "used-before" if line.detail.get("spent") or is_second else ""


def _overseen(
    keys: Keys,
    line: LeafLine,
    surrounding: Mapping[str, bool],
    relations: Iterable[str],
    place: InstitutionId | None,
) -> Overseen:
    evidence = {word for column, word in _EVIDENCE if surrounding[column]}
    is_shown = line.action == Action.RESIDENT_IDENTIFY and "presentation" in line.detail
    if line.has_code or is_shown:
        evidence.add("code")
    is_refused = line.outcome == "refused"
    return Overseen(
        leaf=line.leaf_index,
        at=line.at,
        agent=line.agent_id,
        institution_id=InstitutionId(line.institution_id),
        is_system=line.agent_kind == "system",
        resident_mark=mark_of(keys, ResidentId(line.resident_id)),
        action=Action(line.action),
        is_refused=is_refused,
        purpose=PurposeOfUse(line.purpose) if line.purpose in set(PurposeOfUse) else None,
        scene=Scene(line.scene) if line.scene in set(Scene) else None,
        because=str(line.detail.get("because", "")),
        entries=len(line.detail.get("items", ())),
        evidence=frozenset(evidence),
        relations=frozenset(relations),
        misuse=_misuse(line),
        workstation=_workstation(line),
        place=place,
        was_withdrawn=is_refused and line.was_withdrawn,
    )
