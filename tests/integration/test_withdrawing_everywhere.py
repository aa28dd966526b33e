"""A withdrawal holds wherever somebody still holds a page, a link, a token or an open stream."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import systems
import visits
from clinic_desk import SITE, Desk, Phone
from databases import Database, in_a_loop_of_its_own
from openhealthcode import access, app, consent, registry
from openhealthcode.consent import ConsentKind, Manner, Notice, Terms
from openhealthcode.database import stamp
from openhealthcode.settings import Settings
from openhealthcode.standards.ids import ConsentId, ResidentId
from signing_in import Phones
from visits import World

SHOWN = ("青霉素", "高血压", "血糖")
SECONDS = 15
"""At once, on a slow machine too: a page that was not told would look by itself after twenty."""
TOLD = Notice("v1", "zh-CN", ("谁可以看。",))


@dataclass(frozen=True)
class Held:
    """Everything a clinic holds while it is allowed: a doctor's pages, a system's token and links."""

    world: World
    resident: ResidentId
    desk: Desk
    visit: str
    at_the_visit: ConsentId
    system: httpx.AsyncClient
    ahead: ConsentId


@pytest.fixture
def created(database: Database, tmp_path: Path) -> Starlette:
    in_a_loop_of_its_own(stamp(database.owner_url, "production"))
    settings = Settings(
        data_directory=tmp_path,
        database_url=database.url,
        refusals_per_second=10**9,  # attackers here are faster than any network
    )
    return app.create(replace(settings, sequencing_seconds=3600), outbox=Phones())


@pytest.fixture
async def held(created: Starlette) -> AsyncIterator[Held]:
    async with created.router.lifespan_context(created):
        platform = created.state.platform
        world = await visits.world(platform.pool, platform.keys)
        resident = await world.resident()
        desk = await Desk.opened(world, created)
        await desk.sign_in()
        phone = await Phone.of(world, resident)
        form = await desk.scan(phone.code())
        await desk.ask(form.url.path)
        at_the_visit = await phone.allow()
        async with _system(created, world) as (system, clinic):
            terms = Terms(
                kind=ConsentKind.STANDING,
                institution_id=clinic,
                categories=visits.EVERYTHING,
                manner=Manner.KEEP,
                days=30,
            )
            ahead = await consent.give(world.pool, world.keys, resident, terms, TOLD)
            yield Held(world, resident, desk, form.url.path, at_the_visit, system, ahead)


class _system:  # noqa: N801 - reads as a statement
    """A client with the token of another institution's system, and that institution."""

    def __init__(self, created: Starlette, world: World) -> None:
        self.created, self.world = created, world

    async def __aenter__(self):
        clinic = await registry.register_institution(
            self.world.pool,
            registry.InstitutionEntry(
                "test|clinic", registry.InstitutionKind.TOWNSHIP_CENTRE, "青石镇卫生院"
            ),
        )
        known = await systems.connect(self.world, clinic)
        transport = httpx.ASGITransport(self.created, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=SITE)
        form = known.form(aud=f"{SITE}/oauth/token")
        given = (await self.client.post("/oauth/token", data=form)).json()
        self.client.headers["Authorization"] = f"Bearer {given['access_token']}"
        return self.client, clinic

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()


async def withdraw(held: Held, consent_id: ConsentId) -> None:
    await consent.withdraw(held.world.pool, held.world.keys, held.resident, consent_id)


async def test_every_page_of_the_visit_is_closed_on_its_next_request(held):
    pages = [
        f"{held.visit}/record",
        f"{held.visit}/record?category=laboratory",
        f"{held.visit}/record?q=%E8%A1%80%E7%B3%96",
    ]
    for page in pages:
        assert SHOWN[2] in (await held.desk.get(page)).text
    state = f"{held.visit}/record/state"
    assert (await held.desk.get(state)).status_code == 204
    await withdraw(held, held.at_the_visit)
    for page in pages:
        answer = await held.desk.get(page)
        for word in SHOWN:
            assert word not in answer.text, page
    assert (await held.desk.get(state)).status_code == 200


async def test_an_open_page_is_told_at_once(held):
    stream = asyncio.create_task(held.desk.get(f"{held.visit}/record/live"))
    await asyncio.sleep(0.5)
    assert not stream.done()
    await withdraw(held, held.at_the_visit)
    async with asyncio.timeout(SECONDS):
        told = await stream
    assert "event: change" in told.text
    for word in (*SHOWN, str(held.resident), str(held.at_the_visit)):
        assert word not in told.text


async def followed(held: Held) -> tuple[str, str]:
    """Where an open page hears of changes, and where it asks, as the page says."""
    page = (await held.desk.get(f"{held.visit}/record")).text
    live, state = re.search(r'data-live="([^"]+)" data-state="([^"]+)"', page).groups()
    return live, state


async def test_an_open_page_is_told_when_something_it_shows_is_closed(held):
    live, state = await followed(held)
    world, resident = held.world, held.resident
    stream = asyncio.create_task(held.desk.get(live))
    await asyncio.sleep(0.5)
    assert not stream.done()
    entries = (await access.own_record(world.pool, world.keys, resident)).entries
    glucose = next(one for one in entries if "血糖" in one.body.decode())
    await access.hide_entry(world.pool, world.keys, resident, glucose.entry_id)
    async with asyncio.timeout(SECONDS):
        told = await stream
    assert "event: change" in told.text
    assert (await held.desk.get(state)).status_code == 200
    live, state = await followed(held)
    assert (await held.desk.get(state)).status_code == 204, "the page anew may stay"


async def test_a_systems_token_and_every_link_it_kept_open_nothing_any_more(held):
    patient = held.world.keys.seal_id(held.resident, held.resident)
    found = await held.system.get(f"/fhir/Observation?patient={patient}&_count=1")
    bundle = found.json()
    assert bundle["total"] == 2
    (following,) = [one["url"] for one in bundle["link"] if one["relation"] == "next"]
    one = f"/fhir/Observation/{bundle['entry'][0]['resource']['id']}"
    kept = [following, one, f"{one}/_history/1"]
    for link in kept:
        assert (await held.system.get(link)).status_code == 200
    await withdraw(held, held.ahead)
    for link in kept:
        answer = await held.system.get(link)
        assert "血糖" not in answer.text, link
        assert answer.status_code in {200, 404}
        assert answer.json().get("entry", []) == []
    again = (await held.system.get(f"/fhir/Observation?patient={patient}")).json()
    assert again["total"] == 0


async def test_a_version_the_browser_still_has_is_not_confirmed(held):
    """``304 Not modified`` would say that it is there, and that a kept copy may be shown."""
    patient = held.world.keys.seal_id(held.resident, held.resident)
    found = (await held.system.get(f"/fhir/Observation?patient={patient}")).json()
    one = f"/fhir/Observation/{found['entry'][0]['resource']['id']}"
    first = await held.system.get(one)
    asked = {"if-none-match": first.headers["etag"]}
    assert (await held.system.get(one, headers=asked)).status_code == 304
    await withdraw(held, held.ahead)
    assert (await held.system.get(one, headers=asked)).status_code == 404


async def test_whoever_may_no_longer_keep_is_asked_in_the_same_moment(held):
    await withdraw(held, held.ahead)
    told = (await held.system.get("/fhir/$copies-to-erase")).json()
    assert [one["resource"]["status"] for one in told["entry"]] == ["requested"]
    (own,) = await access.own_erasures(held.world.pool, held.world.keys, held.resident)
    assert own.consent_id == held.ahead


async def test_no_page_of_a_clinic_may_be_kept_by_a_browser(held):
    answer = await held.desk.get(f"{held.visit}/record")
    assert re.search(r"\bno-store\b", answer.headers["cache-control"])
    assert SHOWN[0] in answer.text
