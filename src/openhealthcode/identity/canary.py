"""Residents who do not exist, planted so that whoever tries out identities asks for one (金丝雀).

Which they are stands nowhere but under keyed marks: of the certificate and of the resident's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from openhealthcode.database import Connection, Pool
from openhealthcode.identity import store
from openhealthcode.standards import Certificate
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def mark_canary(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    certificates: Sequence[Certificate],
) -> None:
    """Remember that nobody is to ask for this resident."""
    await store.mark_canaries(connection, canary_marks(keys, certificates, [resident_id]))


async def names_canary(
    pool: Pool,
    keys: Keys,
    certificates: Iterable[Certificate],
    residents: Iterable[ResidentId] = (),
) -> bool:
    """Whether one of these is a canary's; costs the same whether or not."""
    return await store.is_any_canary(pool, canary_marks(keys, certificates, residents))


def canary_marks(
    keys: Keys, certificates: Iterable[Certificate], residents: Iterable[ResidentId]
) -> list[bytes]:
    """Under which marks these would be canaries."""
    named = [f"certificate|{certificate.normalised}" for certificate in certificates]
    named += [f"resident|{resident_id}" for resident_id in residents]
    return [keys.blind_index("canary", text) for text in named]
