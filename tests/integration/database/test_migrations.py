"""A database built from the schemas and one built by the migrations are the same."""

from __future__ import annotations

import asyncpg
import pytest

from openhealthcode.database import is_empty, migrate, migrations, mode, schemas, stamp
from openhealthcode.database import split_statements as statements
from openhealthcode.database.migrate import UnsuitableDatabase

CATALOGUE = {
    "columns": """SELECT table_schema, table_name, column_name, ordinal_position, data_type,
                         is_nullable, column_default
                    FROM information_schema.columns""",
    "constraints": """SELECT conrelid::regclass::text AS t, conname, pg_get_constraintdef(oid) AS d
                        FROM pg_constraint WHERE connamespace::regnamespace::text !~ '^pg_'""",
    "indexes": "SELECT schemaname, tablename, indexname, indexdef FROM pg_indexes",
    "policies": "SELECT schemaname, tablename, policyname, cmd, qual, with_check FROM pg_policies",
    "grants": """SELECT table_schema, table_name, grantee, privilege_type
                   FROM information_schema.role_table_grants""",
    "functions": """SELECT oid::regprocedure::text AS f, prosrc FROM pg_proc
                     WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)'""",
    "views": "SELECT schemaname, viewname, definition FROM pg_views",
    "security": """SELECT oid::regclass::text AS t, relrowsecurity, relforcerowsecurity
                     FROM pg_class WHERE relkind = 'r'""",
}


async def shape(url: str) -> dict[str, list[tuple[object, ...]]]:
    connection = await asyncpg.connect(url)
    told = {
        name: sorted(map(tuple, await connection.fetch(q)), key=repr)
        for name, q in CATALOGUE.items()
    }
    await connection.close()
    return {
        name: [row for row in rows if not {"pg_catalog", "information_schema"} & set(map(str, row))]
        for name, rows in told.items()
    }


async def test_migrations_and_schemas_build_the_same_database(owner_url):
    migrated = await shape(owner_url)
    connection = await asyncpg.connect(owner_url)
    for schema in await connection.fetch(
        """SELECT nspname FROM pg_namespace
            WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')"""
    ):
        await connection.execute(f"DROP SCHEMA {schema['nspname']} CASCADE")
    for statement in statements(schemas()):
        await connection.execute(statement)
    await connection.close()
    assert await shape(owner_url) == migrated
    assert migrated["policies"]
    assert migrated["functions"]


async def test_migrating_again_does_nothing(owner_url):
    assert await migrate(owner_url) == []
    assert all(name[:4].isdigit() for name in migrations())


async def test_a_database_is_synthetic_or_in_production_for_life(owner_url):
    assert await mode(owner_url) is None
    assert not await is_empty(owner_url)
    await stamp(owner_url, "synthetic")
    await stamp(owner_url, "synthetic")
    with pytest.raises(UnsuitableDatabase):
        await stamp(owner_url, "production")
    assert await mode(owner_url) == "synthetic"
