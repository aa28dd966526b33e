"""What of a question is true of a resident: all that an answer may repeat. Pure.

Whoever looks somebody up hears back what they said themselves, as far as it is registered, and
nothing they did not say. A number with a wrong name, or a name alone, names nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from openhealthcode.identity import Registration, normalise_name
from openhealthcode.identity.matching import name_agrees, variant_of
from openhealthcode.standards import Certificate, Sex


@dataclass(frozen=True, slots=True)
class Agreement:
    """Which parts of a question hold of a resident: to the letter, but for ``sounds_named``.

    Args:
        sounds_named: the name is theirs, sounds or looks like it, or arrived but for a character.
    """

    sounds_named: bool = False
    certificates: tuple[Certificate, ...] = ()
    name: bool = False
    sex: bool = False
    birth_date: bool = False
    phone: bool = False

    @property
    def names_somebody(self) -> bool:
        """Whether who asks could already name this resident: by name, and by one thing more."""
        says_more = bool(self.certificates) or self.birth_date or self.phone
        return self.sounds_named and says_more

    def covers(self, probe: Registration) -> bool:
        """Whether everything that was asked for holds; an address is never compared."""
        return (
            len(self.certificates) == len(probe.certificates)
            and self.name
            and (self.sex or probe.sex is Sex.UNKNOWN)
            and (self.birth_date or probe.birth_date is None)
            and (self.phone or probe.phone is None)
        )


def agreement_of(probe: Registration, known: Collection[Registration]) -> Agreement:
    """Compare a question with all that was received about one person, under one id or several."""
    certificates = {each.normalised for one in known for each in one.certificates}
    asked = variant_of(probe)
    return Agreement(
        sounds_named=any(
            name_agrees(asked, variant_of(Registration((), name)))
            for name in {one.name for one in known}
        ),
        certificates=tuple(one for one in probe.certificates if one.normalised in certificates),
        name=normalise_name(probe.name) in {normalise_name(one.name) for one in known},
        sex=probe.sex is not Sex.UNKNOWN and any(probe.sex is one.sex for one in known),
        birth_date=probe.birth_date is not None
        and any(probe.birth_date == one.birth_date for one in known),
        phone=probe.phone is not None and any(probe.phone == one.phone for one in known),
    )
