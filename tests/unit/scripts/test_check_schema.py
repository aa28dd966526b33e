"""Each rule of the SQL can be broken, and then says so."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import check_schema

SCHEMA = """-- consent: what residents allow.
-- Distribution column (Citus): resident_id.
CREATE SCHEMA consent;

CREATE TABLE consent.provision (
    resident_id  uuid  NOT NULL,  -- operational
    category     text  NOT NULL
                 CHECK (category <> ''),  -- health
    revoked_by   uuid,            -- set with revoked_at -- operational
    PRIMARY KEY (resident_id, category)
);
"""
QUERIES = """-- consent: statements.

-- name: provisions
-- One shard, by primary key.
SELECT category FROM consent.provision WHERE resident_id = $1
"""


def test_a_sound_domain_has_no_findings(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text(SCHEMA)
    (tmp_path / "queries.sql").write_text(QUERIES)
    (tmp_path / "store.py").write_text('"""SELECT is mentioned."""\nNAME = "Select a clinic"\n')
    assert list(check_schema.findings(tmp_path)) == []


@pytest.mark.parametrize("column", ["resident_id", "category", "revoked_by"])
def test_an_unclassified_column_is_found(column: str) -> None:
    kind = "health" if column == "category" else "operational"
    before, _, after = SCHEMA.partition(f"    {column} ")
    schema = before + f"    {column} " + after.replace(f"-- {kind}", "", 1)
    found = list(check_schema.unclassified(schema))
    assert len(found) == 1
    assert found[0].startswith(f"consent.provision.{column} is not classified")


def test_a_class_of_our_own_invention_is_not_one() -> None:
    assert list(check_schema.unclassified(SCHEMA.replace("-- health", "-- secret")))


def test_a_schema_without_distribution_column_is_found(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text(SCHEMA.replace("Distribution", "Sort"))
    assert any("distribution" in finding for finding in check_schema.findings(tmp_path))


def test_a_query_without_a_reason_is_found() -> None:
    queries = QUERIES.replace("-- One shard, by primary key.\n", "")
    assert list(check_schema.ill_named(queries)) == ["provisions does not say why it is fast"]


def test_two_queries_of_one_name_are_found() -> None:
    assert list(check_schema.ill_named(QUERIES + QUERIES)) == ["provisions occurs twice"]


@pytest.mark.parametrize("star", ["SELECT *", "SELECT p.*", "select *"])
def test_a_star_is_found(star: str) -> None:
    queries = QUERIES.replace("SELECT category", star)
    assert list(check_schema.ill_named(queries)) == ["provisions does not list its columns"]


def test_counting_and_explaining_with_a_star_is_allowed() -> None:
    queries = QUERIES.replace("SELECT category", "SELECT count(*)").replace("fast", "SELECT *")
    assert list(check_schema.ill_named(queries)) == []


@pytest.mark.parametrize(
    "code",
    [
        'run("SELECT name FROM resident")',
        'run(f"UPDATE {table} SET x = 1")',
        'STATEMENT = """\n    INSERT INTO record.entry VALUES (1)\n"""',
        'run("WITH newest AS (SELECT 1) SELECT 1")',
        'run("DROP TABLE resident")',
    ],
)
def test_a_statement_in_a_string_is_found(code: str) -> None:
    assert list(check_schema.sql_in(ast.parse(code))) != []


@pytest.mark.parametrize(
    "code",
    [
        '"""SELECT is explained here."""',
        'run("BEGIN; SET LOCAL ohc.task = 1")',
        'say("Update the record")',
        'say("DELETE")',
    ],
)
def test_prose_and_transactions_are_not_statements(code: str) -> None:
    assert list(check_schema.sql_in(ast.parse(code))) == []
