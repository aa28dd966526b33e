"""Ask whoever was allowed to keep copies to erase them, in the transaction that ends the consent."""

from __future__ import annotations

from openhealthcode import audit
from openhealthcode.consent.erasure import store
from openhealthcode.database import Connection
from openhealthcode.standards.ids import ResidentId


async def ask_after_withdrawal(
    connection: Connection, resident_id: ResidentId, logged: audit.Appended
) -> None:
    """Ask for what this event withdrew; whoever was only allowed to look is asked nothing.

    Also when no system fetched anything: what a person wrote down, the platform cannot know.
    """
    await store.ask(connection, "ask_after_withdrawal", resident_id, logged.number, logged.at)


async def ask_everybody(
    connection: Connection, resident_id: ResidentId, logged: audit.Appended
) -> None:
    """Ask whoever was ever allowed to keep and has not been asked: an account is closed."""
    await store.ask(connection, "ask_everybody", resident_id, logged.number, logged.at)
