"""Files of registrations are read row by row, and say what is wrong with a row or with all."""

from __future__ import annotations

import json

import pytest

from openhealthcode.collection.bulk import Reading, TableMalformed, rows_of
from openhealthcode.collection.bulk import formats as formats_module
from openhealthcode.standards import TooLarge

NUMBER = "880121195904160028"
HEADER = "姓名,身份证号\n"


def read(path, *, after=0, **options):
    return list(rows_of(path, Reading(**options), after=after))


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def patient(number=NUMBER, **more):
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": number}],
        "name": [{"text": "测试"}],
    } | more


def bundle(*patients):
    entries = [{"fullUrl": f"urn:x:{n}", "resource": each} for n, each in enumerate(patients)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_a_bad_row_stops_no_other(tmp_path):
    path = write(tmp_path, "a.csv", f"{HEADER}测试,{NUMBER}\n\n无名,123\n测试,{NUMBER}\n")
    first, second, third = read(path)
    assert first.registration is not None
    assert (second.number, second.registration, second.error_code) == (
        2,
        None,
        "national-id-malformed",
    )
    assert third.registration == first.registration


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_any_usual_separator_is_known_from_the_header(tmp_path, delimiter):
    text = f"{HEADER}测试,{NUMBER}\n".replace(",", delimiter)
    (row,) = read(write(tmp_path, "a.tsv", text))
    assert row.registration is not None


def test_a_bom_and_gb18030_are_read(tmp_path):
    text = f"{HEADER}测试,{NUMBER}\n"
    (marked,) = read(write(tmp_path, "a.csv", text.encode("utf-8-sig")))
    (chinese,) = read(write(tmp_path, "b.csv", text.encode("gb18030")), encoding="gb18030")
    assert marked.registration == chinese.registration
    with pytest.raises(TableMalformed):
        read(tmp_path / "b.csv")


def test_a_load_goes_on_after_the_rows_it_has(tmp_path):
    path = write(tmp_path, "a.csv", HEADER + f"测试,{NUMBER}\n" * 5)
    assert [row.number for row in read(path, after=3)] == [4, 5]
    assert read(path, after=5) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK"),
        ("a.csv", b""),
        ("a.csv", HEADER + '"测试,1\n'),
        ("a.csv", HEADER + '测试,"1"2\n'),
        ("a.parquet", b"no Parquet"),
    ],
)
def test_what_is_none_of_the_formats_is_refused(tmp_path, name, content):
    with pytest.raises(TableMalformed):
        read(write(tmp_path, name, content))


def test_parquet_is_read_like_a_table(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    table = pyarrow.table({"姓名": ["测试", None], "身份证号": [NUMBER, NUMBER]})
    parquet.write_table(table, path)
    first, second = read(path)
    assert first.registration is not None
    assert first.registration.name == "测试"
    assert second.registration is not None
    assert second.registration.name == "", "told by the rules of a registration, not here"


def test_patients_are_read_one_a_line_and_out_of_bundles(tmp_path):
    lines = [
        json.dumps(patient()),
        "",
        json.dumps(bundle(patient(), {"resourceType": "Observation"}, patient())),
        "no JSON",
        json.dumps({"resourceType": "Observation"}),
        json.dumps([]),
        json.dumps({"resourceType": "Bundle", "entry": 1}),
        json.dumps(patient(number="123")),
        json.dumps({k: v for k, v in patient().items() if k != "identifier"}),
    ]
    found = read(write(tmp_path, "a.ndjson", "\n".join(lines)))
    assert [row.error_code for row in found] == [
        "", "", "", *["bundle-malformed"] * 4, "national-id-malformed", "registration-malformed",
    ]  # fmt: skip


def test_a_bundle_is_read_whole(tmp_path, monkeypatch):
    path = write(tmp_path, "a.json", json.dumps(bundle(patient(), patient())))
    assert len(read(path)) == 2
    monkeypatch.setattr(formats_module, "LARGEST_BUNDLE_BYTES", 10)
    with pytest.raises(TooLarge):
        read(path)
