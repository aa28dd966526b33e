-- demonstration: the insurer's own database, an SQLite file. Statements are SQLite's own; values by place.

-- name: create_customer
-- Customers, as this program knows them.
CREATE TABLE IF NOT EXISTS customer (
    id_no TEXT PRIMARY KEY,  -- identity
    name TEXT NOT NULL,  -- identity
    number TEXT NOT NULL  -- operational
) STRICT

-- name: create_subject
-- Subjects, as this program knows them.
CREATE TABLE IF NOT EXISTS subject (
    subject TEXT PRIMARY KEY,  -- operational
    id_no TEXT NOT NULL  -- identity
) STRICT

-- name: create_voucher
-- Vouchers, as this program knows them.
CREATE TABLE IF NOT EXISTS voucher (
    code TEXT PRIMARY KEY,  -- operational
    id_no TEXT NOT NULL,  -- identity
    until REAL NOT NULL  -- operational
) STRICT

-- name: create_token
-- Tokens, as this program knows them.
CREATE TABLE IF NOT EXISTS token (
    token TEXT PRIMARY KEY,  -- operational
    id_no TEXT NOT NULL,  -- identity
    org TEXT NOT NULL,  -- operational
    business TEXT NOT NULL,  -- operational
    until REAL NOT NULL  -- operational
) STRICT

-- name: create_settlement
-- Settlements, as this program knows them.
CREATE TABLE IF NOT EXISTS settlement (
    number TEXT PRIMARY KEY,  -- operational
    id_no TEXT NOT NULL,  -- identity
    org TEXT NOT NULL,  -- operational
    total INTEGER NOT NULL,  -- operational
    fund INTEGER NOT NULL,  -- operational
    at REAL NOT NULL  -- operational
) STRICT

-- name: join
-- A name of the region, for a customer.
INSERT INTO subject (subject, id_no) VALUES (?, ?)

-- name: leave
-- By primary key.
DELETE FROM subject WHERE subject = ?

-- name: customer_by_subject
-- By primary key.
SELECT id_no FROM subject WHERE subject = ?

-- name: take_voucher
-- By primary key; good once.
DELETE FROM voucher WHERE code = ? AND until > ? RETURNING id_no

-- name: customer_name
-- By primary key.
SELECT name FROM customer WHERE id_no = ?

-- name: add_token
-- One row.
INSERT INTO token (token, id_no, org, business, until) VALUES (?, ?, ?, ?, ?)

-- name: add_customer
-- One row, once.
INSERT INTO customer (id_no, name, number) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: add_voucher
-- One row.
INSERT INTO voucher (code, id_no, until) VALUES (?, ?, ?)

-- name: take_token
-- By primary key; good once, at its institution.
DELETE FROM token WHERE token = ? AND org = ? AND until > ? RETURNING id_no

-- name: add_settlement
-- One row.
INSERT INTO settlement (number, id_no, org, total, fund, at) VALUES (?, ?, ?, ?, ?, ?)

-- name: settlements
-- The latest, for the page that shows all this insurer knows.
SELECT c.name, s.org, s.total, s.fund FROM settlement s JOIN customer c USING (id_no) ORDER BY
s.at DESC LIMIT 20
