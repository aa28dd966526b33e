"""Residents who do not exist are planted, so that whoever tries out identities asks for one (金丝雀).

Their ID numbers are well formed and nobody's: of a county that was abolished before their birth
date. Whoever walks through numbers, or has a stolen list, meets them; no card carries them.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random, SystemRandom
from typing import Any, Final

from openhealthcode import identity
from openhealthcode.collection.model import Source
from openhealthcode.collection.write import file_resource
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    NationalId,
    division,
)
from openhealthcode.standards.ids import ResidentId
from openhealthcode.standards.national_id import check_character
from openhealthcode.trust import Keys

MOST_AT_ONCE: Final = 1_000
_NATIONAL_ID: Final = "urn:oid:2.16.156.10011.1.3"
_BORN_LATER_YEARS: Final = 5
"""After the last list with the county: an office that used an old code for a while is not meant."""
_PREFECTURE: Final = "00"
_BORN_UNTIL: Final = date(2015, 12, 31)
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程"
)
_GIVEN: Final = (
    "伟芳敏静丽强磊军洋勇艳杰娟涛明超霞平刚玲桂英华慧建文利清飞鹏宇浩欣怡梓涵晨思佳博雪宁琳丹"
)


async def plant_canaries(pool: Pool, keys: Keys, *, count: int, source: Source) -> int:
    """Register people who do not exist, and remember that nobody is to ask for them.

    Returns:
        How many were planted; one whose number is somebody's after all is left out.

    Raises:
        InvalidInput: none, or more than a thousand at once.
    """
    if not 0 < count <= MOST_AT_ONCE:
        raise InvalidInput(f"between 1 and {MOST_AT_ONCE} canaries at once")
    planted = 0
    for patient in made_up(count, SystemRandom()):
        number = Certificate.parse(CertificateKind.NATIONAL_ID, patient["identifier"][0]["value"])
        if await identity.find(pool, keys, number) is not None:
            continue
        filed = await file_resource(pool, keys, resource=patient, source=source)
        await _mark(pool, keys, filed.resident_id, number)
        planted += 1
    return planted


def made_up(count: int, random: Random) -> list[dict[str, Any]]:
    """Patients who do not exist, one after another in counties drawn by lot."""
    counties = [
        (code, earliest)
        for code, last_year in sorted(division.abolished().items())
        if not code.endswith(_PREFECTURE)
        and (earliest := date(last_year + _BORN_LATER_YEARS, 1, 1)) < _BORN_UNTIL
    ]
    return [_patient(*random.choice(counties), random) for _ in range(count)]


def _patient(division_code: str, earliest: date, random: Random) -> dict[str, Any]:
    born = earliest + timedelta(days=random.randrange((_BORN_UNTIL - earliest).days))
    body = f"{division_code}{born:%Y%m%d}{random.randrange(1, 400):03d}"
    number = NationalId.parse(body + check_character(body))
    given = "".join(random.choice(_GIVEN) for _ in range(random.choice((1, 2, 2, 2))))
    return {
        "resourceType": "Patient",
        "identifier": [{"system": _NATIONAL_ID, "value": number.number}],
        "name": [{"text": random.choice(_SURNAMES) + given}],
        "gender": number.sex.value,
        "birthDate": born.isoformat(),
    }


async def _mark(pool: Pool, keys: Keys, resident_id: ResidentId, number: Certificate) -> None:
    async with transaction(pool) as connection:
        await identity.mark_canary(connection, keys, resident_id, [number])
