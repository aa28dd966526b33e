"""Every address of the OpenAPI, called with what it does and does not expect: no server error.

What is sent is made from the description by schemathesis, by a system that may do everything and a
resident who is signed in. An answer below 500 that FHIR's clients can read is all that is asked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import systems
import visits
from databases import Database, in_a_loop_of_its_own
from examples.served import served
from openhealthcode import app, collection
from openhealthcode.database import open_pool, stamp, transaction
from openhealthcode.settings import Settings
from openhealthcode.sign_in.model import Subject
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards import Certificate, CertificateKind, Phone
from signing_in import Phones

EVERY_SCOPE = "system/*.cruds"
EXAMPLES = 5
"""For each address; more are tried by hand (docs/conformance.md)."""


@dataclass(frozen=True)
class Home:
    """Where the program is served, a system that may call it, a resident's session and entries."""

    system: systems.HospitalSystem
    session: str
    ids: tuple[str, ...]
    site: str = ""


async def _settle(chosen: Settings) -> Home:
    """A hospital with a system, and a resident with a record who is signed in."""
    pool = await open_pool(chosen.database_url, size=2)
    keys = app.keys_of(chosen)
    world = await visits.world(pool, keys)
    sent = visits.bundle(visits.patient(), *visits.LIFE)
    filed = await collection.file_bundle(pool, keys, bundle=sent, source=world.source)
    resident = filed.resident_id
    system = await systems.connect(world, world.hospital)
    about = Subject(
        Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(2)),
        "李试",
        Phone.parse("13912345678"),
    )
    async with transaction(pool, resident=resident) as connection:
        begun = await begin_session(connection, keys, resident, about)
    await pool.close()
    keys.close()
    return Home(system, begun.token, tuple(entry.fhir_id for entry in filed.entries))


@pytest.fixture(scope="module")
def home(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The program, served."""
    in_a_loop_of_its_own(stamp(module_database.owner_url, "production"))
    folder: Path = tmp_path_factory.mktemp("program")
    chosen = Settings(
        data_directory=folder,
        database_url=module_database.url,
        public_url=systems.BASE,
        refusals_per_second=10**9,  # a machine that asks for what is refused is faster than people
    )
    settled = in_a_loop_of_its_own(_settle(chosen))
    with served(app.create(chosen, outbox=Phones())) as site:
        yield replace(settled, site=site)


def _headers(home: Home) -> dict[str, str]:
    """What callers carry; tokens end after some minutes, so every address gets a new one."""
    given = httpx.post(f"{home.site}/oauth/token", data=home.system.form(EVERY_SCOPE))
    assert given.status_code == 200, given.text
    token = given.json()["access_token"]
    return {"Authorization": f"Bearer {token}", "Cookie": f"ohc_resident={home.session}"}


def _try(operation: Any, home: Home) -> Counter[int]:
    """Call one address with whatever its description lets through, and see what it answers."""
    seen: Counter[int] = Counter()
    headers = _headers(home)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), named=st.sampled_from(("", *home.ids)))
    def attempt(case: Any, named: str) -> None:
        if named:
            for parameters in (case.path_parameters, case.query):
                for name in {"id", "patient"} & set(parameters or {}):
                    parameters[name] = named
        carried = {} if case.path == "/oauth/token" else headers
        answer = case.call(base_url=home.site, headers=carried, timeout=30)
        seen[answer.status_code] += 1
        assert answer.status_code < 500, (case.method, case.path, answer.text)
        if case.path.startswith(("/fhir", "/own/fhir")) and answer.status_code >= 400:
            told = json.loads(answer.text)
            assert told["resourceType"] == "OperationOutcome", (case.method, case.path)

    attempt()
    return seen


def test_no_address_answers_with_a_server_error(home):
    schema = schemathesis.openapi.from_url(f"{home.site}/openapi.json")
    tried: Counter[int] = Counter()
    addresses = 0
    for found in schema.get_all_operations():
        tried += _try(found.ok(), home)
        addresses += 1
    assert addresses > 40
    assert tried[200] > 50, "what is expected is tried as well"
    assert tried[400] + tried[404] + tried[422] > 100
