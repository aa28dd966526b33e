"""The clinician's pages: sound in both languages, inert to hostile text, every sentence used."""

from __future__ import annotations

import re
import tomllib

import httpx
import pytest

from examples import clinic_pages
from examples.markup import Page
from openhealthcode.portal.layout.assets import PORTAL
from openhealthcode.portal.layout.messages import FOLDER, catalogue

BUDGET_BYTES = 60_000


@pytest.fixture
def client():
    transport = httpx.ASGITransport(clinic_pages.app())
    return httpx.AsyncClient(transport=transport, base_url="http://ohc.test")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", clinic_pages.PATHS)
async def test_a_page_is_sound_and_loads_only_our_own(client, path, language):
    answer = await client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    page = Page(answer.text)
    assert (page.wrong, page.open, page.inline) == ([], [], [])
    assert len(page.ids) == len(set(page.ids))
    assert all(url.startswith(("/", "#")) and not url.startswith("//") for url in page.assets)
    assert f'lang="{language}"' in answer.text


@pytest.mark.parametrize("path", ["/clinic", "/clinic/ask/nothing", "/clinic/record/long"])
async def test_hostile_text_is_shown_as_text_and_moves_nothing(client, path):
    text = (await client.get(path)).text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "alert(1)" in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)


async def test_a_page_that_decodes_is_the_only_one_that_may(client):
    for path in clinic_pages.PATHS:
        policy = (await client.get(path)).headers["content-security-policy"]
        may = "wasm-unsafe-eval" in policy
        scans = {
            "/clinic",
            "/clinic/empty",
            "/clinic/expired",
            "/clinic/foreign",
            "/clinic/offline",
        }
        assert may == (path in scans)


async def test_a_page_of_a_record_is_not_kept_anywhere(client):
    assert (await client.get("/clinic/record")).headers["cache-control"] == "no-store"


async def test_withheld_and_absent_parts_read_the_same(client):
    empty = (await client.get("/clinic/record/empty")).text
    sentences = catalogue("zh-CN")
    for part in ("allergies", "medication", "problems", "results", "immunisations"):
        assert str(sentences.markup(f"clinic.record.{part}.none")) in empty


def test_every_sentence_of_the_clinic_is_said_somewhere():
    folder = PORTAL / "clinic"
    sources = [*folder.rglob("*.html"), *folder.rglob("*.py")]
    said = "\n".join(path.read_text("utf-8") for path in sources)
    written = tomllib.loads((FOLDER / "clinic.zh-CN.toml").read_text("utf-8"))
    # A key is used as a whole, or by its table where the last word is filled in.
    unused = [
        key
        for key in keys_of(written, "clinic.")
        if f'"{key}"' not in said
        and not any(f'"{start}' in said for start in (stem(key, ".") + ".", stem(key, "-") + "-"))
        and f'"{stem(key, ".", 2)}.' not in said
    ]
    assert unused == []


def stem(key: str, mark: str, parts: int = 1) -> str:
    return key.rsplit(mark, parts)[0]


def keys_of(table, prefix):
    for name, value in table.items():
        if isinstance(value, dict) and value.keys() != {"one", "other"}:
            yield from keys_of(value, f"{prefix}{name}.")
        else:
            yield prefix + name
