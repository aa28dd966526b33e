"""What a visitor finds in the demonstration: two supervisors, PINs, and reports that say something."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from databases import in_a_loop_of_its_own
from openhealthcode import app, audit, collection, demonstration, identity
from openhealthcode.database import stamp
from openhealthcode.demonstration import deliveries
from openhealthcode.demonstration.region import LEADING
from openhealthcode.settings import Settings
from openhealthcode.sign_in import pin
from openhealthcode.standards import Certificate, CertificateKind
from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision import alerts
from openhealthcode.supervision.cases import Office, Person


@pytest.fixture
def settings(tmp_path, database):
    in_a_loop_of_its_own(stamp(database.owner_url, "synthetic"))
    return Settings(data_directory=tmp_path, database_url=database.url)


def small_region():
    """The leading people, and a few others to deliver something about."""
    whole = demonstration.generate(datetime.now(UTC).date())
    leading = set(LEADING.values())
    others = [one for one in whole.residents if one.key not in leading and not one.death_date]
    few = {one.key for one in others[:12]} | leading
    return replace(whole, residents=tuple(one for one in whole.residents if one.key in few))


async def alerts_told(platform):
    """What the supervisor is warned of once the log is sequenced and followed, by rule."""
    while await platform.sequencer.sequence():
        pass
    await alerts.Follower(platform.pool, platform.keys).follow()
    supervisor = Person(Office.SUPERVISOR, PractitionerId(uuid4()))
    queue = await alerts.alerts_for(platform.pool, platform.keys, supervisor)
    found = (*queue.today, *queue.others, *queue.waiting)
    return sorted(finding.rule for row in found for finding in row.alert.findings)


async def reports(platform):
    today = datetime.now(UTC).date()
    found = await collection.over_collections(platform.pool, today)
    return {(line.scene, line.element): line for lines in found.values() for line in lines}, found


async def test_a_visitor_finds_two_supervisors_pins_and_reports(settings):
    region = small_region()
    async with app.opened(settings, is_synthetic=True) as platform:
        accounts = await demonstration.fill(platform, region, lambda _: None)
        supervisors = [one for one in accounts.staff if one.audience == "supervision"]
        assert len({(one.key, one.staff_number, one.name) for one in supervisors}) == 2
        assert len({one.institution for one in supervisors}) == 1
        with_pin = {one.key: one for one in accounts.residents if one.pin}
        assert with_pin["li-chunlan"].second_pin
        for one in with_pin.values():
            card = Certificate.parse(CertificateKind.NATIONAL_ID, one.national_id)
            resident_id = await identity.find(platform.pool, platform.keys, card)
            agent = audit.Agent(audit.AgentKind.RESIDENT, resident_id)
            here = (platform.pool, platform.keys, resident_id)
            assert await pin.check(*here, one.pin, agent) is pin.PinMatch.OWN
            if one.second_pin:
                assert await pin.check(*here, one.second_pin, agent) is pin.PinMatch.UNDER_DURESS
        lines, senders = await reports(platform)
        assert len(senders) == len(deliveries.SENDERS)
        assert lines["follow-up", "smoking"].is_never_read
        assert lines["outpatient", "marital-status"].refused_by_rule
        assert lines["follow-up", "occupation"].set_aside
        assert lines["follow-up", "sleep"].set_aside
        assert lines["outpatient", "diagnosis"].taken
        (lenient,) = await collection.lenient_senders(platform.pool)
        assert lenient.institution_id in senders
        warned = await alerts_told(platform)
        assert {"self", "family", "same-address", "neighbour", "co-worker"} <= set(warned)
        # A second start finds all of it and changes nothing.
        await demonstration.fill(platform, region, lambda _: None)
        assert (await reports(platform))[0] == lines
        assert await alerts_told(platform) == warned
