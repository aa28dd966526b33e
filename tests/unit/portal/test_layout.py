"""The frame every page stands in: languages, sentences, dates, headers, assets, origin."""

from __future__ import annotations

import gzip
import re
import string
from datetime import UTC, date, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal import layout
from openhealthcode.portal.layout import assets, dates
from openhealthcode.portal.layout.errors import explanation_of
from openhealthcode.portal.layout.language import Language, choose
from openhealthcode.portal.layout.messages import FOLDER, catalogue
from openhealthcode.portal.layout.origin import is_our_own
from openhealthcode.portal.layout.routes import routes
from openhealthcode.standards.errors import Conflict, HealthCodeError, NotFound

RIGHT_TO_LEFT_OVERRIDE = "\u202e"


def test_every_sentence_exists_in_both_languages():
    chinese, english = catalogue(Language.CHINESE), catalogue(Language.ENGLISH)
    assert chinese.sentences.keys() == english.sentences.keys()
    audiences = {file.name.split(".")[0] for file in FOLDER.glob("*.toml")}
    for audience in audiences:
        assert {f.name for f in FOLDER.glob(f"{audience}.*")} == {
            f"{audience}.{language}.toml" for language in Language
        }


def test_sentences_fill_in_the_same_values_in_both_languages():
    def names(forms):
        return {
            name for text in forms.values() for _, name, _, _ in string.Formatter().parse(text)
        } - {None}

    english = catalogue(Language.ENGLISH).sentences
    for key, forms in catalogue(Language.CHINESE).sentences.items():
        assert names(forms) == names(english[key]), key


def test_chinese_is_punctuated_in_full_width():
    for key, forms in catalogue(Language.CHINESE).sentences.items():
        assert not re.search(r"[\u4e00-\u9fff][,;:?!]", forms["other"]), key


def test_the_code_is_never_called_by_the_name_of_the_epidemic_one():
    for key, forms in catalogue(Language.CHINESE).sentences.items():
        assert not re.search(r"(?<!电子)(?<!防疫)健康码", forms["other"]), key


def test_a_value_in_a_sentence_is_escaped_and_isolated():
    said = catalogue(Language.CHINESE).markup("layout.error.code", code="<b>x" + "\u202e")
    assert str(said) == "错误代号：<bdi>&lt;b&gt;x</bdi>"


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        (None, "", Language.CHINESE),
        (None, "en-GB,en;q=0.9", Language.ENGLISH),
        (None, "fr;q=0.9,zh-TW;q=0.2,en;q=0.1", Language.CHINESE),
        (None, "en;q=0.2,zh-Hans-CN;q=0.9", Language.CHINESE),
        (None, "en;q=abc,,;q=", Language.CHINESE),
        ("en", "zh-CN", Language.ENGLISH),
        ("xx", "en", Language.ENGLISH),
    ],
)
def test_a_choice_outweighs_the_browser(chosen, accepted, expected):
    assert choose(chosen, accepted) is expected


def test_moments_are_told_in_official_time_by_their_distance():
    now = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    yesterday = datetime(2026, 11, 21, 15, 59, tzinfo=UTC)
    long_ago = datetime(2025, 1, 2, 3, 4, tzinfo=UTC)
    assert dates.moment(now, Language.CHINESE, now=now).striptags() == "今天 10:00"
    assert dates.moment(yesterday, Language.ENGLISH, now=now).striptags() == "yesterday 23:59"
    assert dates.moment(long_ago, Language.ENGLISH, now=now).striptags() == "2 Jan 2025 11:04"
    assert dates.until(now, Language.CHINESE, now=now).striptags() == "10:00"


def test_a_leap_day_child_turns_older_on_the_first_of_march():
    assert dates.age(date(2024, 2, 29), today=date(2025, 2, 28)) == 0
    assert dates.age(date(2024, 2, 29), today=date(2025, 3, 1)) == 1


def test_masked_values_keep_only_what_the_owner_recognises():
    assert layout.masked_name("李春兰") == "李**"
    assert layout.masked_name("王") == "王*"


@pytest.mark.parametrize(
    ("method", "headers", "ours"),
    [
        ("GET", {}, True),
        ("POST", {}, False),
        ("POST", {"host": "a.cn", "origin": "https://a.cn"}, True),
        ("POST", {"host": "a.cn", "origin": "https://evil.cn"}, False),
        ("POST", {"host": "a.cn", "origin": "null"}, False),
        ("POST", {"host": "a.cn:8000", "origin": "http://a.cn"}, False),
        ("POST", {"host": "a.cn", "sec-fetch-site": "same-origin"}, True),
        ("POST", {"host": "a.cn", "sec-fetch-site": "same-site"}, False),
        (
            "POST",
            {"host": "a.cn", "origin": "https://a.cn", "sec-fetch-site": "cross-site"},
            False,
        ),
    ],
)
def test_only_our_own_pages_send_forms(method, headers, ours):
    assert is_our_own(method, Headers(headers)) is ours


@pytest.mark.parametrize("path", ["//evil.cn", "/\\evil.cn", "https://evil.cn", "", "/a\r\nb"])
def test_a_preference_never_leads_to_another_site(path):
    assert layout.local_path(path) == "/"


def test_a_policy_allows_nothing_inline_and_no_other_host():
    for policy in (layout.PLAIN, layout.WITH_CAMERA, layout.PagePolicy(framed=True)):
        rules = policy.headers()["Content-Security-Policy"]
        assert "default-src 'none'" in rules
        assert "unsafe-inline" not in rules
        assert "'unsafe-eval'" not in rules
        assert "http" not in rules


async def _fail(request: Request) -> Response:
    raise {"conflict": Conflict, "missing": NotFound}[request.path_params["how"]]


async def _explained(request: Request, error: Exception) -> Response:
    assert isinstance(error, HealthCodeError)
    return layout.explain(request, error)


async def _form(request: Request) -> Response:
    form = await layout.read_form(request, most_bytes=1000)
    return layout.render(
        request,
        "layout/error.html",
        sentence="layout.error.other",
        code=form.text("name"),
        home="/",
    )


@pytest.fixture
def client():
    routes_ = [
        *routes(),
        layout.page_route("/fail/{how}", _fail),
        layout.page_route("/form", _form, methods=("POST",)),
    ]
    transport = httpx.ASGITransport(
        Starlette(routes=routes_, exception_handlers={HealthCodeError: _explained})
    )
    return httpx.AsyncClient(transport=transport, base_url="http://a.cn")


async def test_an_expected_failure_is_a_page_in_words(client):
    answer = await client.get("/fail/conflict", headers={"accept-language": "en"})
    assert answer.status_code == 409
    assert "did not take effect" in answer.text
    assert 'lang="en"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_form_of_another_site_is_refused_in_words(client):
    answer = await client.post("/language", headers={"origin": "http://evil.cn"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_hostile_value_is_inert_on_a_page(client):
    hostile = "<script>alert(1)</script>" + RIGHT_TO_LEFT_OVERRIDE + "{{7*7}}\x00"
    answer = await client.post("/form", data={"name": hostile}, headers={"origin": "http://a.cn"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in answer.text
    assert RIGHT_TO_LEFT_OVERRIDE not in answer.text


async def test_an_oversized_or_unreadable_form_is_refused(client):
    ours = {"origin": "http://a.cn"}
    assert (await client.post("/form", data={"name": "x" * 2000}, headers=ours)).status_code == 413
    assert (await client.post("/form", content=b"name=%ff", headers=ours)).status_code == 400
    assert (await client.post("/form", content=b"\xff=1", headers=ours)).status_code == 400


async def test_a_language_is_kept_and_leads_back(client):
    answer = await client.post(
        "/language", data={"language": "en", "back": "/record"}, headers={"origin": "http://a.cn"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/record")
    cookie = answer.headers["set-cookie"].lower()
    assert "ohc_language=en" in cookie
    assert "samesite=strict" in cookie
    assert "httponly" in cookie


async def test_assets_are_cached_for_ever_under_their_digest_only(client):
    current = await client.get(layout.asset_url("layout/tokens.css"))
    assert current.status_code == 200
    assert "immutable" in current.headers["cache-control"]
    assert current.headers["content-encoding"] == "gzip"
    stale = await client.get("/static/000000000000/layout/tokens.css")
    assert (stale.text, stale.headers["cache-control"]) == (current.text, "no-cache")
    assert (await client.get(f"/static/{assets.digest()}/layout/../pages.py")).status_code == 404


def test_a_misspelt_asset_never_reaches_a_page():
    with pytest.raises(FileNotFoundError):
        layout.asset_url("layout/none.css")


def test_a_failure_nobody_described_is_a_bad_request():
    class Peculiar(HealthCodeError):
        """Something peculiar."""

        code = "peculiar"

    class Special(Conflict):
        """A conflict of its own."""

        code = "special"

    assert explanation_of(Peculiar()).status == 400
    assert explanation_of(Special()).status == 409
    assert explanation_of(HealthCodeError()).status == 500


def test_the_frame_is_small():
    files = ["tokens.css", "base.css", "leave.js"]
    sizes = [len(gzip.compress((assets.PORTAL / "layout/assets" / f).read_bytes())) for f in files]
    assert sum(sizes) < 8_000
