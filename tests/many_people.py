"""Invented people by the hundred, each like nobody else, as rows of a file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from openhealthcode import registry
from openhealthcode.collection.bulk import Row
from openhealthcode.database import Pool, open_pool
from openhealthcode.identity import Registration
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex
from openhealthcode.standards.national_id import check_character
from openhealthcode.trust import Keys

OPERATOR = registry.InstitutionEntry(
    key="urn:openhealthcode:operator", kind=registry.InstitutionKind.AUTHORITY, name="平台导入"
)
FAMILIES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建文玉兰红梅春秋冬夏海山川林"


def number_of(serial: int, born: date, sex: Sex) -> Certificate:
    body = f"8801{serial % 40:02}{born:%Y%m%d}{serial // 40 % 500 * 2 + (sex is Sex.MALE):03}"
    return Certificate.parse(CertificateKind.NATIONAL_ID, body + check_character(body))


def person(serial: int) -> Registration:
    """An invented person, like nobody else of these."""
    born = date(1940 + serial * 7 % 80, serial * 5 % 12 + 1, serial * 11 % 28 + 1)
    sex = (Sex.MALE, Sex.FEMALE)[serial % 2]
    name = (
        FAMILIES[serial % len(FAMILIES)]
        + GIVEN[serial // len(FAMILIES) % len(GIVEN)]
        + GIVEN[serial * 13 % len(GIVEN)]
    )
    return Registration(
        (number_of(serial, born, sex),),
        name,
        sex,
        born,
        Phone.parse(f"139{serial * 7919 % 10**8:08}"),
        f"演示县第{serial}街道{serial * 31}号",
    )


def rows(*registrations: Registration) -> list[Row]:
    return [Row(number, each) for number, each in enumerate(registrations, start=1)]


@asynccontextmanager
async def opened(url: str, directory: Path) -> AsyncIterator[tuple[Pool, Keys]]:
    """What a process that writes them works with."""
    pool, keys = await open_pool(url, size=4), Keys.open(directory)
    yield pool, keys
    keys.close()
    await pool.close()
