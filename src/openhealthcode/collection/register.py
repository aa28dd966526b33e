"""A clerk registers somebody at the counter, from the form of the registration rule."""

from __future__ import annotations

from dataclasses import dataclass

from openhealthcode import identity
from openhealthcode.collection.file import file_bundle
from openhealthcode.collection.form import Filled
from openhealthcode.collection.minimise import SCENE
from openhealthcode.collection.model import Source
from openhealthcode.collection.patient import registration_of
from openhealthcode.collection.rules import CollectionScene
from openhealthcode.database import Pool
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of a registration at the counter.

    Args:
        is_new: false when there was an entry before, which was left as it is.
        warnings: the quality rules that found something doubtful in it.
    """

    is_new: bool
    warnings: tuple[str, ...] = ()


async def register(pool: Pool, keys: Keys, filled: Filled, source: Source) -> Registered:
    """Register whom a filled form names; what was refused is kept as refused, and logged.

    The form goes through the door every delivery goes through, under the same rule.

    Raises:
        NeedsReview: the document is known under another name.
        RegistrationDoubtful: a quality rule does not let it be registered; it was set aside.
        NumberDisagrees: birth date or sex are not those of the ID number.
        AccountClosed: they had an account closed, and did not say that they want another.
    """
    registration = registration_of(filled.patient, own_number="counter")
    for certificate in registration.certificates:
        if await identity.find(pool, keys, certificate) is not None:
            return Registered(is_new=False)
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "meta": {"tag": [{"system": SCENE, "code": CollectionScene.REGISTRATION.value}]},
        "entry": [{"resource": filled.patient, "request": {"method": "POST"}}],
    }
    choices = dict.fromkeys(sorted(filled.refused), False)
    filed = await file_bundle(pool, keys, bundle=bundle, source=source, choices=choices)
    return Registered(filed.is_new_resident, filed.warnings)
