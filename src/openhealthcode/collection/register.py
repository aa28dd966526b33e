"""A clerk registers somebody at the counter, from the form of the registration rule."""

from __future__ import annotations

from openhealthcode import identity
from openhealthcode.collection.file import file_bundle
from openhealthcode.collection.form import Filled
from openhealthcode.collection.minimise import SCENE
from openhealthcode.collection.model import Source
from openhealthcode.collection.patient import registration_of
from openhealthcode.collection.rules import CollectionScene
from openhealthcode.database import Pool
from openhealthcode.trust import Keys


async def register(pool: Pool, keys: Keys, filled: Filled, source: Source) -> bool:
    """Register whom a filled form names; what was refused is kept as refused, and logged.

    The form goes through the door every delivery goes through, under the same rule.

    Returns:
        Whether the resident is new; who was registered before is left as they are.

    Raises:
        NeedsReview: the document is known under another name.
        NumberDisagrees: birth date or sex are not those of the ID number.
        AccountClosed: they had an account closed, and did not say that they want another.
    """
    registration = registration_of(filled.patient, own_number="counter")
    for certificate in registration.certificates:
        if await identity.find(pool, keys, certificate) is not None:
            return False
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "meta": {"tag": [{"system": SCENE, "code": CollectionScene.REGISTRATION.value}]},
        "entry": [{"resource": filled.patient, "request": {"method": "POST"}}],
    }
    choices = dict.fromkeys(sorted(filled.refused), False)
    filed = await file_bundle(pool, keys, bundle=bundle, source=source, choices=choices)
    return filed.is_new_resident
