"""The resident's own view: the whole record, and the log of everybody who looked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from openhealthcode import audit
from openhealthcode.access import looking
from openhealthcode.access.acting import acting_now, seen_through, visible_entries
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.access.looking import Choice, Look
from openhealthcode.access.model import Disclosure, Selection
from openhealthcode.audit import reading as log
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.identity import reading as identity
from openhealthcode.standards import PurposeOfUse
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, Labels


async def own_record(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    selection: Selection = EVERYTHING,
    *,
    action: audit.Action = audit.Action.RECORD_OWN_VIEW,
    is_open_only: bool = False,
) -> Disclosure:
    """Show residents their own record, closed kinds included; logged like every look.

    Whoever acts for them is shown what their mandate covers.

    Args:
        is_open_only: without what is of a closed kind, for a copy that others will see.
    """
    resident_keys = keys.of(resident_id)
    told = partial(_is_told, resident_keys.labels, is_open_only=is_open_only)
    if acting_now(resident_id) is None:
        seen, choice = await looking.choose_and_log(
            pool, keys, resident_id, selection, partial(_all, resident_id, action, told, list)
        )
    else:
        async with transaction(pool, resident=resident_id) as connection:
            through = await seen_through(connection, keys, resident_id)
            seen, choice = await looking.choose_and_log_within(
                connection, keys, resident_id, selection,
                partial(_all, resident_id, action, told, through),
            )  # fmt: skip
    return Disclosure(
        looking.open_rows(resident_keys, choice.rows),
        seen.state.next_number,
        seen.at,
        seen.at,
        frozenset(),
    )


def _all(
    resident_id: ResidentId,
    action: audit.Action,
    is_told: Callable[[looking.Row], bool],
    through: Callable[[Iterable[looking.Row]], list[looking.Row]],
    seen: Look,
) -> Choice:
    rows = through(row for row in seen.rows if is_told(row))
    return Choice(rows, _own(resident_id, action, rows), seen.at)


def _is_told(labels: Labels, row: looking.Row, *, is_open_only: bool) -> bool:
    """Whether an entry is of a kind this release knows, and open if only those are wanted."""
    if labels.category(row["category_token"]) is None:
        return False
    return not (is_open_only and labels.sensitivity(row["sensitivity_token"]))


async def own_log(
    pool: Pool, keys: Keys, resident_id: ResidentId, *, before: int | None = None, limit: int = 50
) -> list[log.LogLine]:
    """Show residents who looked, newest first; ``before`` is the last number of the page above.

    Reading one's own log is logged too, once, and stands at its top the next time. Whoever acts for
    the resident reads nothing of entries their mandate does not cover.
    """
    async with transaction(pool, resident=resident_id) as connection:
        there = await visible_entries(connection, keys, resident_id)
        lines = await _lines(connection, keys, resident_id, before, limit, there)
        await audit.append(
            connection, keys, resident_id, _own(resident_id, audit.Action.LOG_OWN_VIEW, ())
        )
    return lines


async def own_line(
    connection: Connection, keys: Keys, resident_id: ResidentId, number: int
) -> log.LogLine | None:
    """One line as ``own_log`` shows it; nothing where there is none, or none for who acts."""
    there = await visible_entries(connection, keys, resident_id)
    found = await log.lines(connection, keys, resident_id, before=number + 1, limit=1)
    if not found or found[0].number != number:
        return None
    return found[0] if there is None else _narrowed(found[0], there)


async def _lines(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    before: int | None,
    limit: int,
    there: frozenset[bytes] | None,
) -> list[log.LogLine]:
    """As many lines as asked for; those only about entries that are not ``there`` are left out."""
    found: list[log.LogLine] = []
    while len(found) < limit:
        page = await log.lines(connection, keys, resident_id, before=before, limit=limit)
        if there is None:
            return page
        found += [line for each in page if (line := _narrowed(each, there)) is not None]
        if len(page) < limit:
            break
        before = page[-1].number
    return found[:limit]


def _narrowed(line: log.LogLine, there: frozenset[bytes]) -> log.LogLine | None:
    items = line.detail.get("items")
    if not items:
        return line
    left = [item for item in items if item[0] in there]
    return replace(line, detail={**line.detail, "items": left}) if left else None


async def own_name(pool: Pool, keys: Keys, resident_id: ResidentId) -> str:
    """The resident's name for the pages of the session that is being opened.

    The sign-in itself is the logged event; the name then stays sealed inside the session.
    """
    async with transaction(pool, resident=resident_id) as connection:
        return (await identity.demographics(connection, keys, resident_id)).name


def _own(
    resident_id: ResidentId, action: audit.Action, rows: list[looking.Row] | tuple[()]
) -> audit.Event:
    return audit.Event(
        action=action,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"items": looking.items(rows)} if rows else {},
    )
