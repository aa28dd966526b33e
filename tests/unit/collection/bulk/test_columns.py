"""What a table's columns may be called, and what its rows say."""

from __future__ import annotations

from datetime import date

import pytest

from openhealthcode.collection.bulk import TableMalformed
from openhealthcode.collection.bulk.columns import Columns
from openhealthcode.identity import RegistrationMalformed
from openhealthcode.standards import (
    CertificateKind,
    CertificateMalformed,
    CertificateTable,
    HealthCodeError,
    NotANationalId,
    Phone,
    Sex,
)

WS = CertificateTable.named("ws-364-3")
NUMBER = "880121195904160028"


def columns(*header: str) -> Columns:
    return Columns.of(header, WS)


def test_a_chinese_header_and_an_english_one_say_the_same():
    chinese = columns("姓名", "性别", "出生日期", "身份证号", "联系电话", "现住址")
    english = columns("Name", "sex", "birth_date", "certificate_number", "phone", "address")
    row = ("测 试", "2", "1959-04-16", NUMBER, "139 1234 5678", "演示县")
    assert chinese.registration(row) == english.registration(row)
    read = chinese.registration(row)
    assert (read.name, read.sex, read.birth_date) == ("测 试", Sex.FEMALE, date(1959, 4, 16))
    assert (read.phone, read.address) == (Phone("+8613912345678"), "演示县")
    assert [c.number for c in read.certificates] == [NUMBER]


@pytest.mark.parametrize(
    "header",
    [
        ("姓名", "身份证号", "备注"),
        ("姓名", "身份证号", "证件号码"),
        ("张三", "880121195904160028"),
        ("姓名",),
        ("身份证号",),
        (),
        ("姓名", "身份证号", "姓名-2"),
    ],
)
def test_columns_that_cannot_be_told_are_refused_and_not_repeated(header):
    with pytest.raises(TableMalformed) as refusal:
        columns(*header)
    for name in header:
        assert name not in str(refusal.value)


def test_several_certificates_each_with_its_own_kind_issuer_and_period():
    read = columns(
        "姓名", "证件类型", "证件号码", "证件类型2", "证件号码2", "发证机构2", "certificate-until-2",
        "certificate-kind-3", "certificate-number-3",
    ).registration(
        ("测试", "01", "880121590416002", "99", "A-17", "hospital-a", "20300131", "06", None)
    )  # fmt: skip
    first, second = read.certificates
    assert (first.kind, first.number) == (CertificateKind.NATIONAL_ID, NUMBER)
    assert (second.kind, second.issuer, second.valid_until) == (
        CertificateKind.OTHER,
        "hospital-a",
        date(2030, 1, 31),
    )


def test_a_column_is_left_out_when_somebody_says_so():
    read = Columns.of(("备注", "姓名", "身份证号"), WS, frozenset({"备注"}))
    assert read.registration(("无关", "测试", NUMBER)).name == "测试"
    with pytest.raises(TableMalformed):
        Columns.of(("备注", "姓名", "身份证号"), WS, frozenset({"姓名"}))


def test_a_newborns_mother_is_named_beside_it():
    newborn = CertificateTable.named("qinghai-newborn")
    read = Columns.of(("姓名", "证件类型", "证件号码", "母亲证件号码"), newborn).registration(
        ("测某之子", "99", "O880000001", NUMBER)
    )
    assert read.certificates[0].kind is CertificateKind.BIRTH_CERTIFICATE
    assert read.mother is not None
    assert read.mother.number == NUMBER


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1959-04-16", date(1959, 4, 16)),
        ("19590416", date(1959, 4, 16)),
        ("1959/4/6", date(1959, 4, 6)),
        ("1959年4月16日", date(1959, 4, 16)),
        ("1959-04-16T00:00:00", date(1959, 4, 16)),
        (date(1959, 4, 16), date(1959, 4, 16)),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_read_as_registers_write_it(text, day):
    read = columns("姓名", "身份证号", "出生日期").registration(("测试", NUMBER, text))
    assert read.birth_date == day


@pytest.mark.parametrize(
    ("text", "sex"),
    [("男", Sex.MALE), ("F", Sex.FEMALE), ("9", Sex.OTHER), (1, Sex.MALE), ("", Sex.UNKNOWN)],
)
def test_a_sex_is_read_as_registers_write_it(text, sex):
    assert columns("姓名", "身份证号", "性别").registration(("测试", NUMBER, text)).sex is sex


@pytest.mark.parametrize(
    ("what", "text", "refusal"),
    [
        ("出生日期", "16.04.59", RegistrationMalformed),
        ("出生日期", "1959-02-30", RegistrationMalformed),
        ("性别", "雌", RegistrationMalformed),
        ("证件类型", "42", CertificateMalformed),
        ("证件类型", "06", CertificateMalformed),
        ("母亲证件号码", "880121195904160029", NotANationalId),
    ],
)
def test_what_breaks_a_rule_is_named_by_it_and_never_repeated(what, text, refusal):
    with pytest.raises(refusal) as raised:
        columns("姓名", "身份证号", what).registration(("测试", NUMBER, text))
    assert text not in str(raised.value)
    assert isinstance(raised.value, HealthCodeError)


def test_a_row_of_another_length_is_refused():
    with pytest.raises(RegistrationMalformed):
        columns("姓名", "身份证号").registration(("测试",))


def test_a_phone_that_receives_no_code_is_as_good_as_none():
    read = columns("姓名", "身份证号", "电话").registration(("测试", NUMBER, "0971-123456"))
    assert read.phone is None
