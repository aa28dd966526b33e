"""The resident's own view: the whole record, and the log of everybody who looked."""

from __future__ import annotations

from openhealthcode import audit
from openhealthcode.access import looking
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.access.looking import Choice, Look
from openhealthcode.access.model import Disclosure, Selection
from openhealthcode.audit import reading as log
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import reading as identity
from openhealthcode.standards import PurposeOfUse
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def own_record(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    selection: Selection = EVERYTHING,
    *,
    action: audit.Action = audit.Action.RECORD_OWN_VIEW,
) -> Disclosure:
    """Show residents their own record, closed kinds included; logged like every look."""
    resident_keys = keys.of(resident_id)

    def choose(seen: Look) -> Choice:
        rows = [row for row in seen.rows if labels.category(row["category_token"]) is not None]
        return Choice(rows, _own(resident_id, action, rows), seen.at)

    labels = resident_keys.labels
    seen, choice = await looking.choose_and_log(pool, keys, resident_id, selection, choose)
    return Disclosure(
        looking.open_rows(resident_keys, choice.rows),
        seen.state.next_number,
        seen.at,
        seen.at,
        frozenset(),
    )


async def own_log(
    pool: Pool, keys: Keys, resident_id: ResidentId, *, before: int | None = None, limit: int = 50
) -> list[log.LogLine]:
    """Show residents who looked, newest first; ``before`` is the last number of the page above.

    Reading one's own log is logged too, once, and stands at its top the next time.
    """
    async with transaction(pool, resident=resident_id) as connection:
        lines = await log.lines(connection, keys, resident_id, before=before, limit=limit)
        await audit.append(
            connection, keys, resident_id, _own(resident_id, audit.Action.LOG_OWN_VIEW, ())
        )
    return lines


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
