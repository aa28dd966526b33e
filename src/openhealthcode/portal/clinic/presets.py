"""What is usually needed at a step of care: the boxes that are ticked before anybody ticks one.

A proposal, no permission: the clinician changes it, and the resident decides. The smallest set
that serves the step (最小必要), so that asking for more takes a deliberate tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import RecordCategory, Scene

_SAFETY: Final = frozenset({RecordCategory.ALLERGIES, RecordCategory.MEDICATION})
_ILLNESS: Final = _SAFETY | {
    RecordCategory.CONDITIONS,
    RecordCategory.LABORATORY,
    RecordCategory.VITAL_SIGNS,
}
_VISIT: Final = _ILLNESS | {
    RecordCategory.IMAGING,
    RecordCategory.ENCOUNTERS,
    RecordCategory.PROCEDURES,
    RecordCategory.IMMUNISATIONS,
    RecordCategory.DEVICES,
    RecordCategory.TRADITIONAL_MEDICINE,
}

PRESETS: Final[Mapping[Scene, frozenset[RecordCategory]]] = MappingProxyType(
    {
        Scene.REGISTRATION: frozenset({RecordCategory.ALLERGIES, RecordCategory.ENCOUNTERS}),
        Scene.CONSULTATION: _VISIT,
        Scene.INPATIENT: _VISIT
        | {
            RecordCategory.BLOOD_TYPE,
            RecordCategory.FAMILY_HISTORY,
            RecordCategory.CARE_PLANS,
            RecordCategory.DOCUMENTS,
        },
        Scene.EXAMINATION: _ILLNESS | {RecordCategory.IMAGING, RecordCategory.DEVICES},
        Scene.DISPENSING: _SAFETY
        | {
            RecordCategory.CONDITIONS,
            RecordCategory.LABORATORY,
            RecordCategory.TRADITIONAL_MEDICINE,
        },
        Scene.VACCINATION: frozenset(
            {
                RecordCategory.ALLERGIES,
                RecordCategory.CONDITIONS,
                RecordCategory.IMMUNISATIONS,
            }
        ),
        Scene.FOLLOW_UP: _ILLNESS | {RecordCategory.ENCOUNTERS, RecordCategory.CARE_PLANS},
    }
)
"""Emergency has no preset: its minimum set is fixed and not asked for."""

ASKABLE: Final = tuple(
    category
    for category in RecordCategory
    if category not in (RecordCategory.DEMOGRAPHICS, RecordCategory.ADMINISTRATIVE)
)
"""What a clinician can ask for, in the order of the page."""

LIFETIMES_HOURS: Final = (4, 24)
"""This visit, or until tomorrow; longer consents are given elsewhere."""

_USUAL_SCENES: Final = {
    PractitionerRole.PHARMACIST: Scene.DISPENSING,
    PractitionerRole.TECHNICIAN: Scene.EXAMINATION,
    PractitionerRole.PUBLIC_HEALTH: Scene.VACCINATION,
    PractitionerRole.REGISTRAR: Scene.REGISTRATION,
}


def usual_scene(role: PractitionerRole) -> Scene:
    """The step of care somebody of this role is most often at."""
    return _USUAL_SCENES.get(role, Scene.CONSULTATION)
