"""A registration in the form in which it is compared, and the keys it is found by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from openhealthcode.identity import Registration
from openhealthcode.identity.matching import Block, Variant, blocking_keys, columns, variant_of
from openhealthcode.identity.matching.names import is_newborn_name
from openhealthcode.identity.matching.normalise import address_parts
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex

NUMBER = Certificate.parse(CertificateKind.NATIONAL_ID, "11010519491231002X")
RECORD = Certificate.parse(CertificateKind.INSTITUTION_NUMBER, "7", "hospital-a")
LI = Registration(
    (RECORD, NUMBER),
    "李秀英",
    Sex.FEMALE,
    date(1949, 12, 31),
    Phone.parse("13912345678"),
    "演示省甲市乙县丙镇丁村戊路12号3栋",
)

ADDRESSES = [
    # written, area, town, place, road, door, postcode
    ("演示省甲市乙县丙镇丁村十二号", "演示省甲市乙县", "丙镇", "丁村", "", "12", ""),
    ("演示省甲市乙区丙街道丁社区戊路12号3栋2单元501室", "演示省甲市乙区", "丙街道", "丁社区", "戊路", "12-3-2-501", ""),
    ("演示省甲市乙区丙街道办事处丁社区居委会戊大街一百二十号", "演示省甲市乙区", "丙街道", "丁社区", "戊大街", "120", ""),
    ("演示自治区甲自治州乙自治县丙乡丁村委会二〇三号", "演示自治区甲自治州乙自治县", "丙乡", "丁村", "", "203", ""),
    ("甲县 乙镇 丙村 二十号", "甲县", "乙镇", "丙村", "", "20", ""),
    ("甲市丙镇丁社区", "甲市", "丙镇", "丁社区", "", "", ""),
    ("北京市乙区丙街道", "北京市乙区", "丙街道", "", "", "", ""),
    ("12 Main Street, Springfield, NSW, 2914", "nsw", "springfield", "", "main street", "12", "2914"),
    ("12 Main Street, Wing C, Springfield, NSW", "nsw", "springfield", "wing c", "main street", "12", ""),
    ("Main Street", "", "", "", "main street", "", ""),
    (", ,", "", "", "", "", "", ""),
    ("不详", "", "", "", "", "", ""),
    ("--", "", "", "", "", "", ""),
    ("", "", "", "", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "area", "town", "place", "road", "door", "postcode"), ADDRESSES
)
def test_an_address_is_parted(written, area, town, place, road, door, postcode):
    assert address_parts(written) == (area, town, place, road, door, postcode)


def test_a_registration_becomes_a_row_of_comparison():
    assert variant_of(LI) == Variant(
        family="李", given="秀英", birth="1949-12-31", sex=Sex.FEMALE, number=NUMBER.number,
        phone="+8613912345678", area="演示省甲市乙县", town="丙镇", place="丁村", road="戊路", door="12-3",
    )  # fmt: skip


def test_an_id_number_tells_birth_date_and_sex():
    silent = variant_of(replace(LI, birth_date=None, sex=Sex.UNKNOWN))
    assert (silent.birth, silent.sex) == ("1949-12-31", Sex.FEMALE)


def test_what_stands_for_nothing_is_left_out():
    placeholder = Phone.parse("13800000000")
    variant = variant_of(
        replace(LI, certificates=(RECORD,), birth_date=None, phone=placeholder, address="同上",
                mother=RECORD)
    )  # fmt: skip
    assert variant == Variant(family="李", given="秀英", sex=Sex.FEMALE)
    assert variant_of(replace(LI, phone=None)).phone == ""
    assert variant_of(replace(LI, mother=NUMBER)).mother == NUMBER.number


@pytest.mark.parametrize(
    "name",
    [
        "张三之子",
        "张三之长女",
        "张三之双胞胎大",
        "新生儿",
        "李四新生儿",
        "男婴",
        "李四男婴",
        "李四之大宝",
    ],
)
def test_names_that_a_ward_gives(name):
    assert is_newborn_name(name)
    assert variant_of(replace(LI, name=name)).is_newborn


@pytest.mark.parametrize("name", ["张三", "之子", "王之之", "李婴宁", "陈子女", "Maria"])
def test_names_that_only_look_so(name):
    assert not is_newborn_name(name)


def test_a_registration_is_found_by_ten_keys_beside_its_number():
    keys = blocking_keys(replace(variant_of(LI), mother="440524188001010014"))
    assert keys == {
        Block.NUMBER: "11010519491231002X",
        Block.NUMBER_BEGINS: "11010519491231|0",
        Block.NUMBER_ENDS: "491231002X",
        Block.SOUND_AND_BIRTH: "lixiuying|1949-12-31",
        Block.NAME_AND_DAY: "李秀英|12-31",
        Block.PHONE: "+8613912345678",
        Block.SURNAME_AND_BIRTH: "li|1949-12-31|female",
        Block.GIVEN_AND_BIRTH: "xiuying|1949-12-31",
        Block.ADDRESS_AND_YEAR: "演示省甲市乙县|丙镇|丁村|戊路|12-3|1949",
        Block.SOUND_AND_COMMUNITY: "lixiuying|1949|female|丁村",
        Block.MOTHER: "440524188001010014",
    }
    assert set(keys) == set(Block)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"given": ""}, {Block.GIVEN_AND_BIRTH}),
        ({"family": ""}, {Block.SURNAME_AND_BIRTH}),
        ({"sex": Sex.UNKNOWN}, {Block.SURNAME_AND_BIRTH}),
        ({"door": ""}, {Block.ADDRESS_AND_YEAR}),
        ({"place": "", "road": ""}, {Block.ADDRESS_AND_YEAR}),
        ({"place": "", "town": ""}, {Block.SOUND_AND_COMMUNITY}),
        ({"family": "_"}, {Block.SURNAME_AND_BIRTH, Block.SOUND_AND_BIRTH, Block.NAME_AND_DAY,
                           Block.GIVEN_AND_BIRTH, Block.SOUND_AND_COMMUNITY}),
        ({"given": "秀_"}, {Block.SOUND_AND_BIRTH, Block.NAME_AND_DAY, Block.GIVEN_AND_BIRTH,
                           Block.SOUND_AND_COMMUNITY}),
        ({"is_newborn": True}, {Block.SURNAME_AND_BIRTH, Block.SOUND_AND_BIRTH, Block.NAME_AND_DAY,
                                Block.GIVEN_AND_BIRTH, Block.SOUND_AND_COMMUNITY}),
        ({"birth": ""}, {Block.SURNAME_AND_BIRTH, Block.SOUND_AND_BIRTH, Block.NAME_AND_DAY,
                         Block.GIVEN_AND_BIRTH, Block.SOUND_AND_COMMUNITY, Block.ADDRESS_AND_YEAR}),
    ],
)  # fmt: skip
def test_a_key_whose_parts_were_not_all_said_is_left_out(change, missing):
    whole = blocking_keys(variant_of(LI))
    assert set(whole) - set(blocking_keys(replace(variant_of(LI), **change))) == missing


def test_the_exported_columns_say_null_for_what_was_not_said():
    exported = columns(replace(variant_of(LI), sex=Sex.UNKNOWN))
    assert exported["family_sound"] == "li"
    assert exported["sex"] is exported["mother"] is exported["family_letters"] is None
    assert columns(variant_of(LI))["sex"] == "female"
