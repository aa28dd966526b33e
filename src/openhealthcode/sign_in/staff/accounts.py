"""Make, renew and change accounts of staff; the first administrator is made once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from openhealthcode import registry
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.registry import (
    InstitutionEntry,
    InstitutionKind,
    PractitionerEntry,
    PractitionerRole,
)
from openhealthcode.sign_in.hashing import hashed, matches
from openhealthcode.sign_in.model import AccountUnsuitable, Role, SignInRefused
from openhealthcode.sign_in.staff import rules, store
from openhealthcode.sign_in.staff.secret import seal_totp
from openhealthcode.sign_in.staff.store import Account
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId
from openhealthcode.trust import Keys, totp_secret, totp_uri

_ISSUER: Final = "OpenHealthCode"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A new account, and the address to bring into the authenticator app, shown once."""

    practitioner_id: PractitionerId
    totp_secret: bytes = field(repr=False)
    totp_uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who runs the installation from the first day."""

    name: str
    staff_number: str
    password: str = field(repr=False)
    institution_name: str


async def create_account(
    pool: Pool,
    keys: Keys,
    practitioner_id: PractitionerId,
    *,
    staff_number: str,
    password: str,
    roles: Collection[Role],
) -> NewAccount:
    """Make an account for a registered practitioner.

    Raises:
        NotFound: no such practitioner.
        AccountUnsuitable: suspended or external, an account exists, or a rule of ``rules`` fails.
    """
    if not (await registry.practitioner(pool, practitioner_id)).may_have_account:
        raise AccountUnsuitable("this practitioner cannot have an account")
    return await _add(
        pool, keys, practitioner_id, staff_number=staff_number, password=password, roles=roles
    )


async def create_first_administrator(
    pool: Pool, keys: Keys, first: FirstAdministrator
) -> NewAccount:
    """Make the authority, its first officer and the account that makes all others.

    Raises:
        AccountUnsuitable: there is an administrator already, or a rule of ``rules`` fails.
    """
    async with transaction(pool) as connection:
        if await store.an_administrator_exists(connection):
            raise AccountUnsuitable("there is an administrator already")
        institution_id = await registry.register_institution(
            connection,
            InstitutionEntry("authority", InstitutionKind.AUTHORITY, first.institution_name),
        )
        officer = PractitionerEntry(
            f"authority|{rules.normalise_staff_number(first.staff_number)}",
            institution_id,
            first.name,
            PractitionerRole.OFFICER,
            staff_number=first.staff_number,
        )
        practitioner_id = await registry.register_practitioner(connection, officer)
        return await _add(
            connection,
            keys,
            practitioner_id,
            staff_number=first.staff_number,
            password=first.password,
            roles=(Role.ADMINISTRATOR, Role.SUPERVISOR),
        )


async def renew_account(
    pool: Pool,
    keys: Keys,
    practitioner_id: PractitionerId,
    *,
    password: str,
    roles: Collection[Role],
) -> NewAccount:
    """Give an account a new password, authenticator and roles; every session of it ends.

    Raises:
        NotFound: there is no account.
        AccountUnsuitable: a rule of ``rules`` fails.
    """
    account = await store.account(pool, practitioner_id)
    if account is None:
        raise NotFound
    rules.check_account(account.staff_number, password, roles)
    secret = totp_secret()
    secrets = await hashed(password), seal_totp(keys, practitioner_id, secret)
    await store.renew_account(pool, practitioner_id, secrets, roles, datetime.now(UTC))
    return NewAccount(practitioner_id, secret, totp_uri(secret, account.staff_number, _ISSUER))


async def change_password(pool: Pool, practitioner_id: PractitionerId, old: str, new: str) -> None:
    """Replace one's own password.

    Raises:
        SignInRefused: the old one is wrong.
        AccountUnsuitable: the new one is too easy.
    """
    account = await store.account(pool, practitioner_id)
    if not await matches(old, account.password_hash if account else None) or account is None:
        raise SignInRefused
    rules.check_password(account.staff_number, new)
    await store.set_password(pool, practitioner_id, await hashed(new))


async def accounts(pool: Pool) -> list[PractitionerId]:
    """Everybody who has an account, whatever it may still do."""
    return await store.accounts(pool)


async def holders(
    pool: Pool, role: Role, institution_id: InstitutionId | None = None
) -> list[PractitionerId]:
    """Who holds a role at an institution, or anywhere, and works."""
    known = await registry.practitioners(pool, await store.holders(pool, role))
    return sorted(
        one.practitioner_id
        for one in known.values()
        if one.is_active and institution_id in (None, one.institution_id)
    )


async def _add(
    database: Pool | Connection,
    keys: Keys,
    practitioner_id: PractitionerId,
    *,
    staff_number: str,
    password: str,
    roles: Collection[Role],
) -> NewAccount:
    number = rules.normalise_staff_number(staff_number)
    rules.check_account(number, password, roles)
    secret = totp_secret()
    sealed = seal_totp(keys, practitioner_id, secret)
    account = Account(practitioner_id, number, await hashed(password), sealed, frozenset(roles))
    if not await store.add_account(database, account, datetime.now(UTC)):
        raise AccountUnsuitable("this practitioner or staff number has an account already")
    return NewAccount(practitioner_id, secret, totp_uri(secret, number, _ISSUER))
