"""The law of undoing: after it, everything is as if the merge had never been made.

Two pairs of residents live through the same things; the entries of one pair are merged on the way and
separated at the end. What was filed and what was said meanwhile stands with the id it was filed and
said under. What was ended meanwhile under one id is ended under the other too: never is more open.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

import orjson
import pytest

import merged
import visits
from merged import Index
from openhealthcode import access, collection, consent
from openhealthcode.consent import ConsentKind, Refusal, Terms
from openhealthcode.database import transaction
from openhealthcode.standards import PurposeOfUse, RecordCategory
from openhealthcode.standards.ids import ConsentId, MergeId, ResidentId
from openhealthcode.trust import Keys
from visits import World

Facts = Counter[tuple[str, str]]
"""What somebody sees: of each type, what it says."""

LABORATORY = frozenset({RecordCategory.LABORATORY})
STEPS = 12


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


@pytest.fixture
async def index(pool, keys) -> Index:
    return await merged.index(await visits.world(pool, keys))


@dataclass
class Pair:
    """Two residents and what was said under each."""

    world: World
    residents: tuple[ResidentId, ResidentId]
    serials: tuple[int, int]
    given: dict[tuple[int, str], ConsentId] = field(default_factory=dict)

    async def do(self, act: str, one: int, step: int) -> None:
        resident, pool, keys = self.residents[one], self.world.pool, self.world.keys
        match act:
            case "file":
                sent = visits.bundle(
                    visits.patient(self.serials[one]),
                    visits.glucose(f"2026-0{1 + step % 9}-01", 5.0 + step / 10),
                    key=f"{resident}-{step}",
                )
                await collection.file_bundle(pool, keys, bundle=sent, source=self.world.source)
            case "give":
                terms = Terms(
                    kind=ConsentKind.STANDING,
                    institution_id=self.world.hospital,
                    categories=frozenset({RecordCategory.ALLERGIES, RecordCategory.LABORATORY}),
                    days=30,
                )
                self.given[one, "give"] = await consent.give(
                    pool, keys, resident, terms, visits.TOLD
                )
            case "visit":
                self.given[one, "visit"], _ = await self.world.allow(resident)
            case "withdraw" if (one, "give") in self.given:
                consent_id = self.given.pop((one, "give"))
                await consent.withdraw(pool, keys, resident, consent_id)
            case "refuse" if (one, "refusal") not in self.given:
                self.given[one, "refusal"] = await consent.restrict(
                    pool, keys, resident, Refusal(categories=LABORATORY)
                )
            case "lift" if (one, "refusal") in self.given:
                await consent.lift(pool, keys, resident, self.given.pop((one, "refusal")))
            case "emergency":
                author = consent.emergency.author_key(keys, self.world.wang)
                async with transaction(pool, resident=resident, lookup=(author,)) as connection:
                    await consent.break_glass(
                        connection,
                        keys,
                        resident,
                        practitioner_id=self.world.wang,
                        institution_id=self.world.hospital,
                        triage_level=1,
                        reason="昏迷，无法应答",
                    )

    async def seen(self) -> list[Facts]:
        """What is seen of each: by the resident, by the doctor, and by the doctor in an emergency."""
        found = []
        for resident in self.residents:
            own = await access.own_record(self.world.pool, self.world.keys, resident)
            look = await self.world.look(resident)
            emergency = await self.world.look(resident, purpose=PurposeOfUse.EMERGENCY)
            found += [_facts(own.entries), _facts(look.entries), _facts(emergency.entries)]
        return found


def _facts(entries: tuple[access.Entry, ...]) -> Facts:
    def says(entry: access.Entry) -> str:
        body = orjson.loads(entry.body)
        return str(body.get("valueQuantity", body.get("code", ""))) + str(entry.day)

    return Counter((entry.type, says(entry)) for entry in entries)


async def pair(world: World, serials: tuple[int, int]) -> Pair:
    first = await world.resident(serial=serials[0])
    second = await world.resident(
        visits.allergy("头孢"), visits.glucose("2026-03-01", 7.7), serial=serials[1]
    )
    return Pair(world, (first, second), serials)


@pytest.mark.parametrize("seed", range(6))
async def test_after_undoing_everything_is_as_if_it_had_never_been_merged(index, seed):
    random = Random(seed)
    once_merged = await pair(index.world, (2, 4))
    never_merged = await pair(index.world, (12, 14))
    begins = random.randrange(STEPS // 2)
    merge_id: MergeId | None = None
    acts = ["file", "file", "give", "visit", "refuse", "emergency"]
    for step in range(STEPS):
        if step == begins:
            survivor, other = random.sample(once_merged.residents, 2)
            merge_id = (await index.merge(survivor, other)).merge_id
        act, one = random.choice([*acts, "withdraw", "lift"]), random.randrange(2)
        if merge_id is not None and act == "lift":
            act = "refuse"  # see the next test
        for each in (once_merged, never_merged):
            await each.do(act, one, step)
    assert merge_id is not None
    together = await once_merged.seen()
    assert together[0] == together[3], "one person sees the same under either id"
    await index.unmerge(random.choice(once_merged.residents), merge_id)
    assert await once_merged.seen() == await never_merged.seen()


async def test_what_was_ended_meanwhile_stays_ended_and_never_is_more_open(index):
    """Lifting a refusal ends what was allowed at visits beside it, under whichever id."""
    once_merged = await pair(index.world, (2, 4))
    never_merged = await pair(index.world, (12, 14))
    both = (once_merged, never_merged)
    for each in both:
        await each.do("visit", 1, 0)
        await each.do("refuse", 0, 0)
    merge = await index.merge(*once_merged.residents)
    for each in both:
        await each.do("lift", 0, 1)
    await index.unmerge(once_merged.residents[0], merge.merge_id)
    assert await once_merged.seen() == await never_merged.seen(), "given before: it stands"
    merge = await index.merge(*once_merged.residents)
    for each in both:
        await each.do("refuse", 0, 2)
        await each.do("visit", 1, 2)
        await each.do("lift", 0, 3)
    await index.unmerge(once_merged.residents[0], merge.merge_id)
    for now, otherwise in zip(await once_merged.seen(), await never_merged.seen(), strict=True):
        assert now <= otherwise
