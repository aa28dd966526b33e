-- demonstration: the payment service's own database, an SQLite file. Statements are SQLite's own; values by place.

-- name: create_account
-- Accounts, as this program knows them.
CREATE TABLE IF NOT EXISTS account (
    account TEXT PRIMARY KEY,  -- operational
    owner TEXT NOT NULL,  -- identity
    fen INTEGER NOT NULL  -- operational
) STRICT

-- name: create_number
-- Numbers, as this program knows them.
CREATE TABLE IF NOT EXISTS number (
    number TEXT PRIMARY KEY,  -- operational
    account TEXT NOT NULL  -- operational
) STRICT

-- name: create_subject
-- Subjects, as this program knows them.
CREATE TABLE IF NOT EXISTS subject (
    subject TEXT PRIMARY KEY,  -- operational
    account TEXT NOT NULL  -- operational
) STRICT

-- name: create_barcode
-- Barcodes, as this program knows them.
CREATE TABLE IF NOT EXISTS barcode (
    code TEXT PRIMARY KEY,  -- operational
    account TEXT NOT NULL,  -- operational
    merchant TEXT NOT NULL,  -- operational
    until REAL NOT NULL  -- operational
) STRICT

-- name: create_trade
-- Trades, as this program knows them.
CREATE TABLE IF NOT EXISTS trade (
    transaction_id TEXT PRIMARY KEY,  -- operational
    account TEXT NOT NULL,  -- operational
    merchant TEXT NOT NULL,  -- operational
    out_trade_no TEXT NOT NULL,  -- operational
    fen INTEGER NOT NULL,  -- operational
    at REAL NOT NULL,  -- operational
    UNIQUE (merchant, out_trade_no)
) STRICT

-- name: take_number
-- By primary key; good once.
DELETE FROM number WHERE number = ? RETURNING account

-- name: join
-- A name of the region, for an account.
INSERT INTO subject (subject, account) VALUES (?, ?)

-- name: leave
-- By primary key.
DELETE FROM subject WHERE subject = ?

-- name: account_by_subject
-- By primary key.
SELECT account FROM subject WHERE subject = ?

-- name: add_barcode
-- One row.
INSERT INTO barcode (code, account, merchant, until) VALUES (?, ?, ?, ?)

-- name: take_barcode
-- By primary key; good once, at its merchant or, if drawn so, anywhere.
DELETE FROM barcode WHERE code = ? AND merchant IN (?, '*') AND until > ? RETURNING account

-- name: pay
-- By primary key; nothing where there is too little.
UPDATE account SET fen = fen - ? WHERE account = ? AND fen >= ? RETURNING fen

-- name: add_trade
-- One row.
INSERT INTO trade (transaction_id, account, merchant, out_trade_no, fen, at) VALUES (?, ?, ?, ?,
?, ?)

-- name: add_account
-- One row.
INSERT INTO account (account, owner, fen) VALUES (?, ?, ?)

-- name: add_number
-- One row.
INSERT INTO number (number, account) VALUES (?, ?)

-- name: trades
-- The latest, for the page that shows all this service knows.
SELECT a.owner, t.merchant, t.fen FROM trade t JOIN account a USING (account) ORDER BY t.at DESC
LIMIT 20
