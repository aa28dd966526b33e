"""The rules as everybody reads them: complete, in both languages, and the same as the data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.resources import files

import httpx
import pytest

from examples import public_pages
from openhealthcode.collection import RULES, CollectionScene, Demand
from openhealthcode.portal.public.information import WITHOUT_CONSENT
from portals import words

UNVERIFIED = {"zh-CN": "待核实", "en": "unverified"}


@pytest.fixture
async def reader() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(public_pages.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://ohc.test") as client:
        yield client


@pytest.mark.parametrize("scene", list(CollectionScene))
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_rules_page_tells_every_element_with_reason_law_and_time(reader, scene, language):
    page = await reader.get(f"/rules/{scene}", headers={"accept-language": language})
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    told = words(page).replace("\u2009", " ")
    for ruled in RULES.rules[scene].elements.values():
        is_chinese = language == "zh-CN"
        name = ruled.element.zh if is_chinese else ruled.element.en
        reason = ruled.reason.zh if is_chinese else ruled.reason.en
        basis = ruled.basis.zh if is_chinese else ruled.basis.en
        assert name in told
        assert reason in told
        assert basis in told
        if ruled.retention_years is not None:
            assert str(ruled.retention_years) in told
        assert ruled.is_verified or (UNVERIFIED[language] in told)
        for number in ruled.element.de:
            assert number in page.text


@pytest.mark.parametrize("path", ["/rules/nowhere", "/rules/import", "/rules/%3Cb%3E"])
async def test_there_is_no_page_for_a_scene_nobody_knows(path):
    app = public_pages.app()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ohc.test") as client:
        answer = await client.get(path)
    assert answer.status_code >= 400
    assert "<b>" not in answer.text


async def test_the_first_page_says_what_is_closed_and_where_it_may_be_asked_all_the_same(reader):
    told = words(await reader.get("/rules", headers={"accept-language": "en"}))
    for element in RULES.catalogue.values():
        if element.is_over_collection:
            assert element.en in told
    assert "Marital status never" in told
    assert "Smoking only in Follow-up of chronic disease, Maternal and child care" in told
    assert RULES.import_rule.description in told


async def test_the_data_is_the_whole_rule_set(reader):
    answer = await reader.get("/rules.json")
    data = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert data["version"] == RULES.version
    assert {scene["scene"] for scene in data["scenes"]} == set(CollectionScene)
    for told in data["scenes"]:
        rule = RULES.of(told["scene"])
        assert [e["element"] for e in told["elements"]] == list(rule.elements)
        for element in told["elements"]:
            ruled = rule.elements[element["element"]]
            assert Demand(element["demand"]) is ruled.demand
            assert element["legalBasis"] == {"zh-CN": ruled.basis.zh, "en": ruled.basis.en}
            assert element["retentionYears"] == ruled.retention_years
            assert element["keptWhileRegistered"] == (ruled.retention_years is None)
            assert element["legalBasisVerified"] == ruled.is_verified
            assert set(element["unverified"]) <= set(element["fhir"])
    assert {"marital-status", "occupation", "sleep"} <= set(data["closedByDefault"])
    assert len(data["rights"]) == 2


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_access_without_consent_stands_with_its_law(reader, language):
    page = await reader.get("/without-consent", headers={"accept-language": language})
    told = words(page)
    unverified = [one for one in WITHOUT_CONSENT if not one.is_verified]
    assert told.count(UNVERIFIED[language]) == len(unverified)
    for one in WITHOUT_CONSENT:
        assert f'id="{one.key}"' in page.text


async def test_the_limits_name_the_operator_who_holds_the_keys(reader):
    told = words(await reader.get("/known-limits", headers={"accept-language": "en"}))
    assert "An operator who holds both data and keys could read" in told
    assert "Backups made before still hold it" in told


@pytest.mark.parametrize("path", public_pages.PAGES)
async def test_every_public_page_can_be_had_in_large_text_and_read_aloud(reader, path):
    page = await reader.get(path)
    assert 'action="/text-size"' in page.text
    assert "data-aloud" in page.text
    assert 'href="/known-limits"' in page.text


async def test_what_reads_aloud_uses_a_voice_of_the_device_only():
    script = files("openhealthcode.portal.layout").joinpath("assets/aloud.js").read_text("utf-8")
    assert "localService" in script
