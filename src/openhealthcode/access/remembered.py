"""What this process remembers of residents it looked at, and whose turn it is to look.

Nothing here is believed: the version of the consents is read with every look, and an event is only
written while it is still the one that was read.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final, NamedTuple
from uuid import UUID
from weakref import WeakValueDictionary

from openhealthcode.consent import Provisions
from openhealthcode.standards.ids import ResidentId

_MOST_RESIDENTS: Final = 20_000


class Known(NamedTuple):
    """What a resident has said and under which other ids, as of a version of the consents."""

    version: int
    provisions: Provisions
    others: tuple[ResidentId, ...] = ()


_NOTHING_SAID: Final = Known(-1, Provisions())
standing: OrderedDict[UUID, Known] = OrderedDict()
_turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()


def known(resident_id: ResidentId) -> Known:
    """What the resident has said as last read here; of version -1 when never read."""
    return standing.get(resident_id, _NOTHING_SAID)


def known_provisions(resident_id: ResidentId) -> tuple[int, Provisions]:
    """As ``known``, without the other ids."""
    version, provisions, _ = known(resident_id)
    return version, provisions


def remember(resident_id: ResidentId, said: Known) -> None:
    """Keep what was read, and forget whom nobody looked at for longest."""
    standing[resident_id] = said
    standing.move_to_end(resident_id)
    if len(standing) > _MOST_RESIDENTS:
        standing.popitem(last=False)


def turn(resident_id: ResidentId) -> asyncio.Lock:
    """Held by the one look of this process at the resident that is under way.

    Two at once would read the same end of the chain, and one of them would lose and hold it; and
    while somebody else holds it, many who wait would take every connection.
    """
    found = _turns.get(resident_id)
    if found is None:
        found = _turns[resident_id] = asyncio.Lock()
    return found
