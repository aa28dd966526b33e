"""The page of issuers and the lists beside it: the same to everybody, whole, and told when unchanged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from joserfc.jwk import KeySet

import portals
from openhealthcode import healthcode, trust
from openhealthcode.database import Announcements
from openhealthcode.trust import Keys, SignatureSuite
from portals import Parts, words
from trusting import issuer_of, trusted_region


@pytest.fixture
async def parts(pool, database, tmp_path):
    async with Announcements(database.url) as announcements:
        keys = Keys.open(tmp_path / "keys", division=880101)
        yield Parts(pool, keys, announcements)
        keys.close()


@pytest.fixture
async def page(parts):
    async with portals.browser(portals.application(parts), language="en") as browser:
        yield browser


async def test_before_there_is_a_list_the_page_says_so(page):
    assert "No list was published" in words(await page.get("/trust"))
    (card_key,) = (await page.get("/.well-known/jwks.json")).json()["keys"]
    assert "key_id" not in card_key, "health cards are signed with a key that no code is"
    for address in ("/trust/list", "/trust/roots", "/trust/status/880101/00000000"):
        assert (await page.get(address)).is_error, address


async def test_what_is_handed_out_is_believed_by_whoever_knows_the_roots(page, parts):
    nation, _ = await trusted_region(parts.pool, parts.keys)
    listed = trust.trust_list.read((await page.get("/trust/list")).content, nation.roots)
    (issuer,) = listed.issuers.values()
    roots = trust.read_authority((await page.get("/trust/roots")).text)
    assert roots.roots == nation.roots
    bundle = trust.read_bundle((await page.get("/trust/bundle")).content)
    assert not trust.trusted(bundle, {roots.name: roots}).is_revoked(issuer, 1 << 20)
    address = f"/trust/status/880101/{issuer.key_id.hex()}"
    for kind in ("application/statuslist+cwt", "application/statuslist+jwt"):
        answer = await page.get(address, headers={"accept": kind})
        assert answer.headers["content-type"] == kind
        assert answer.headers["access-control-allow-origin"] == "*"
        assert not trust.read_status(answer.content, issuer).revoked.is_revoked(1 << 20)
    for wrong in ("/trust/status/880101/zz", "/trust/status/880102/" + issuer.key_id.hex()):
        assert (await page.get(wrong)).is_error


async def test_the_keys_verify_with_an_ordinary_library(page, parts):
    _, listed = await trusted_region(parts.pool, parts.keys)
    (issuer,) = listed.issuers.values()
    told = (await page.get("/.well-known/jwks.json")).json()
    for key, listed_as in zip(KeySet.import_key_set(told).keys, told["keys"], strict=True):
        assert key.thumbprint() == key.kid == listed_as["kid"]
    assert told["keys"][0]["key_id"] == issuer.key_id.hex()


async def test_an_edwards_key_is_told_and_one_of_sm2_is_not(page, parts):
    nation, _ = await trusted_region(parts.pool, parts.keys, SignatureSuite.ED25519)
    listed = await trust.current(parts.pool, parts.keys)
    national = issuer_of(parts.keys, parts.keys.issuers.make(SignatureSuite.SM2_SM3))
    both = nation.listing(*listed.issuers.values(), national)
    await healthcode.publish_list(parts.pool, parts.keys, both)
    told, _ = (await page.get("/.well-known/jwks.json")).json()["keys"]
    assert (told["kty"], told["crv"], told["alg"]) == ("OKP", "Ed25519", "EdDSA")
    assert KeySet.import_key_set({"keys": [told]}).keys[0].thumbprint() == told["kid"]
    await healthcode.publish_revoked(parts.pool, parts.keys, datetime.now(UTC))
    answer = await page.get(f"/trust/status/880101/{national.key_id.hex()}")
    assert not trust.read_status(answer.content, national).revoked.is_revoked(1 << 20)


async def test_who_has_the_newest_is_told_that_nothing_changed(page, parts):
    nation, _ = await trusted_region(parts.pool, parts.keys)
    first = await page.get("/trust/list")
    again = await page.get("/trust/list", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await trust.publish(parts.pool, parts.keys, nation.listing(), trust.NATIONAL)
    newer = await page.get("/trust/list", headers={"if-none-match": first.headers["etag"]})
    assert newer.status_code == 200


async def test_the_page_names_keys_lists_and_roots(page, parts):
    nation, listed = await trusted_region(parts.pool, parts.keys)
    (issuer,) = listed.issuers.values()
    shown = words(await page.get("/trust"))
    for told in (
        "Region 880101",
        trust.fingerprint(issuer.public_key),
        *(trust.fingerprint(one.public_key) for one in nation.signers),
        "0 codes are revoked",
        "No. 1,",
    ):
        assert told in shown, told
