"""The offices' pages: sound in both languages, none without a way on, no table a phone cannot tell."""

from __future__ import annotations

import re

import httpx
import pytest

from examples import auditor_pages, reviewer_pages, supervisor_pages
from examples.markup import Page
from openhealthcode.portal.reviewer.office import AUDITOR

HOMES = {"supervisor": "/supervision", "officer": "/review", "auditor": "/audit"}
PAGES = [
    (module, path, AUDITOR if module is auditor_pages else values["office"])
    for module in (supervisor_pages, auditor_pages, reviewer_pages)
    for path, (_, values) in module.PAGES.items()
    if module is auditor_pages or "office" in values
]
ROW = re.compile(r'<(?:th|td)\b[^>]*role="(columnheader|rowheader|cell)"[^>]*>', re.DOTALL)


@pytest.fixture(params=["zh-CN", "en"])
async def shown(request):
    pages = []
    for module, path, office in PAGES:
        transport = httpx.ASGITransport(module.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://ohc.test") as client:
            answer = await client.get(path, headers={"accept-language": request.param})
        pages.append((path, office, answer))
    return pages


async def test_every_page_is_sound_and_leads_to_its_offices_others(shown):
    assert {office.name for _, office, _ in shown} == set(HOMES)
    for path, office, answer in shown:
        assert answer.status_code == 200, path
        page = Page(answer.text)
        assert (page.wrong, page.open, page.inline) == ([], [], []), path
        assert len(page.ids) == len(set(page.ids)), path
        if path.endswith("/sign-in"):
            continue
        rooms = re.search(r'<nav class="rooms".*?</nav>', answer.text, re.DOTALL)
        assert rooms, path
        assert f'href="{HOMES[office.name]}"' in rooms[0], path
        ways = re.findall(r'href="([^"]+)"', rooms[0])
        assert all(way.startswith(office.home) for way in ways), path
        assert len(re.findall("aria-current", rooms[0])) <= 1, path


async def test_a_row_says_of_each_cell_which_column_it_is(shown):
    told = 0
    for path, _, answer in shown:
        for table in re.findall(
            r'<table class="figures stacks".*?</table>', answer.text, re.DOTALL
        ):
            head, body = table.split("</thead>")
            titles = re.findall(r'role="columnheader"[^>]*>(.*?)</th>', head, re.DOTALL)
            for row in re.findall(r'<tr role="row">.*?</tr>', body, re.DOTALL):
                labels = re.findall(r'data-label="([^"]*)"', row)
                assert labels == titles, path
                assert len(ROW.findall(row)) == len(titles), path
                told += 1
    assert told > 50
