"""Tests may use a database another used before; they must not be able to tell."""

from __future__ import annotations

import asyncpg
import pytest

import databases
from openhealthcode.database import embedded

MARK = (
    "INSERT INTO ohc.installation VALUES"
    " (true, 'synthetic', '00000000-0000-4000-8000-000000000000', statement_timestamp())"
)


async def tell(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def used(of: embedded.EmbeddedPostgres, statement: str) -> tuple[str, str]:
    """Run a statement in one fresh database; its name and that of the next fresh one."""
    with databases.fresh_database(of) as first:
        await tell(first.owner_url, statement)
    with databases.fresh_database(of) as second:
        connection = await asyncpg.connect(second.owner_url)
        try:
            assert await connection.fetchval("SELECT count(*) FROM ohc.installation") == 0
        finally:
            await connection.close()
    return first.name, second.name


async def test_one_that_was_only_written_to_is_emptied_and_used_again(
    postgres: embedded.EmbeddedPostgres,
) -> None:
    first, second = await used(postgres, MARK)
    assert first == second


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE ohc.installation ADD COLUMN extra text",
        "ALTER TABLE audit.event DISABLE ROW LEVEL SECURITY",
        "DROP POLICY by_resident ON identity.phone",
        "GRANT DELETE ON ohc.installation TO ohc_app",
        "CREATE TABLE public.mine (a int)",
        "ALTER TABLE ohc.installation DROP CONSTRAINT installation_only_row_check",
        "DELETE FROM ohc.migration",
    ],
)
async def test_one_whose_schema_was_changed_is_thrown_away(
    postgres: embedded.EmbeddedPostgres, statement: str
) -> None:
    first, second = await used(postgres, statement)
    assert first != second


async def test_whoever_is_still_connected_is_shown_out(
    postgres: embedded.EmbeddedPostgres,
) -> None:
    with databases.fresh_database(postgres) as first:
        lingering = await asyncpg.connect(first.url)
    with pytest.raises(asyncpg.PostgresConnectionError):
        await lingering.execute("SELECT 1")
    lingering.terminate()
