"""At a counter: a newborn is named, a stranger known, a name changed or mended, papers in hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from openhealthcode import audit, collection
from openhealthcode.access.representatives import Named, find_at_counter
from openhealthcode.collection import Correction
from openhealthcode.database import Pool, transaction
from openhealthcode.identity import Demographics, Registration
from openhealthcode.identity import reading as identity_reading
from openhealthcode.standards import Certificate, NationalId, NotFound, Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What the papers say of somebody; what is not given stays as it is registered.

    Args:
        certificate: a document beside the one they are found by, from now on theirs too.
    """

    name: str = field(default="", repr=False)
    sex: Sex | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    certificate: Certificate | None = field(default=None, repr=False)


async def correct_at_counter(
    pool: Pool,
    keys: Keys,
    clerk: audit.Agent,
    known: Named,
    said: Particulars,
    why: Correction,
    paper: str,
) -> tuple[str, ...]:
    """Put right who somebody is, with the papers in hand; answers what changed.

    The clerk has compared the papers with the person. It stands in the person's log, with the paper
    that proves it and without the values.

    Args:
        pool: the database.
        keys: the installation's.
        clerk: who does it, of an institution.
        known: a document and the name they are registered with until now.
        said: what the papers say.
        why: which kind of change it is.
        paper: what proves it.

    Raises:
        NotFound: nobody is registered with this document and name.
        TooManyAttempts: this clerk asks for more people than come to a counter.
        HealthCodeError: as ``collection.correct`` says.
    """
    if clerk.institution_id is None:
        raise NotFound
    resident_id = await find_at_counter(pool, keys, clerk, known)
    shown = tuple(one for one in (known.certificate, said.certificate) if one is not None)
    return await collection.correct(
        pool,
        keys,
        resident_id,
        await completed(pool, keys, resident_id, said, shown),
        why,
        collection.Source(clerk, clerk.institution_id, has_seen_document=True),
        paper=paper,
    )


async def completed(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    said: Particulars,
    shown: tuple[Certificate, ...],
) -> Registration:
    """What papers say, and where they say nothing what is registered.

    An ID number among the papers says sex and birth date, whatever was estimated before it was known.

    Raises:
        NotFound: no such resident.
    """
    async with transaction(pool, resident=resident_id) as connection:
        registered = await identity_reading.demographics(connection, keys, resident_id)
    numbers = [NationalId(one.number) for one in shown if one.is_citizen_number]
    if numbers:
        registered = replace(registered, sex=numbers[0].sex, birth_date=numbers[0].birth_date)
    return _registration(registered, said, shown)


def of_document(document: Certificate, name: str) -> Registration:
    """What a document with this name says; a number of GB 11643 says sex and birth date."""
    if not document.is_citizen_number:
        return Registration((document,), name)
    number = NationalId(document.number)
    return Registration((document,), name, number.sex, number.birth_date)


def _registration(
    registered: Demographics, said: Particulars, shown: tuple[Certificate, ...]
) -> Registration:
    return Registration(
        shown,
        said.name or registered.name,
        said.sex or registered.sex,
        said.birth_date or registered.birth_date,
        language=registered.language,
    )
