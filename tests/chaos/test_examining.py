"""The campaign's examination finds each kind of fault, when one is planted in what clients were told."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

import systems
import visits
from openhealthcode.audit import Sequencer
from openhealthcode.trust import Keys

sys.path.append(str(Path(__file__).parent))

from clients import NAMES, Span, Told
from examining import _consents, _disclosures, _filings, examine

ORIGIN = "chaos.test/log"


def span(begun: float) -> Span:
    return Span(begun, begun + 0.5)


@pytest.fixture
def told():
    """A result filed once and shown twice, and a consent given, used, taken back, and refused after."""
    return Told(
        tried={"a"},
        filed={"a": "place-a"},
        read=Counter({"place-a": 2}),
        changed=[("li", span(1), True), ("li", span(5), False), ("li", span(9), None)],
        seen=[("li", span(3), True), ("li", span(7), False), ("li", span(11), True)],
    )


def test_what_is_as_it_was_told_is_not_complained_of(told):
    assert list(_filings(told, Counter({("a", "place-a"): 1}))) == []
    assert list(_disclosures(told, Counter({"place-a": 2}))) == []
    assert list(_consents(told)) == []


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ({}, "an acknowledged result is lost"),
        ({("a", "elsewhere"): 1}, "an acknowledged result is lost"),
        ({("a", "place-a"): 1, ("a", "elsewhere"): 1}, "a result was filed twice"),
        ({("a", "place-a"): 1, ("b", "other"): 1}, "a result is there that nobody sent"),
    ],
)
def test_a_result_is_there_once_and_where_it_was_said_to_be(told, there, sentence):
    assert sentence in list(_filings(told, Counter(there)))


def test_each_time_it_was_shown_has_its_event(told):
    assert list(_disclosures(told, Counter({"place-a": 1}))) == [
        "a result was shown without its event"
    ]


def test_nothing_is_shown_after_a_withdrawal(told):
    told.seen[1] = ("li", span(7), True)
    assert list(_consents(told)) == ["a result was shown after an acknowledged withdrawal"]


def test_a_consent_counts_unless_the_clock_was_wrong_when_it_was_given(told):
    told.seen[0] = ("li", span(3), False)
    assert list(_consents(told)) == ["an acknowledged consent did not count"]
    told.wrong_clocks.append(Span(0.5, 1.2))
    assert list(_consents(told)) == []
    told.seen[1] = ("li", span(7), True)
    told.wrong_clocks.append(Span(4.5, 5.2))
    assert list(_consents(told)) == ["a result was shown after an acknowledged withdrawal"]


async def test_a_lost_event_of_a_real_installation_is_found(pool, owner_url, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    world = await visits.world(pool, keys)
    result = {**visits.glucose("2026-02-01"), "identifier": [{"system": NAMES, "value": "a"}]}
    resident = await world.resident(result)
    his = await systems.connect(world, world.hospital)
    owner = await asyncpg.connect(owner_url)
    entry = await owner.fetchval("SELECT entry_id FROM record.entry WHERE type = 'Observation'")
    place = keys.seal_id(resident, entry)
    async with systems.calling(world, his) as client:
        assert (await client.get(f"/fhir/Observation/{place}")).status_code == 200
    told = Told(tried={"a"}, filed={"a": place}, read=Counter({place: 1}))
    sequencer = Sequencer(pool, tmp_path / "log", keys.checkpoint_signer(ORIGIN))
    while await sequencer.sequence():
        pass
    sequencer.close()

    async def wrong() -> set[str]:
        found = await examine(owner_url, keys, tmp_path / "log", ORIGIN, [resident], told)
        return {sentence.partition(":")[0] for sentence in found}

    assert await wrong() == set()
    await owner.execute("DELETE FROM audit.event WHERE action = 'record.disclose'")
    await owner.close()
    assert await wrong() == {"a result was shown without its event", "the log"}
