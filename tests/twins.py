"""Two residents who lead the same life; one of them also has entries of every type that betray."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from uuid import uuid4

import httpx

import sentinels
import visits
from openhealthcode import audit, collection, consent
from openhealthcode.consent import Consent, store
from openhealthcode.database import transaction
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import ConsentId, InstitutionId, ResidentId
from visits import World

ORDINARY = (
    visits.allergy("青霉素"),
    visits.condition("I10", "高血压", "2014-03-02"),
    visits.glucose("2026-02-01", 6.1),
    visits.family_history("糖尿病"),
)
WITH, WITHOUT = 2, 4  # serials of the ID numbers; both of one sex and one birth date


async def filed(world: World, serial: int, *, planted: bool) -> collection.FiledBundle:
    sent = visits.bundle(visits.patient(serial), *ORDINARY, key=f"r{serial}")
    if planted:
        patient = sent["entry"][0]["fullUrl"]
        sent["entry"] += [
            {
                "fullUrl": url,
                "resource": sentinels.about(resource, patient),
                "request": {"method": "POST", "url": resource["resourceType"]},
            }
            for url, resource in sentinels.planted()
        ]
    return await collection.file_bundle(world.pool, world.keys, bundle=sent, source=world.source)


@dataclass(frozen=True)
class Twins:
    """Two residents, and what was filed of each."""

    closed: collection.FiledBundle
    plain: collection.FiledBundle


async def twins_of(world: World) -> Twins:
    """Both, filed by the same hospital."""
    return Twins(await filed(world, WITH, planted=True), await filed(world, WITHOUT, planted=False))


def timeless(text: str) -> str:
    """A page without sealed ids and clock times, of which the screen's cells are one."""
    text = re.sub(r"[A-Za-z0-9.\-]{64}", "·", text)
    text = re.sub(r'(<pattern id="label-cells".*?<path d=")[^"]*', r"\1·", text, flags=re.DOTALL)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)|\d\d:\d\d(:\d\d)?", "·", text)


def told(answer: httpx.Response) -> tuple[object, ...]:
    """Everything a reader gets but ids, masked ones too, digests, clock times, the log's number."""
    text = timeless(answer.text)
    text = re.sub(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", "·", text)
    text = re.sub(r"\d{6}\*{8}[\dX]{4}", "·", text)
    text = re.sub(r"_page=[\w\-]+", "_page=·", text)
    text = re.sub(r"880102\d{11}[\dX]", "·", text)
    if answer.request.url.path.endswith(("/_history", "/$everything")):
        text = _in_any_order(text)
    headers = {k for k in answer.headers if k != "set-cookie"}
    return answer.status_code, headers, text


def _in_any_order(text: str) -> str:
    """A Bundle whose entries of one day or one filing stand by ids that are drawn."""
    bundle = json.loads(text)
    entries = sorted(json.dumps(each, sort_keys=True) for each in bundle.pop("entry", ()))
    return "\n".join([json.dumps(bundle, sort_keys=True), *entries])


async def open_to(world: World, resident: ResidentId, institution: InstitutionId) -> None:
    """Allow all systems of an institution everything ordinary."""
    await world.allow(resident)
    (given, *_) = await consent.consents(world.pool, world.keys, resident)
    keys = world.keys.of(resident)
    async with transaction(world.pool, resident=resident) as connection:
        agent = audit.Agent(audit.AgentKind.RESIDENT, resident)
        event = audit.Event(action=audit.Action.CONSENT_GRANT, agent=agent)
        logged = await audit.append(connection, world.keys, resident, event, changes_consent=True)
        mine: Consent = replace(given, consent_id=ConsentId(uuid4()), institution_id=institution)
        provisions = consent.provisions_of_an_answer(
            consent.Ask(
                purpose=PurposeOfUse.TREATMENT,
                scene=Scene.CONSULTATION,
                categories=frozenset(RecordCategory),
                lifetime_seconds=3600,
            ),
            consent_id=mine.consent_id,
            institution_id=institution,
            practitioner_id=world.wang,
            allowed=frozenset(RecordCategory),
            previewed_number=logged.number,
            with_what_is_added=True,
            at=logged.at,
        )
        to_all = tuple(
            replace(provision, practitioner_id=None, manner=consent.Manner.KEEP)
            for provision in provisions
        )
        await store.insert_consent(connection, keys, resident, mine, to_all, logged.number)
