"""`ohc uses`: insurers and payment services that joined, certified terminals, regions to ask.

The file is the whole of what an operator decides; bringing it in again replaces what is known under
the same keys. What it leaves out stays as it is; what it marks ``suspended`` ends.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from openhealthcode import app, registry
from openhealthcode.database import Pool
from openhealthcode.registry import Joining, PartnerEntry, TerminalEntry
from openhealthcode.settings import Settings
from openhealthcode.standards import CodeUse, InvalidInput

_KEY_BYTES: Final = 32
_LARGEST: Final = 1_000_000


class _Partner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    key: str
    use: CodeUse
    joining: Joining
    name: str
    address: str
    public_key: str
    name_en: str = ""
    voucher_prefix: str = ""
    voucher_length: int = 0
    suspended: bool = False


class _Terminal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    key: str
    institution: str
    name: str
    jwk: dict[str, str]
    roles: frozenset[CodeUse]
    until: date
    suspended: bool = False


class _Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    division: int
    number: int
    name: str
    address: str
    name_en: str = ""
    suspended: bool = False


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    partner: tuple[_Partner, ...] = ()
    terminal: tuple[_Terminal, ...] = ()
    region: tuple[_Region, ...] = ()


async def bring_in(settings: Settings, console: Console, path: Path | None) -> None:
    """Bring a file in, if one is given, and show what is registered.

    Raises:
        InvalidInput: it is no such file, or names an institution that is not registered.
    """
    file = _read(path) if path else _File()
    async with app.opened(settings) as platform:
        for partner in file.partner:
            await _take_partner(platform.pool, partner)
        certified = [(one, await _take_terminal(platform.pool, one)) for one in file.terminal]
        for region in file.region:
            await _take_region(platform.pool, region)
        known = await registry.partners(platform.pool)
        others = await registry.regions(platform.pool)
        key = platform.partners.public_key.hex()
    console.print(f"region {settings.log_origin}  ed25519 {key}", highlight=False, soft_wrap=True)
    table = Table.grid(padding=(0, 3))
    for one in known:
        table.add_row(one.use, one.joining, one.name, one.address)
    for terminal, terminal_id in certified:
        roles = ", ".join(sorted(terminal.roles))
        table.add_row(roles, str(terminal_id), terminal.name, f"until {terminal.until}")
    for other in others:
        table.add_row("region", f"{other.division:06d}", other.name, other.address)
    console.print(table, highlight=False)


def _read(path: Path) -> _File:
    if not path.is_file() or path.stat().st_size > _LARGEST:
        raise InvalidInput(f"there is no file {path.name} of partners, terminals and regions")
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_File)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"{path.name}: {error}") from None


async def _take_partner(pool: Pool, given: _Partner) -> None:
    partner_id = await registry.register_partner(
        pool,
        PartnerEntry(
            given.key,
            given.use,
            given.joining,
            given.name,
            given.name_en,
            given.address,
            _public_key(given),
            given.voucher_prefix,
            given.voucher_length,
        ),
    )
    if given.suspended:
        await registry.suspend_partner(pool, partner_id)


def _public_key(given: _Partner) -> bytes:
    try:
        key = bytes.fromhex(given.public_key)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise InvalidInput(f"partner {given.key}: its key has 64 hexadecimal digits (Ed25519)")
    return key


async def _take_terminal(pool: Pool, given: _Terminal) -> object:
    institution_id = await registry.institution_by_key(pool, given.institution)
    if institution_id is None:
        raise InvalidInput(f"terminal {given.key}: its institution is not registered")
    jwk: dict[str, Any] = dict(given.jwk)
    until = datetime.combine(given.until, datetime.min.time(), UTC)
    terminal_id = await registry.certify_terminal(
        pool,
        TerminalEntry(given.key, institution_id, given.name, jwk, given.roles, until),
    )
    if given.suspended:
        await registry.suspend_terminal(pool, terminal_id)
    return terminal_id


async def _take_region(pool: Pool, given: _Region) -> None:
    await registry.admit_region(
        pool,
        registry.Region(given.division, given.number, given.name, given.name_en, given.address),
    )
    if given.suspended:
        await registry.suspend_region(pool, given.division)
