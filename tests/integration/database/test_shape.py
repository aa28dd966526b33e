"""What every table keeps to, so that the second layer holds and the database can be distributed.

Source: the limits of Citus for distributed tables, as far as they concern a schema.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

import openhealthcode
from openhealthcode.database import load_queries

LOOKED_UP_BY_KEY = {
    # Look-up tables lead from a key the caller can name to a resident: by the key, not by resident.
    "identity.identifier",
    "access.link_address",
    "healthcode.device",
    "healthcode.signed_code",
    "healthcode.national_card",
    "healthcode.national_card_code",
    "sign_in.session",
    "sign_in.attempt",
    "sign_in.binding",
}


@pytest.fixture
async def owner(owner_url):
    connection = await asyncpg.connect(owner_url)
    yield connection
    await connection.close()


async def tables(owner: asyncpg.Connection, *, of_residents: bool) -> set[str]:
    rows = await owner.fetch(
        """SELECT n.nspname || '.' || c.relname AS name,
                  EXISTS (SELECT FROM pg_attribute a
                           WHERE a.attrelid = c.oid AND a.attname = 'resident_id') AS has_resident
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""
    )
    return {row["name"] for row in rows if row["has_resident"] or not of_residents}


async def test_every_table_of_a_resident_hides_its_rows_even_from_its_owners_role(owner):
    secured = {
        row["name"]
        for row in await owner.fetch(
            """SELECT n.nspname || '.' || c.relname AS name
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relrowsecurity AND c.relforcerowsecurity"""
        )
    }
    assert await tables(owner, of_residents=True) <= secured


async def test_without_a_context_no_table_of_a_resident_shows_a_row(owner, pool):
    for table in await tables(owner, of_residents=True):
        try:
            assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0
        except asyncpg.InsufficientPrivilegeError:
            continue  # may not even be read


async def test_keys_of_residents_tables_begin_with_the_resident(owner):
    rows = await owner.fetch(
        """SELECT n.nspname || '.' || c.relname AS name, i.indexrelid::regclass::text AS index,
                  (SELECT array_agg(a.attname ORDER BY k.place)
                     FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS columns
             FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE i.indisunique AND n.nspname NOT IN ('pg_catalog', 'pg_toast')"""
    )
    of_residents = await tables(owner, of_residents=True) - LOOKED_UP_BY_KEY
    wrong = [
        row["index"]
        for row in rows
        if row["name"] in of_residents and "resident_id" not in row["columns"]
    ]
    assert wrong == []


async def test_foreign_keys_stay_within_one_resident(owner):
    rows = await owner.fetch(
        """SELECT conname, conrelid::regclass::text AS name,
                  (SELECT array_agg(a.attname) FROM unnest(conkey) AS k (attnum)
                     JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.attnum) AS columns
             FROM pg_constraint WHERE contype = 'f'"""
    )
    of_residents = await tables(owner, of_residents=True)
    assert [r["conname"] for r in rows
            if r["name"] in of_residents and "resident_id" not in r["columns"]] == []  # fmt: skip


async def test_there_is_nothing_a_distributed_database_could_not_carry(owner):
    assert await owner.fetchval("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == 0
    assert (
        await owner.fetchval(
            "SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relnamespace::regnamespace::text <> 'pg_toast'"
        )
        == 0
    )
    policies = await owner.fetch(
        "SELECT tablename, coalesce(qual, '') || coalesce(with_check, '') AS rule FROM pg_policies"
    )
    assert policies
    assert not [p["tablename"] for p in policies if "SELECT" in p["rule"].upper()]


async def test_every_named_statement_is_one_the_database_understands(owner):
    """With every parameter's type known: what PREPARE refuses would fail in front of a person."""
    refused = []
    for package in packages_with_queries():
        for name, statement in load_queries(package).items():
            try:
                await owner.prepare(statement)
            except asyncpg.PostgresError as error:
                refused.append(f"{package} {name}: {error}")
    assert refused == []


def packages_with_queries() -> list[str]:
    root = Path(openhealthcode.__file__).parent
    folders = [path.parent.relative_to(root.parent) for path in root.rglob("queries.sql")]
    assert len(folders) > 8
    return [".".join(folder.parts) for folder in folders]


async def test_the_log_can_only_grow(owner):
    rights = await owner.fetch(
        """SELECT table_name, privilege_type FROM information_schema.role_table_grants
            WHERE grantee = 'ohc_app' AND table_schema = 'audit'"""
    )
    allowed = {(r["table_name"], r["privilege_type"]) for r in rights}
    for table in ("event", "leaf"):
        assert {right for name, right in allowed if name == table} == {"SELECT", "INSERT"}
