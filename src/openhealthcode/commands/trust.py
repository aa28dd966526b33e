"""`ohc trust`: an installation's keys for signed codes, and the lists it believes and publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console

from openhealthcode import app, healthcode, trust
from openhealthcode.access import carried
from openhealthcode.commands.trust_files import bytes_of, line_of, say, suite_named, text_of
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import (
    NATIONAL,
    RESERVED_DIVISION,
    Authority,
    Freshness,
    Issuer,
    Keys,
    NoTrustList,
    OwnKey,
    Roots,
    TrustList,
    elsewhere,
    lists,
)
from openhealthcode.trust.lists import IssuerRequest

_SIGNS_FOR: Final = timedelta(days=365)
_BELIEVED_FOR: Final = timedelta(days=365 * 11)
"""Cards are good for up to ten years after the last day their key signed."""
_COUNTRY: Final = "CN"
_SOON: Final = timedelta(days=30)


def init(
    settings: Settings,
    console: Console,
    files: Sequence[Path],
    needed: int,
    name: str,
    regions: Sequence[int],
) -> None:
    """Believe lists that these roots sign, from now on.

    Raises:
        InvalidInput: another authority of this name is there already, or more are needed than given.
        UnsuitableAuthority: a file is no public root, or a name or region does not fit.
    """
    authority = _authority(files, needed, name, regions)
    with _keys(settings) as keys:
        known = keys.authorities.get(authority.name)
        if known is not None and known != authority:
            raise InvalidInput(f"{name} is believed already, by other roots: dismiss it first")
        trust.admit(keys.directory, authority)
    whose = "every region" if not regions else ", ".join(f"{one:06d}" for one in sorted(regions))
    say(console, f"{name}: {authority.roots.needed} of {len(authority.roots.keys)}, for {whose}")
    for _, public in authority.roots.keys.values():
        say(console, f"  {trust.fingerprint(public)}")
    say(console, "Compare these with people you know, on paper or by voice.")


def dismiss(settings: Settings, console: Console, name: str) -> None:
    """Believe an authority, or a source of others' keys, no longer."""
    with _keys(settings) as keys:
        trust.dismiss(keys.directory, name)
        elsewhere.forget(keys.directory, name)
    say(console, f"{name} is not believed any more")


def issuer(
    settings: Settings, console: Console, out: Path, suite: str, *, begins: datetime | None
) -> None:
    """Make a key of the region for signed codes, and the request to have it listed."""
    now = datetime.now(UTC).replace(microsecond=0)
    with _keys(settings) as keys:
        _check_division(settings)
        made = keys.issuers.make(suite_named(suite) if suite else trust.code_suite(keys.suite))
        asked = _request(keys, made, begins or _first_moment(keys, made, now))
        out.write_text(
            lists.write_request(asked, keys.issuers.signer(made.key_id)), encoding="utf-8"
        )
    _tell_request(console, asked, out)


def rotate(settings: Settings, console: Console, out: Path) -> None:
    """Make the next key, and the request that lets the present one retire when it begins.

    Raises:
        NoCodeIssuer: no key signs now.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    with _keys(settings) as keys:
        present = keys.code_issuer(now)
        made = keys.issuers.make(present.suite)
        begins = now + lists.ANNOUNCED_FOR + timedelta(days=1)
        asked = _request(keys, made, begins, retires=(present.key_id, begins))
        out.write_text(
            lists.write_request(asked, keys.issuers.signer(made.key_id)), encoding="utf-8"
        )
    _tell_request(console, asked, out)


def compromise(settings: Settings, console: Console, key: str, out: Path) -> None:
    """Destroy a key that others may know, and ask to have it left out of the next list.

    Raises:
        InvalidInput: this is no name of a key.
        UnknownKey: it is not ours.
    """
    try:
        name = bytes.fromhex(key)
    except ValueError:
        raise InvalidInput("a key is named by its eight hexadecimal digits") from None
    with _keys(settings) as keys:
        keys.issuers.destroy(name)
        asked = IssuerRequest(keys.issuers.region, removes=name)
    out.write_text(lists.write_request(asked), encoding="utf-8")
    say(console, f"key {key} is destroyed: it signs nothing any more, here or in a backup's hands")
    say(console, "Until a list without it is published, others go on believing what it signed.")
    _tell_request(console, asked, out)


async def publish(settings: Settings, console: Console, path: Path) -> None:
    """Publish a national list: logged, believed by every process, and the region's keys follow it.

    Raises:
        UnsuitableTrustList, UnsuitableAuthority: as ``healthcode.publish_list``.
    """
    document = bytes_of(path)
    async with app.opened(settings) as platform:
        read = await healthcode.publish_list(platform.pool, platform.keys, document)
        await healthcode.publish_revoked(platform.pool, platform.keys, datetime.now(UTC))
        _tell_list(console, read, platform.keys.issuers.region)


async def export(settings: Settings, console: Console, folder: Path) -> None:
    """Write what others need: lists, roots, revoked codes, keys in the forms others read.

    Raises:
        NoTrustList: nothing was published here.
    """
    async with app.opened(settings) as platform:
        listed = await trust.current(platform.pool, platform.keys)
        bundle = await trust.bundle(platform.pool, platform.keys)
        region = platform.keys.issuers.region
        of_cards = carried.card_jwk(platform.keys)
        signers = _signers_list(settings, platform.keys)
    own = [one for one in listed.issuers.values() if one.region == region]
    jwks = [*trust.write_jwks(own)["keys"], of_cards]
    document = elsewhere.write_did(
        f"did:web:{_host(settings)}", {str(one["kid"]): one for one in jwks}
    )
    files = {
        "list.cbor": bundle.lists[NATIONAL],
        "roots.json": trust.write_authority(bundle.authorities[NATIONAL]).encode(),
        "bundle.json": trust.write_bundle(bundle),
        "jwks.json": json.dumps({"keys": jwks}, indent=2).encode(),
        "did.json": document.encode(),
        "dsc.jws": signers.encode(),
    }
    for (of, key), token in bundle.status.items():
        files[f"status-{of:06d}-{key.hex()}.cwt"] = token
    _write(console, folder, files)


def _signers_list(settings: Settings, keys: Keys) -> str:
    """The key our health certificates are signed with, as others list document signers."""
    key = carried.card_key(keys)
    address = f"https://{_host(settings)}"
    named = {elsewhere.kid_of(key): trust.jwk_of(key)}
    now = datetime.now(UTC)
    return elsewhere.write_dsc_list(keys.card_signer(), address, _COUNTRY, named, now)


def _write(console: Console, folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        say(console, f"{folder / name}  {len(data)} bytes")


async def check(settings: Settings, console: Console, path: Path | None, roots: Path | None) -> int:
    """Say what a list, or this installation, lets one believe; 1 if something is to be done."""
    now = datetime.now(UTC)
    if path is not None:
        if roots is None:
            raise InvalidInput("a file is checked by its roots: say --roots")
        read = _read_file(path, trust.read_authority(text_of(roots)))
        _tell_list(console, read, None)
        return _tell_wrong(console, _wrong_with_list(read, now))
    async with app.opened(settings) as platform:
        try:
            read = await trust.current(platform.pool, platform.keys)
        except NoTrustList as error:
            say(console, str(error))
            return 1
        keys = platform.keys
        _tell_list(console, read, keys.issuers.region)
        wrong = [*_wrong_with_list(read, now), *_wrong_with_own(keys, read, now)]
    return _tell_wrong(console, wrong)


def _read_file(path: Path, authority: Authority) -> TrustList:
    data = bytes_of(path)
    if data[:1] == b"{":
        return trust.trusted(trust.read_bundle(data), {NATIONAL: authority})
    return lists.read(data, authority.roots)


def _wrong_with_list(read: TrustList, now: datetime) -> Iterator[str]:
    if read.freshness(now) is not Freshness.FRESH:
        days = (now - read.issued_at).days
        yield f"the list is {days} days old: {read.freshness(now).name.lower()}"
    for one in read.issuers.values():
        if one.key_id not in read.revoked:
            yield f"no list of revoked codes of {one.region:06d} {one.key_id.hex()}: all are refused"
        elif read.freshness(now, one) is not Freshness.FRESH:
            yield f"the list of revoked codes of {one.region:06d} {one.key_id.hex()} is old"


def _wrong_with_own(keys: Keys, read: TrustList, now: datetime) -> Iterator[str]:
    signing = [
        one for (region, _), one in read.issuers.items()
        if region == keys.issuers.region and one.believed_from <= now < one.signs_until
    ]  # fmt: skip
    if not signing:
        yield "no key of this region signs codes now: ohc trust issuer"
    elif max(one.signs_until for one in signing) - now < _SOON and not _is_followed(
        keys, read, now
    ):
        yield "the key of this region soon signs no more: ohc trust rotate"


def _is_followed(keys: Keys, read: TrustList, now: datetime) -> bool:
    return any(
        region == keys.issuers.region and one.believed_from > now
        for (region, _), one in read.issuers.items()
    )


def _tell_wrong(console: Console, wrong: list[str] | Iterator[str]) -> int:
    sentences = list(wrong)
    for sentence in sentences:
        say(console, f"✗ {sentence}")
    if not sentences:
        say(console, "all is well")
    return int(bool(sentences))


def _tell_list(console: Console, read: TrustList, own: int | None) -> None:
    say(console, f"list {read.number}, of {read.issued_at:%Y-%m-%d %H:%M} UTC")
    for one in sorted(read.issuers.values(), key=lambda one: (one.region, one.believed_from)):
        listed = read.revoked.get(one.key_id)
        told = "no list of revoked codes" if listed is None else f"{listed.count} codes revoked"
        say(console, f"{line_of(one)}\n       {told}{', ours' if one.region == own else ''}")


def _authority(files: Sequence[Path], needed: int, name: str, regions: Sequence[int]) -> Authority:
    texts = [text_of(path) for path in files]
    if len(texts) == 1 and '"roots"' in texts[0]:
        roots = trust.read_authority(texts[0]).roots
    else:
        found = [trust.read_public_root(text) for text in texts]
        if not 0 < needed <= len(found):
            raise InvalidInput("--needed is between one and the number of roots")
        roots = Roots.of(needed, *found)
    return Authority(name, roots, frozenset(regions) if regions else None)


def _request(
    keys: Keys, made: OwnKey, begins: datetime, retires: tuple[bytes, datetime] | None = None
) -> IssuerRequest:
    ends = begins + _SIGNS_FOR
    wanted = Issuer(
        keys.issuers.region,
        made.key_id,
        made.suite,
        made.public_key,
        begins,
        ends,
        ends + _BELIEVED_FOR,
    )
    return IssuerRequest(keys.issuers.region, wanted, retires)


def _first_moment(keys: Keys, made: OwnKey, now: datetime) -> datetime:
    """At once for the first key; for another one when every desk has heard of it."""
    others = [one for one in keys.issuers.own_keys() if one.listed and one.key_id != made.key_id]
    return now + lists.ANNOUNCED_FOR + timedelta(days=1) if others else now


def _tell_request(console: Console, asked: IssuerRequest, out: Path) -> None:
    if asked.lists is not None:
        say(console, line_of(asked.lists))
    say(console, f"to be handed to the national office: {out}")


def _check_division(settings: Settings) -> None:
    if settings.region_division == RESERVED_DIVISION and settings.public_url:
        raise InvalidInput("say which region this is: OHC_REGION_DIVISION")


def _host(settings: Settings) -> str:
    return settings.public_url.removeprefix("https://").rstrip("/") or "openhealthcode.invalid"


@contextmanager
def _keys(settings: Settings) -> Iterator[Keys]:
    keys = app.keys_of(settings)
    try:
        yield keys
    finally:
        keys.close()
