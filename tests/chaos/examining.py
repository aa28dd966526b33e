"""What the clients were told, held against what is there in the end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from uuid import UUID

from clients import NAMES, Span, Told

from openhealthcode import access, audit
from openhealthcode.access import CROSS_CHECKS
from openhealthcode.audit import reading
from openhealthcode.database import open_pool, transaction
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

_MOST_LINES = 1_000_000


async def examine(
    url: str, keys: Keys, log: Path, origin: str, residents: list[ResidentId], told: Told
) -> list[str]:
    """Every sentence is something that must not be; none, if all held."""
    pool = await open_pool(url, size=4)
    there: Counter[tuple[str, str]] = Counter()
    shown: Counter[str] = Counter()
    for resident in residents:
        for entry in (await access.own_record(pool, keys, resident)).entries:
            for name in _names(json.loads(entry.body)):
                there[name, keys.seal_id(resident, entry.entry_id)] += 1
        async with transaction(pool, resident=resident) as connection:
            lines = await reading.lines(connection, keys, resident, limit=_MOST_LINES)
        for line in lines:
            if (line.action, line.outcome) == ("record.disclose", "done"):
                for item in line.detail.get("items", ()):
                    shown[keys.seal_id(resident, UUID(bytes=item[0]))] += 1
    wrong = [*_filings(told, there), *_disclosures(told, shown), *_consents(told)]
    signer = keys.checkpoint_signer(origin)
    sequencer = audit.Sequencer(pool, log, signer)
    while await sequencer.sequence():
        pass
    sequencer.close()
    verifier = keys.checkpoint_verifier(origin)
    report = await audit.verify(pool, log, verifier, keys=keys, cross_checks=CROSS_CHECKS)
    print(f"{report.events:,} events and {report.leaves:,} leaves verified", flush=True)
    await pool.close()
    return [*wrong, *(f"the log: {finding.sentence}" for finding in report.findings)]


def _names(body: dict[str, object]) -> Iterator[str]:
    for one in body.get("identifier", ()) if body.get("resourceType") == "Observation" else ():
        if one.get("system") == NAMES:
            yield one["value"]


def _filings(told: Told, there: Counter[tuple[str, str]]) -> Iterator[str]:
    for name, place in told.filed.items():
        if there[name, place] != 1:
            yield "an acknowledged result is lost"
    for name, count in Counter(name for name, _ in there.elements()).items():
        if count > 1:
            yield "a result was filed twice"
        if name not in told.tried:
            yield "a result is there that nobody sent"


def _disclosures(told: Told, shown: Counter[str]) -> Iterator[str]:
    for place, count in told.read.items():
        if shown[place] < count:
            yield "a result was shown without its event"


def _consents(told: Told) -> Iterator[str]:
    """A look that began when nothing stood must not show; one that began when it stood must.

    A consent counts from the moment it bears, by the database's clock: one that was given while that clock
    was ahead counts when that moment comes, and is not held against anybody. A withdrawal counts always.
    """
    for who in {one for one, _, _ in told.changed}:
        mine = [(span, stands) for one, span, stands in told.changed if one == who]
        looks = [(span, was_shown) for one, span, was_shown in told.seen if one == who]
        for (change, stands), (following, _) in pairwise(mine):
            for span, was_shown in looks:
                is_between = change.ended < span.begun and span.ended < following.begun
                is_due = stands is False or (stands and not _is_among(change, told.wrong_clocks))
                if is_between and is_due and was_shown is not stands:
                    yield (
                        "an acknowledged consent did not count"
                        if stands
                        else "a result was shown after an acknowledged withdrawal"
                    )


def _is_among(one: Span, spans: list[Span]) -> bool:
    return any(one.begun < other.ended and other.begun < one.ended for other in spans)
