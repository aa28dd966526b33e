"""Follow the log and tell residents who wants to be told: after the look, so that it costs nothing.

A look is noted once for each person and day, which is what makes telling twice impossible, whatever
dies in between and however many processes follow.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode import audit
from openhealthcode.access import notices
from openhealthcode.access.acting import still_acts
from openhealthcode.access.telling import rules
from openhealthcode.access.telling.choose import choice_within
from openhealthcode.access.telling.model import About, Looked, NoticeChoice
from openhealthcode.audit import Action, AgentKind
from openhealthcode.audit import reading as log
from openhealthcode.audit.reading import LeafLine
from openhealthcode.database import Connection, Pool, enter, load_queries, transaction
from openhealthcode.identity import reading as identity
from openhealthcode.representation import Power
from openhealthcode.sign_in import Message, look_notice, looks_notice
from openhealthcode.standards import NotFound, Phone, PurposeOfUse, day_of
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey

_QUERIES: Final = load_queries("openhealthcode.access.telling")
_LEAVES: Final = 2_000
_AT_ONCE: Final = 200

_KEPT: Final = timedelta(days=40)

Say = Callable[[Phone, str], Message]


async def forget_told(pool: Pool) -> None:
    """Drop of whom residents were told long ago."""
    async with transaction(pool, task="notices") as connection:
        await connection.execute(_QUERIES["forget_told"], (datetime.now(UTC) - _KEPT).date())


class TellLooks:
    """The chore: what is new in the log first, then what has waited for its hour."""

    def __init__(self, pool: Pool, keys: Keys) -> None:
        self._pool, self._keys = pool, keys

    async def tell(self) -> int:
        """One turn; how many messages are owed since."""
        told = 0
        first, end, lines = await self._stretch()
        for line in lines:
            told += await self._tell(line)
        if end > first:
            async with transaction(self._pool, task="supervision") as connection:
                await connection.execute(_QUERIES["note_place"], first, end)
        return told + await self._tell_waiting()

    async def _stretch(self) -> tuple[int, int, list[LeafLine]]:
        """Where in the log this begins and ends, and what people did there."""
        async with transaction(self._pool, task="supervision") as connection:
            first = await connection.fetchval(_QUERIES["place"])
            if first is None:  # from now on: nobody is told of what was long before
                first = await log.size(connection)
                await connection.execute(_QUERIES["begin"], first)
            actions = (Action.RECORD_DISCLOSE,)
            acts, end = await log.acts(connection, first, _LEAVES, actions)
            of_people = [one.leaf_index for one in acts if one.agent_kind == AgentKind.PRACTITIONER]
            lines = await log.leaves(connection, self._keys, of_people)
        return first, end, [line for line in lines if line.purpose != PurposeOfUse.EMERGENCY]

    async def _tell(self, line: LeafLine) -> bool:
        """Note a look that is to be told, and tell it if that is now."""
        resident_id = ResidentId(line.resident_id)
        looked = Looked(line.at, line.agent_id, line.outcome == "refused", line.has_code)
        try:
            async with transaction(self._pool, resident=resident_id) as connection:
                choice = await choice_within(connection, self._keys, resident_id)
                due_at = rules.told_at(choice, looked)
                if due_at is None:
                    return False
                state, now = await audit.chain(connection, resident_id)
                is_now = due_at <= now
                noted = await connection.fetchval(
                    _QUERIES["note_look"],
                    resident_id,
                    day_of(looked.at),
                    looked.by,
                    None if is_now else due_at,
                )
                if not (noted and is_now):
                    return False
                logged = audit.Appended(state.next_number - 1, now)
                await self._owe(connection, resident_id, choice, logged, look_notice)
        except (NotFound, UnknownKey, DestroyedKey):  # that account was closed
            return False
        return True

    async def _tell_waiting(self) -> int:
        """Tell what waited for the morning or the evening, all of a person in one message."""
        async with transaction(self._pool, task="notices") as connection:
            rows = await connection.fetch(_QUERIES["waiting"], _AT_ONCE)
        told = 0
        for row in rows:
            told += await self._tell_together(ResidentId(row["resident_id"]))
        return told

    async def _tell_together(self, resident_id: ResidentId) -> bool:
        async with transaction(self._pool, resident=resident_id) as connection:
            people = await connection.fetchval(_QUERIES["take_waiting"], resident_id)
            if not people:
                return False  # another process told it
            try:
                choice = await choice_within(connection, self._keys, resident_id)
                if choice.about is About.EMERGENCY:
                    return False
                state, now = await audit.chain(connection, resident_id)
                logged = audit.Appended(state.next_number - 1, now)

                def say(phone: Phone, language: str) -> Message:
                    return looks_notice(phone, language, people)

                await self._owe(connection, resident_id, choice, logged, say)
            except (NotFound, UnknownKey, DestroyedKey):
                return False
        return True

    async def _owe(
        self,
        connection: Connection,
        resident_id: ResidentId,
        choice: NoticeChoice,
        logged: audit.Appended,
        say: Say,
    ) -> None:
        """Owe the message to the resident's phones, and to those of whoever acts for them."""
        messages = await self._messages(connection, resident_id, say)
        for one in choice.told:
            mandate = await still_acts(
                connection, self._keys, resident_id, one.representation_id, logged.at
            )
            if mandate is not None and Power.LOG in mandate.powers:
                messages += await self._of_another(connection, one.representative_id, say)
                await enter(connection, resident=resident_id)
        await notices.keep(connection, self._keys, resident_id, logged, messages)

    async def _of_another(
        self, connection: Connection, representative: ResidentId, say: Say
    ) -> list[Message]:
        try:
            await enter(connection, resident=representative)
            return await self._messages(connection, representative, say)
        except (NotFound, UnknownKey, DestroyedKey):
            return []

    async def _messages(self, connection: Connection, whose: ResidentId, say: Say) -> list[Message]:
        phones = await identity.bound_phones(connection, self._keys, whose)
        who = await identity.demographics(connection, self._keys, whose)
        return [say(phone, who.language) for phone in phones]
