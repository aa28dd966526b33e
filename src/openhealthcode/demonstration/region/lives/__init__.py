"""The stories a life is made of, one file per kind; each puts its first events on the agenda.

Start with ``hypertension``: a disease found, treated step by step and followed up. ``acute``,
``ailments``, ``surgery`` and ``cancer`` tell many diseases each from a table beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.lives import (
    acute,
    ailments,
    allergy,
    birth,
    bite,
    bones,
    cancer,
    check_up,
    diabetes,
    gout,
    growth,
    heart,
    hypertension,
    immunisation,
    infections,
    last_days,
    lipids,
    liver,
    lungs,
    mind,
    opening,
    pregnancy,
    stomach,
    stroke,
    substances,
    surgery,
    thyroid,
    traditional,
)

STORIES: Final[tuple[Callable[[Life], None], ...]] = (
    birth.begin,
    opening.begin,
    pregnancy.begin,
    allergy.begin,
    hypertension.begin,
    diabetes.begin,
    lipids.begin,
    heart.begin,
    stroke.begin,
    lungs.begin,
    liver.begin,
    gout.begin,
    thyroid.begin,
    bones.begin,
    stomach.begin,
    ailments.begin,
    surgery.begin,
    cancer.begin,
    mind.begin,
    infections.begin,
    substances.begin,
    immunisation.begin,
    growth.begin,
    acute.begin,
    bite.begin,
    check_up.begin,
    traditional.begin,
    last_days.begin,
)
"""Everything that may happen to somebody. The order matters only for what is drawn first."""

__all__ = ["STORIES"]
