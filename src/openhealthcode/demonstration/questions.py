"""What the public of the region asked about the rules: one question answered, one that waits."""

from __future__ import annotations

from typing import Final

from openhealthcode.collection import questions
from openhealthcode.database import Pool
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.trust import Keys

_ASKED: Final = "为什么慢性病随访要问吸不吸烟？不说会影响看病吗？"
_ANSWERED: Final = (
    "吸烟会影响高血压、糖尿病用药的选择，随访规范因此要求询问。您可以不回答，也可以在手机上拒绝"
    "采集这一项，随访照常进行。"
)
_WAITING: Final = "登记建档为什么要留现住址？寄信以外还有别的用途吗？"


async def ask(pool: Pool, keys: Keys, supervisor: PractitionerId) -> None:
    """Ask both, once in the life of an installation."""
    clock = await questions.clock(pool)
    if clock.waiting + clock.answered:
        return
    first = await questions.ask(
        pool, keys, scene="follow-up", element="smoking", words=_ASKED, caller="demonstration"
    )
    await questions.publish(pool, first, by=supervisor, question=_ASKED, answer=_ANSWERED)
    await questions.ask(
        pool, keys, scene="registration", element="address", words=_WAITING, caller="demonstration"
    )
