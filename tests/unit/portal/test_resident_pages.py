"""The resident's pages: complete in both languages, inert to hostile names, small."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from examples import resident_pages
from examples.markup import Page
from openhealthcode.portal.layout.assets import PORTAL
from openhealthcode.portal.layout.language import Language
from openhealthcode.portal.layout.messages import catalogue

BUDGET_BYTES = 50_000


@pytest.fixture
def client():
    transport = httpx.ASGITransport(resident_pages.app())
    return httpx.AsyncClient(transport=transport, base_url="http://ohc.test")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", resident_pages.PATHS)
async def test_a_page_is_sound_and_loads_only_our_own(client, path, language):
    answer = await client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    page = Page(answer.text)
    assert (page.wrong, page.open, page.inline) == ([], [], [])
    assert len(page.ids) == len(set(page.ids))
    assert all(url.startswith(("/", "#")) and not url.startswith("//") for url in page.assets)
    assert f'lang="{language}"' in answer.text


@pytest.mark.parametrize("path", [p for p in resident_pages.PATHS if p.startswith("/hostile")])
async def test_a_hostile_name_is_shown_as_text_and_moves_nothing(client, path):
    text = (await client.get(path)).text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


@pytest.mark.parametrize("path", resident_pages.PATHS)
async def test_a_page_with_all_it_loads_is_small(client, path):
    answer = await client.get(path)
    total = len(gzip.compress(answer.content))
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text))
    modules = {url for url in loaded if url.endswith("live.js")}
    loaded |= {url.replace("live.js", "request.js") for url in modules}  # what it imports
    for url in loaded:
        total += len(gzip.compress((await client.get(url)).content))
    assert total <= BUDGET_BYTES


async def test_the_buttons_name_their_extent_and_refusing_is_as_near_as_allowing(client):
    text = (await client.get("/request")).text.replace("\u2009", " ")
    buttons = re.findall(r"<button[^>]*name=\"answer\"[^>]*>([^<]*)</button>", text)
    assert buttons == ["不同意", "同意查看 41 项"]
    assert "不影响挂号和看病" in text


async def test_a_code_is_drawn_black_on_white_with_its_margin(client):
    text = (await client.get("/code")).text
    assert 'fill="#fff" d="M0 0h37v37H0z"' in text
    assert 'fill="#000" d="M4 4' in text


async def test_without_scripts_the_code_is_renewed_by_the_page(client):
    text = (await client.get("/")).text
    assert '<noscript><meta http-equiv="refresh" content="50"></noscript>' in text


def test_every_sentence_is_said_somewhere():
    files = [*PORTAL.rglob("*.html"), *PORTAL.rglob("*.py")]
    text = "".join(file.read_text("utf-8") for file in files)
    ours = [
        key
        for key in catalogue(Language.CHINESE).sentences
        if key.startswith(("resident.", "registrar.")) and not key.startswith("resident.withdrawn.")
    ]
    for key in ours:
        parent = key.rpartition(".")[0]
        said = (
            f'"{key}"',
            f"'{key}'",
            f'"{parent}."',
            f"'{parent}.'",
            f'"{parent}"',
            f"{parent}.{{",
        )
        stem = re.escape(key.rpartition("-")[0] or key)
        assert any(one in text for one in said) or re.search(rf'"{stem}-?" ?~', text), key


async def test_an_empty_record_says_what_will_come(client):
    text = (await client.get("/record/empty")).text
    assert "档案里还没有内容" in text
