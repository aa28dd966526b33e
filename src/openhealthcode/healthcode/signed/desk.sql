-- healthcode.signed: what a desk without network keeps in a file of its own. Statements are SQLite's.
-- A handle says nothing about a person; the digits are what a phone signed.

-- name: create_accepted
-- Some hundred rows a day at a busy desk.
CREATE TABLE IF NOT EXISTS accepted (
    number       INTEGER PRIMARY KEY,  -- operational
    handle       BLOB    NOT NULL,     -- operational
    until        INTEGER NOT NULL,     -- operational
    accepted_at  INTEGER NOT NULL,     -- operational
    code         TEXT    NOT NULL      -- operational
) STRICT

-- name: create_accepted_by_handle
-- Every scan asks whether its handle was met.
CREATE INDEX IF NOT EXISTS accepted_by_handle ON accepted (handle, until)

-- name: create_newest
-- The number of the newest list this desk went by: it goes back to none before. One row.
CREATE TABLE IF NOT EXISTS newest (
    one     INTEGER PRIMARY KEY CHECK (one = 1),  -- operational
    number  INTEGER NOT NULL                      -- public
) STRICT

-- name: is_accepted
-- By the index on handles. Parameters: handle, now.
SELECT EXISTS (SELECT 1 FROM accepted WHERE handle = ? AND until > ?)

-- name: add_accepted
-- One row. Parameters: the columns in order.
INSERT INTO accepted (handle, until, accepted_at, code) VALUES (?, ?, ?, ?)

-- name: accepted
-- All rows, in their order: once, when they are handed in.
SELECT accepted_at, code FROM accepted ORDER BY number

-- name: newest
-- The one row.
SELECT coalesce(max(number), 0) FROM newest

-- name: remember_newest
-- The one row. Parameters: number.
INSERT INTO newest (one, number) VALUES (1, ?)
    ON CONFLICT (one) DO UPDATE SET number = max(number, excluded.number)
