"""`ohc trust import`: take over another's list, whatever form it has."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from openhealthcode import app, healthcode, trust
from openhealthcode.app import Platform
from openhealthcode.commands.trust_files import bytes_of, line_of, say
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import (
    NATIONAL,
    NoTrustList,
    UnreadableStatusList,
    UntrustedIssuer,
    UntrustedSignature,
    elsewhere,
    read_bundle,
)

_TAGGED_SIGNATURE = b"\xd2\x84"
_MAP_OF_TWO = b"\xa2"


async def take_over(
    settings: Settings, console: Console, path: Path, authority: str, address: str
) -> None:
    """Take over what a file says, as far as somebody who was admitted signed it.

    Args:
        path: a trust list, a desk's bundle, a list of revoked codes; or a JWK Set, a list of
            document signers, a DID document of others.
        authority: by whose roots a list is checked; for keys of others, what to call the source.
        address: of the issuer, for a JWK Set.

    Raises:
        UnsuitableTrustList, UnsuitableAuthority, UntrustedIssuer, UntrustedSignature,
        UnreadableStatusList, UnreadableKeyList: as these say.
    """
    data = bytes_of(path)
    if data[:1] == _MAP_OF_TWO or data[:2] == _TAGGED_SIGNATURE or _is_token(data):
        async with app.opened(settings) as platform:
            if data[:1] == _MAP_OF_TWO:
                await _take_list(platform, console, data, authority)
            else:
                await _take_status(platform, console, data)
    elif _is_bundle(data):
        async with app.opened(settings) as platform:
            await _take_bundle(platform, console, data, authority)
    else:
        _take_keys(settings, console, data, authority, address)


async def _take_list(platform: Platform, console: Console, data: bytes, authority: str) -> None:
    read = await healthcode.publish_list(platform.pool, platform.keys, data, authority)
    say(console, f"list {read.number} of {authority}, of {read.issued_at:%Y-%m-%d %H:%M} UTC")
    try:
        believed = await trust.current(platform.pool, platform.keys)
    except NoTrustList:
        raise InvalidInput("there is no national list here yet, which comes first") from None
    for key, issuer in sorted(read.issuers.items()):
        mark = "" if believed.issuers.get(key) == issuer else "  NOT believed: not its region"
        say(console, line_of(issuer) + mark)


async def _take_status(platform: Platform, console: Console, data: bytes) -> None:
    believed = await trust.current(platform.pool, platform.keys)
    for issuer in believed.issuers.values():
        try:
            await trust.import_status(platform.pool, platform.keys, data, issuer)
        except (UntrustedSignature, UnreadableStatusList):
            continue
        say(console, f"revoked codes of {issuer.region:06d} {issuer.key_id.hex()}")
        return
    raise UntrustedIssuer


async def _take_bundle(platform: Platform, console: Console, data: bytes, authority: str) -> None:
    """The national list of whoever wrote the bundle, by our word for it; and who is revoked."""
    bundle = read_bundle(data)
    await _take_list(platform, console, bundle.lists.get(NATIONAL, b""), authority)
    believed = await trust.current(platform.pool, platform.keys)
    own = platform.keys.issuers.region
    for key, token in bundle.status.items():
        issuer = believed.issuers.get(key)
        if issuer is not None and issuer.region != own:
            await trust.import_status(platform.pool, platform.keys, token, issuer)
            say(console, f"revoked codes of {issuer.region:06d} {issuer.key_id.hex()}")


def _take_keys(
    settings: Settings, console: Console, data: bytes, source: str, address: str
) -> None:
    form, found = elsewhere.read_published(data, datetime.now(UTC), address=address)
    if source == NATIONAL:
        raise InvalidInput("say what to call this source: --authority")
    elsewhere.accept(settings.keys_at, source, found.keys)
    say(console, f"{len(found.keys)} keys of {source} ({form.value}) are believed")
    for name, defect in found.defects:
        say(console, f"  ! {defect.value}{f': {name}' if name else ''}")


def _is_token(data: bytes) -> bool:
    """A JWT; a signed list of keys begins alike and carries its payload in the open."""
    return data[:3] == b"eyJ" and b"{" not in data


def _is_bundle(data: bytes) -> bool:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and "lists" in content
