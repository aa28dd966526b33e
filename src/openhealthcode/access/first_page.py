"""The first page of a search, put together where the entries lie, as far as that can be told there.

Nearly always the decision is about kinds of entries and not about single ones. Then the database
counts and pages, and nothing that is not shown ever leaves it: two statements that go together with
those of other looks, instead of a transaction of six.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, cast

from openhealthcode.access import looking, remembered
from openhealthcode.access.asking import Asking
from openhealthcode.access.children import Admission
from openhealthcode.access.finding import Cursor, Page, Snapshot
from openhealthcode.access.looking import Choice, Look, Row
from openhealthcode.access.read import choice_for_system, heard
from openhealthcode.consent import Decided, Extent
from openhealthcode.database import Pool
from openhealthcode.record import Order, Search
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards.ids import EntryId, InstitutionId, ResidentId
from openhealthcode.trust import Keys, Labels

_COLUMNS: Final = 11
"""Of a row of every look; ``access.page`` adds one."""

_TRIES: Final = 2
"""What the resident has said is read with the first, if it was not known."""


class _ToldOtherwise(Exception):
    """It takes another way to tell, or what the resident has said was not yet known."""


@dataclass(frozen=True, slots=True)
class _FirstPage:
    """The selection of what is on the page."""

    search: Search
    entry_ids: list[EntryId] | None
    extent: Extent
    own: InstitutionId | None

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "read_page"

    def parameters(self, labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        search, extent = self.search, self.extent
        groups = [_tokens(labels.token(text) for text in group) for group in search.tokens]
        return (
            search.type,
            None if self.entry_ids is None else f"{{{','.join(map(str, self.entry_ids))}}}",
            _texts(groups),
            _multirange(search.days),
            _multirange(search.filed),
            *labels.texts(extent.categories, extent.sensitive),
            extent.up_to_number,
            self.own,
            search.count,
        )

    def under(self, _resident_id: ResidentId) -> _FirstPage:
        """See ``Selection``; what it finds is not used: several ids go another way."""
        return self


@dataclass(frozen=True, slots=True)
class Asked:
    """A search of a system, and whose record it is in."""

    system: SystemAccess
    search: Search
    resident_id: ResidentId
    entry_ids: list[EntryId] | None
    asks: tuple[Asking, Admission]

    def selection(self, expected: Decided) -> _FirstPage:
        """What is on the page by a decision."""
        extent = cast("Extent", expected.extent)
        own = None if expected.decision.is_sealed else self.system.institution_id
        return _FirstPage(self.search, self.entry_ids, extent, own)


def _tokens(tokens: Iterable[bytes]) -> str:
    r"""An array of bytes as PostgreSQL reads it: ``{"\\x01","\\x02"}``."""
    return "{" + ",".join(f'"\\\\x{token.hex()}"' for token in tokens) + "}"


def _texts(texts: Iterable[str]) -> str:
    """An array of texts as PostgreSQL reads it."""
    escaped = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in escaped) + "}"


def _multirange(ranges: Iterable[tuple[date | datetime | None, ...]] | None) -> str | None:
    """Half-open ranges as PostgreSQL reads them."""
    if ranges is None:
        return None
    return "{" + ",".join(f"[{start or ''},{stop or ''})" for start, stop in ranges) + "}"


def is_enough_for(search: Search, after: Cursor | None) -> bool:
    """Whether a search asks for a first page in an order that the index has."""
    return after is None and not search.needs_opening and search.order is Order.NEWEST


async def first_page(pool: Pool, keys: Keys, asked: Asked) -> Page | None:
    """The page, logged; None where the consents can only be weighed entry by entry.

    Raises:
        NotFound: there is no such resident.
    """
    for _ in range(_TRIES):
        version, provisions, others = remembered.known(asked.resident_id)
        _, expected = heard(datetime.now(UTC), provisions, asked.asks)
        if expected.extent is None or others:
            return None
        with suppress(_ToldOtherwise):
            return await _page(pool, keys, asked, version, expected)
    return None


async def _page(pool: Pool, keys: Keys, asked: Asked, version: int, expected: Decided) -> Page:
    """The page by a decision that is expected; it counts only if it is then taken."""
    resident_id = asked.resident_id

    def choose(seen: Look) -> Choice:
        request, found = heard(seen.at, seen.provisions, asked.asks)
        if seen.others or seen.state.consent_version != version or found != expected:
            raise _ToldOtherwise
        first = cast("Row", seen.first)
        if first["of_others"]:
            asked.asks[1].taken(found.decision, request)
        is_any = first["total"] > 0
        return choice_for_system(seen.rows, asked.system, asked.asks, request, found, is_any=is_any)

    seen, choice = await looking.choose_and_log(
        pool, keys, resident_id, asked.selection(expected), choose
    )
    rows, total = choice.rows, cast("Row", seen.first)["total"]
    following = None
    if rows and total > len(rows):
        begun = Snapshot(resident_id, seen.state.next_number)
        following = Cursor((begun,), (rows[-1]["day"].toordinal(),), rows[-1]["entry_id"])
    plain = [cast("Row", row[:_COLUMNS]) for row in rows]
    return Page(looking.open_rows(keys.of(resident_id), plain), total, following)
