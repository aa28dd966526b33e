"""`ohc trust`: a nation of three roots, two regions, and what is refused between them."""

from __future__ import annotations

import io
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from databases import fresh_database
from openhealthcode import app, trust
from openhealthcode.commands import trust as here
from openhealthcode.commands import trust_files as offline
from openhealthcode.commands.doctor import doctor
from openhealthcode.commands.migrate import migrate
from openhealthcode.commands.trust_import import take_over
from openhealthcode.healthcode.errors import RevokedCode
from openhealthcode.healthcode.signed import ReplaySet, printed, verify
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import (
    KEPT_SECONDS,
    DestroyedKey,
    NoCodeIssuer,
    StatusList,
    UnknownKey,
    UnreadableRoot,
    UnsuitableTrustList,
    UntrustedIssuer,
    elsewhere,
)
from openhealthcode.trust.elsewhere import UnreadableKeyList
from openhealthcode.trust.lists import DraftRefused, read_request

INDEX = 1 << 20


def now():
    return datetime.now(UTC)


@dataclass
class Region:
    """One installation, and what its commands printed last."""

    settings: Settings
    folder: Path

    @property
    def console(self):
        self.printed = io.StringIO()
        return Console(file=self.printed, width=300)

    @asynccontextmanager
    async def opened(self):
        async with app.opened(self.settings) as platform:
            yield platform

    async def card(self):
        """A printed card of this region, with the index below which nothing is drawn."""
        async with self.opened() as platform:
            issuer = platform.keys.code_issuer(now())
            return printed.issue(
                issuer.signer,
                region=issuer.region,
                handle=bytes(16),
                card_version=1,
                last_day=(now() + timedelta(days=300)).date(),
                index=INDEX,
            )

    async def verified(self, text):
        async with self.opened() as platform:
            trusted = await trust.current(platform.pool, platform.keys)
            return verify(text, trusted, now(), replays=ReplaySet())

    async def revoke(self, index):
        async with self.opened() as platform:
            name = platform.keys.code_issuer(now()).key_id
            listed = await trust.current(platform.pool, platform.keys)
            issuer = listed.issuers[platform.keys.issuers.region, name]
            revoked = StatusList.of([index], size=trust.STATUS_LIST_SIZE)
            later = now() + timedelta(seconds=1)
            await trust.publish_status(platform.pool, platform.keys, issuer, revoked, later)

    async def signing_key(self):
        async with self.opened() as platform:
            return platform.keys.code_issuer(now()).key_id


@asynccontextmanager
async def region_of(postgres, folder, division):
    with fresh_database(postgres) as database:
        settings = Settings(
            data_directory=folder,
            database_url=database.url,
            database_owner_url=database.owner_url,
            region_division=division,
        )
        await migrate(settings, Console(file=io.StringIO()))
        yield Region(settings, folder)


@pytest.fixture
async def west(postgres, tmp_path):
    async with region_of(postgres, tmp_path / "west", 880100) as region:
        yield region


@pytest.fixture
async def east(postgres, tmp_path):
    async with region_of(postgres, tmp_path / "east", 880200) as region:
        yield region


@dataclass
class Office:
    """The national office: a folder of files and three roots with a passphrase each."""

    folder: Path
    last: Path | None = None
    lists: int = 0

    @property
    def quiet(self):
        return Console(file=io.StringIO(), width=300)

    @classmethod
    def founded(cls, folder):
        office = cls(folder)
        folder.mkdir()
        for number in (1, 2, 3):
            offline.root(office.quiet, office.root(number), "es256", f"word {number}")
        return office

    def root(self, number):
        return self.folder / f"root{number}.json"

    @property
    def public(self):
        return [self.folder / f"root{number}.public.json" for number in (1, 2, 3)]

    def set_up(self, region, **named):
        here.init(region.settings, region.console, self.public, 2, named.get("name", "national"),
                  named.get("regions", []))  # fmt: skip

    def signed(self, *requests, by=(1, 2), roots=None):
        self.lists += 1
        body = self.folder / f"body{self.lists}"
        authority = roots or self.authority()
        offline.draft(self.quiet, body, self.last, requests, authority)
        signatures = []
        for number in by:
            out = self.folder / f"signature{self.lists}-{number}"
            offline.sign(self.quiet, body, self.root(number), out, f"word {number}")
            signatures.append(out)
        ready = self.folder / f"list{self.lists}.cbor"
        offline.assemble(self.quiet, body, signatures, ready, authority)
        self.last = ready
        return ready

    def authority(self):
        path = self.folder / "roots.json"
        found = [trust.read_public_root(one.read_text()) for one in self.public]
        path.write_text(
            trust.write_authority(trust.Authority("national", trust.Roots.of(2, *found)))
        )
        return path


@pytest.fixture
def office(tmp_path):
    return Office.founded(tmp_path / "office")


async def listed(office, *regions):
    """Both regions' keys on the nation's list, published at both."""
    requests = []
    for region in regions:
        office.set_up(region)
        out = region.folder / "request.json"
        here.issuer(region.settings, region.console, out, "", begins=None)
        requests.append(out)
    ready = office.signed(*requests)
    for region in regions:
        await here.publish(region.settings, region.console, ready)
    return ready


async def test_two_regions_of_one_nation_believe_each_others_codes(office, west, east):
    await listed(office, west, east)
    card = await west.card()
    with pytest.raises(RevokedCode):
        await east.verified(card)  # what the west revoked is not known here yet
    await here.export(west.settings, west.console, west.folder / "out")
    (token,) = (west.folder / "out").glob("status-880100-*.cwt")
    await take_over(east.settings, east.console, token, "national", "")
    assert (await east.verified(card)).origin.region == 880100
    await west.revoke(INDEX)
    await here.export(west.settings, west.console, west.folder / "out")
    await take_over(east.settings, east.console, token, "national", "")
    with pytest.raises(RevokedCode):
        await east.verified(card)


async def test_two_nations_recognise_each_other_for_the_regions_they_name(
    office, west, east, tmp_path
):
    abroad = Office.founded(tmp_path / "abroad")
    await listed(office, west)
    await listed(abroad, east)
    card = await west.card()
    with pytest.raises(UntrustedIssuer):
        await east.verified(card)
    await here.export(west.settings, west.console, west.folder / "out")
    out = west.folder / "out"
    here.init(east.settings, east.console, [out / "roots.json"], 2, "neighbour", [880100])
    await take_over(east.settings, east.console, out / "bundle.json", "neighbour", "")
    assert (await east.verified(card)).handle == bytes(16)
    here.dismiss(east.settings, east.console, "neighbour")
    with pytest.raises(UntrustedIssuer):
        await east.verified(card)


async def test_a_neighbour_is_not_believed_about_other_regions(office, west, east, tmp_path):
    abroad = Office.founded(tmp_path / "abroad")
    await listed(office, west)
    await listed(abroad, east)
    await here.export(west.settings, west.console, west.folder / "out")
    out = west.folder / "out"
    here.init(east.settings, east.console, [out / "roots.json"], 2, "neighbour", [880300])
    await take_over(east.settings, east.console, out / "list.cbor", "neighbour", "")
    assert "NOT believed" in east.printed.getvalue()
    with pytest.raises(UntrustedIssuer):
        await east.verified(await west.card())


async def test_a_key_is_rotated_without_a_desk_that_does_not_know_it(office, west):
    first_list = await listed(office, west)
    first = await west.signing_key()
    request = west.folder / "rotate.json"
    here.rotate(west.settings, west.console, request)
    asked = read_request(request.read_text())
    assert asked.lists.believed_from >= now() + timedelta(days=10)
    assert asked.retires == (first, asked.lists.believed_from)
    ready = office.signed(request)
    await here.publish(west.settings, west.console, ready)
    assert await west.signing_key() == first
    async with west.opened() as platform:
        later = now() + timedelta(days=12)
        assert platform.keys.code_issuer(later).key_id == asked.lists.key_id
        believed = await trust.current(platform.pool, platform.keys)
        believed.issuer(880100, first, 1, later)
    with pytest.raises(UnsuitableTrustList):
        await here.publish(west.settings, west.console, first_list)


async def test_a_compromised_key_signs_nothing_at_once_and_is_believed_nowhere_soon(
    office, west, east
):
    await listed(office, west, east)
    card, key = await west.card(), await west.signing_key()
    await here.export(west.settings, west.console, west.folder / "out")
    await take_over(east.settings, east.console, west.folder / "out/bundle.json", "national", "")
    await east.verified(card)
    request = west.folder / "compromise.json"
    here.compromise(west.settings, west.console, key.hex(), request)
    with pytest.raises(NoCodeIssuer):
        await west.signing_key()
    assert "is destroyed" in west.printed.getvalue()
    ready = office.signed(request)
    for region in (west, east):
        await here.publish(region.settings, region.console, ready)
        with pytest.raises(UntrustedIssuer):
            await region.verified(card)
    async with west.opened() as platform:
        with pytest.raises(DestroyedKey):
            platform.keys.issuers.signer(key)
    new = west.folder / "new.json"
    here.issuer(west.settings, west.console, new, "ed25519", begins=None)
    await here.publish(west.settings, west.console, office.signed(new))
    assert (await west.signing_key()) == read_request(new.read_text()).lists.key_id


async def test_keys_are_named_rightly_or_not_destroyed(west):
    for wrong, refusal in (("no", InvalidInput), ("00000000", UnknownKey)):
        with pytest.raises(refusal):
            here.compromise(west.settings, west.console, wrong, west.folder / "x.json")


async def test_one_root_alone_makes_no_list(office, west):
    office.set_up(west)
    request = west.folder / "request.json"
    here.issuer(west.settings, west.console, request, "es256", begins=None)
    for by in ((1,), (2, 2)):
        with pytest.raises(UnsuitableTrustList):
            office.signed(request, by=by)


async def test_a_second_key_may_not_sign_before_every_desk_knows_it(office, west):
    await listed(office, west)
    request = west.folder / "second.json"
    here.issuer(west.settings, west.console, request, "", begins=now())
    with pytest.raises(DraftRefused):
        office.signed(request)
    here.issuer(west.settings, west.console, request, "", begins=None)
    office.signed(request)


def test_a_root_is_opened_by_its_passphrase_and_never_written_over(office, tmp_path):
    offline.draft(office.quiet, tmp_path / "body", None, [], None)
    with pytest.raises(UnreadableRoot):
        offline.sign(office.quiet, tmp_path / "body", office.root(1), tmp_path / "s", "word 2")
    with pytest.raises(InvalidInput):
        offline.root(office.quiet, office.root(1), "es256", "word 1")
    with pytest.raises(InvalidInput):
        offline.root(office.quiet, tmp_path / "r.json", "rot13", "word 1")
    assert (office.root(1).stat().st_mode & 0o777) == 0o600


def test_what_is_no_file_of_the_office_is_refused(office, tmp_path):
    body, none = tmp_path / "body", tmp_path / "none"
    offline.draft(office.quiet, body, None, [], None)
    with pytest.raises(InvalidInput):
        offline.draft(office.quiet, tmp_path / "b", body, [], None)
    with pytest.raises(InvalidInput):
        offline.assemble(office.quiet, body, [none], tmp_path / "l", office.authority())
    with pytest.raises(UnreadableRoot):
        offline.assemble(office.quiet, body, [body], tmp_path / "l", office.authority())
    with pytest.raises(UnsuitableTrustList):
        offline.sign(office.quiet, office.root(1), office.root(1), tmp_path / "s", "word 1")
    none.write_bytes(b"\xff")
    with pytest.raises(InvalidInput):
        offline.text_of(none)


async def test_roots_are_not_exchanged_behind_the_operators_back(office, west, tmp_path):
    office.set_up(west)
    office.set_up(west)
    stranger = Office.founded(tmp_path / "stranger")
    with pytest.raises(InvalidInput):
        stranger.set_up(west)
    with pytest.raises(InvalidInput):
        here.init(west.settings, west.console, office.public, 4, "other", [880300])


async def test_the_check_says_what_is_to_be_done(office, west):
    assert await here.check(west.settings, west.console, None, None) == 1
    ready = await listed(office, west)
    assert await here.check(west.settings, west.console, None, None) == 0
    assert "0 codes revoked, ours" in west.printed.getvalue()
    roots = office.authority()
    assert (
        await here.check(west.settings, west.console, ready, roots) == 1
    )  # no revoked codes in it
    assert "all are refused" in west.printed.getvalue()
    await here.export(west.settings, west.console, west.folder / "out")
    bundle = west.folder / "out" / "bundle.json"
    assert await here.check(west.settings, west.console, bundle, roots) == 0
    with pytest.raises(InvalidInput):
        await here.check(west.settings, west.console, bundle, None)


async def test_the_check_tells_of_age_and_of_a_key_that_ends(office, west):
    await listed(office, west)
    async with west.opened() as platform:
        read = await trust.current(platform.pool, platform.keys)
        keys = platform.keys
        old = list(here._wrong_with_list(read, now() + timedelta(days=8)))
        assert any("8 days old: marked" in sentence for sentence in old)
        assert any("is old" in sentence for sentence in old)
        soon = now() + timedelta(days=350)
        assert any("ohc trust rotate" in one for one in here._wrong_with_own(keys, read, soon))
        over = now() + timedelta(days=370)
        assert any("ohc trust issuer" in one for one in here._wrong_with_own(keys, read, over))


async def test_the_doctor_says_who_signs_codes(office, west):
    await doctor(west.settings, west.console)
    assert "No trust list was published here yet" in west.printed.getvalue()
    await listed(office, west)
    await doctor(west.settings, west.console)
    assert f"key {(await west.signing_key()).hex()} signs codes" in west.printed.getvalue()


async def test_others_keys_are_imported_and_what_is_wrong_with_them_is_told(west, tmp_path):
    signer = trust.P256Signer.generate()
    jwk = trust.jwk_of(trust.key_of_point(signer.public_key))
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [{**jwk, "kid": "one"}, {"kid": "two"}]}))
    with pytest.raises(InvalidInput):
        await take_over(west.settings, west.console, path, "national", "https://example.invalid")
    with pytest.raises(UnreadableKeyList):
        await take_over(west.settings, west.console, path, "abroad", "")
    await take_over(west.settings, west.console, path, "abroad", "https://example.invalid")
    told = west.printed.getvalue()
    assert "1 keys of abroad (jwks) are believed" in told
    assert "! unsuitable: two" in told
    (key,) = elsewhere.accepted(west.settings.keys_at, now())
    assert key.kid == "one"
    here.dismiss(west.settings, west.console, "abroad")
    assert elsewhere.accepted(west.settings.keys_at, now()) == []


async def test_what_is_exported_in_others_forms_is_read_back(office, west, east):
    await listed(office, west)
    out = west.folder / "out"
    await here.export(west.settings, west.console, out)
    forms = (("jwks.json", "https://west.invalid", 2), ("did.json", "", 2), ("dsc.jws", "", 1))
    for name, address, count in forms:
        await take_over(east.settings, east.console, out / name, "west", address)
        found = elsewhere.accepted(east.settings.keys_at, now())
        assert len(found) == count, name
    assert found[0].name == "CN"
    assert len(found[0].kid) == 8


async def test_revoked_codes_of_nobody_that_is_believed_are_refused(office, west):
    await listed(office, west)
    stranger = trust.P256Signer.generate()
    name = trust.key_id(stranger.public_key)
    issuer = trust.Issuer(880300, name, stranger.suite, stranger.public_key, now(), now(), now())
    path = west.folder / "token"
    path.write_text(trust.as_jwt(stranger, issuer, StatusList.of((), size=8), now()))
    with pytest.raises(UntrustedIssuer):
        await take_over(west.settings, west.console, path, "national", "")
    assert KEPT_SECONDS == 3600


async def test_the_reserved_division_asks_for_no_key_of_a_served_region(postgres, tmp_path):
    async with region_of(postgres, tmp_path / "nobody", 880000) as region:
        served = Settings(data_directory=tmp_path / "served", public_url="https://ohc.invalid")
        with pytest.raises(InvalidInput):
            here.issuer(served, region.console, tmp_path / "r.json", "", begins=None)
