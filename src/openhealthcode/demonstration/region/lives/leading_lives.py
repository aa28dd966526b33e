"""Which stories the leading characters live through: most the ordinary ones, some their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.background import allergic, blood_group
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.lives import STORIES, li_chunlan


def _zhou_deshan(life: Life) -> None:
    """What an emergency doctor must know of somebody who cannot speak."""
    told = partial(allergic, severity="severe", onset="2009")
    life.tell(told, "contrast", "喉头水肿、血压下降")
    life.tell(blood_group, "A型，RhD阳性")


LEADING_STORIES: Final[dict[str, tuple[Callable[[Life], None], ...]]] = {
    "li-chunlan": (li_chunlan.begin,),
    "zhou-deshan": (_zhou_deshan, *STORIES),
}
"""By key of the resident; everybody else has the ordinary stories."""
