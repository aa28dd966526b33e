-- demonstration: the cash desk's own database, an SQLite file. Statements are SQLite's own; values by place.

-- name: create_bill
-- Bills, as this program knows them.
CREATE TABLE IF NOT EXISTS bill (
    number TEXT PRIMARY KEY,  -- operational
    terminal TEXT NOT NULL,  -- operational
    total INTEGER NOT NULL,  -- operational
    answer TEXT NOT NULL,  -- operational
    settled TEXT NOT NULL,  -- operational
    paid TEXT NOT NULL,  -- operational
    at REAL NOT NULL  -- operational
) STRICT

-- name: add_bill
-- One row.
INSERT INTO bill (number, terminal, total, answer, settled, paid, at) VALUES (?, ?, ?, ?, ?, ?,
?)
