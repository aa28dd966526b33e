"""Code systems an operator loads: whole or not at all, version beside version, found by their words."""

from __future__ import annotations

import asyncpg
import pytest

from openhealthcode import terminology
from openhealthcode.database import Pool, transaction
from openhealthcode.terminology import loaded, systems
from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded import Delivery, Row, UnreadableCodes, VersionLoaded
from openhealthcode.terminology.value_sets import SystemUnknown

LIST = "urn:test:diagnoses"
ROWS = [
    Row("A", "循环系统疾病", "Circulation"),
    Row("I10", "原发性高血压", "Essential hypertension", ("A",)),
    Row("I10.1", "恶性高血压", "Malignant hypertension", ("I10",)),
    Row("O10", "妊娠合并高血压", "Hypertension in pregnancy"),
    Row("X", "", "Hypertension, old code", (), is_active=False),
]


def about(version: str = "1", url: str = LIST) -> About:
    return About(url=url, version=version, name="List", english="A list", source="own")


async def test_what_is_loaded_is_looked_up(pool: Pool):
    told: list[int] = []
    done = await loaded.load(pool, Delivery(about(), ROWS), told.append)
    assert (done.concepts, told) == (5, [5])
    found = await terminology.look_up(pool, LIST, "I10.1")
    assert found is not None
    assert (found.chinese, found.parents, found.is_active) == ("恶性高血压", ("I10",), True)
    assert await terminology.look_up(pool, LIST, "I11") is None


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("高血压", ["I10.1", "I10", "O10"]),
        ("gxy", ["I10.1", "I10", "O10"]),
        ("hyper preg", ["O10"]),
        ("I10", ["I10", "I10.1"]),
        ("i10.1", ["I10.1"]),
        ("' & | ! \\", []),
        ("高血糖", []),
    ],
)
async def test_what_is_loaded_is_found_by_its_words(pool: Pool, typed, codes):
    await loaded.load(pool, Delivery(about(), ROWS))
    found = await terminology.find(pool, typed, [LIST, "urn:of:nobody"], "zh-CN")
    assert [each.code for each in found] == codes


async def test_the_version_loaded_last_holds_and_the_others_stay(pool: Pool):
    await loaded.load(pool, Delivery(about("1"), ROWS))
    await loaded.load(pool, Delivery(about("2"), [Row("I10", "高血压病")]))
    assert (await terminology.look_up(pool, LIST, "I10")).chinese == "高血压病"
    assert (await terminology.look_up(pool, LIST, "I10", "1")).chinese == "原发性高血压"
    assert await terminology.look_up(pool, LIST, "O10") is None
    with pytest.raises(SystemUnknown):
        await terminology.look_up(pool, LIST, "I10", "3")


async def test_a_version_is_loaded_once_and_never_changes(pool: Pool):
    await loaded.load(pool, Delivery(about(), ROWS))
    with pytest.raises(VersionLoaded):
        await loaded.load(pool, Delivery(about(), [Row("I10", "改了")]))
    assert (await terminology.look_up(pool, LIST, "I10")).chinese == "原发性高血压"
    async with transaction(pool) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE terminology.concept SET chinese = ''")


@pytest.mark.parametrize(
    "delivery",
    [
        Delivery(about(), []),
        Delivery(about(), [*ROWS, Row("", "", "none")]),
        Delivery(about(), [*ROWS, Row("I10", "", "twice")]),
        Delivery(about(), [Row("I10", "", "one", ("I1",))]),
        Delivery(about(), [Row("I10", "", "one")], [("I10", "I1")]),
    ],
    ids=["empty", "a row that is none", "a code twice", "an unknown parent", "an unknown link"],
)
async def test_of_a_file_that_cannot_be_read_nothing_is_taken(pool: Pool, delivery):
    with pytest.raises(UnreadableCodes):
        await loaded.load(pool, delivery)
    assert await loaded.versions(pool) == []
    with pytest.raises(SystemUnknown):
        await terminology.look_up(pool, LIST, "I10")


async def test_a_code_lies_under_all_that_its_parents_lie_under(pool: Pool):
    rows = [Row("a", "", "a"), Row("b", "", "b"), Row("c", "", "c"), Row("d", "", "d")]
    links = [("b", "a"), ("c", "a"), ("d", "b"), ("d", "c")]
    await loaded.load(pool, Delivery(about(), rows, links))
    assert await terminology.subsumes(pool, LIST, "a", "d") == "subsumes"
    assert await terminology.subsumes(pool, LIST, "d", "a") == "subsumed-by"
    assert await terminology.subsumes(pool, LIST, "b", "c") == "not-subsumed"
    assert await terminology.subsumes(pool, LIST, "b", "b") == "equivalent"
    with pytest.raises(terminology.CodeUnknown):
        await terminology.subsumes(pool, LIST, "a", "e")


async def test_a_circle_of_parents_comes_to_an_end(pool: Pool):
    rows = [Row("a", "", "a"), Row("b", "", "b")]
    await loaded.load(pool, Delivery(about(), rows, [("a", "b"), ("b", "a")]))
    assert await terminology.subsumes(pool, LIST, "a", "b") == "subsumes"
    system = await terminology.system_of(pool, LIST)
    assert system is not None
    assert len(await system.find((), "a", 10)) == 2


async def test_an_operators_loinc_takes_the_place_of_ours_and_keeps_our_chinese(pool: Pool):
    delivery = Delivery(
        about("2.99", systems.LOINC), [Row("8302-2", "", "Body height"), Row("1-8", "", "Other")]
    )
    with pytest.raises(SystemUnknown):  # only a part is ours: of others nothing can be said
        await terminology.look_up(pool, systems.LOINC, "1-8")
    await loaded.load(pool, delivery)
    found = await terminology.look_up(pool, "urn:oid:2.16.840.1.113883.6.1", "8302-2")
    assert found is not None
    assert (found.chinese, found.english) == ("身高", "Body height")
    assert (await terminology.look_up(pool, systems.LOINC, "1-8")).english == "Other"
    assert await terminology.look_up(pool, systems.LOINC, "2-6") is None


async def test_many_rows_go_in_by_batches(pool: Pool):
    told: list[int] = []
    rows = (Row(f"C{n:05}", "", f"concept {n}") for n in range(4_500))
    done = await loaded.load(pool, Delivery(about(), rows), told.append)
    assert (done.concepts, told) == (4_500, [2_000, 4_000, 4_500])
    assert (await loaded.versions(pool))[0].concepts == 4_500
