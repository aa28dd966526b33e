"""Make an event ready to be written: seal its detail, commit to it, link it to the one before."""

from __future__ import annotations

from datetime import datetime
from os import urandom
from typing import Final

import msgspec

from openhealthcode.audit.model import ChainState, Event, SealedEvent
from openhealthcode.audit.workstation import told
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency import canonical, commitment
from openhealthcode.trust import KeyClass, Keys, ResidentKeys, log_aad

_SALT_BYTES: Final = 16
_ENCODER: Final = msgspec.msgpack.Encoder(uuid_format="bytes")


def next_link(
    keys: Keys,
    resident_keys: ResidentKeys,
    resident_id: ResidentId,
    state: ChainState,
    event: Event,
    at: datetime,
) -> SealedEvent:
    """The event as the next of this resident's chain; nothing is written yet.

    Args:
        keys: make the link.
        resident_keys: the same resident's; seal the detail under the log key.
        resident_id: whose chain.
        state: the chain as just read; if it has moved when the event is written, seal anew.
        event: what happened.
        at: the database's time, as read with the chain.

    Raises:
        DestroyedKey: the resident's log is closed for good.
    """
    number = state.next_number
    plain = _ENCODER.encode(told(event))
    detail = resident_keys.seal(KeyClass.LOG, log_aad(resident_id, number), plain)
    agent = event.agent
    texts = (event.action, event.outcome, event.purpose, event.scene, agent.kind)
    salt = urandom(_SALT_BYTES)
    committed = commitment(
        salt,
        canonical(resident_id, number, at, texts, agent.id, agent.institution_id, detail),
    )
    return SealedEvent(
        resident_id,
        number,
        at,
        *texts,
        agent.id,
        agent.institution_id,
        detail,
        salt,
        committed,
        keys.chain_link(state.head, committed),
    )
