-- trust: the key store, an SQLite file apart from the database and from its backups.
-- Nothing in it is readable without the key provider's root keys. Statements are SQLite's own.

-- name: create_kek
-- Key-encryption keys, one a month. The current one is the youngest.
CREATE TABLE IF NOT EXISTS kek (
    number         INTEGER PRIMARY KEY,   -- operational
    month          TEXT    NOT NULL UNIQUE,  -- operational
    wrapped        BLOB,                  -- operational: NULL once destroyed
    superseded_on  TEXT                   -- operational: NULL for the current one
) STRICT

-- name: create_data_key
-- One row per resident and class; a destroyed key keeps its row so that it is never made anew.
CREATE TABLE IF NOT EXISTS data_key (
    resident_id    BLOB    NOT NULL,      -- operational
    key_class      INTEGER NOT NULL,      -- operational
    suite          TEXT    NOT NULL,      -- operational
    kek            INTEGER NOT NULL REFERENCES kek (number),  -- operational
    wrapped        BLOB,                  -- operational: NULL once destroyed
    PRIMARY KEY (resident_id, key_class)
) STRICT, WITHOUT ROWID

-- name: create_data_key_by_kek
-- Rotation asks which rows are not yet under the current key.
CREATE INDEX IF NOT EXISTS data_key_by_kek ON data_key (kek) WHERE wrapped IS NOT NULL

-- name: create_region_key
-- The region's own keys by use, wrapped by the provider directly.
CREATE TABLE IF NOT EXISTS region_key (
    name           TEXT    PRIMARY KEY,   -- operational
    wrapped        BLOB    NOT NULL       -- operational
) STRICT, WITHOUT ROWID

-- name: region_key
-- By primary key, once per process and use.
SELECT wrapped FROM region_key WHERE name = ?1

-- name: add_region_key
-- The first process wins; the others read its key.
INSERT INTO region_key (name, wrapped) VALUES (?1, ?2) ON CONFLICT DO NOTHING

-- name: data_keys
-- Three neighbouring rows of the primary key.
SELECT key_class, suite, kek, wrapped FROM data_key WHERE resident_id = ?1

-- name: add_data_key
-- The first writer wins; a destroyed key stays destroyed.
INSERT INTO data_key (resident_id, key_class, suite, kek, wrapped)
VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING

-- name: destroy_data_key
-- By primary key.
UPDATE data_key SET wrapped = NULL
 WHERE resident_id = ?1 AND key_class = ?2 AND wrapped IS NOT NULL

-- name: keks
-- A few rows: one a month.
SELECT number, month, wrapped, superseded_on FROM kek ORDER BY number

-- name: youngest_kek
-- By primary key, before each creation of data keys.
SELECT number, month, wrapped, superseded_on FROM kek ORDER BY number DESC LIMIT 1

-- name: add_kek
-- Once a month; of two processes at once the first wins.
INSERT INTO kek (month, wrapped) VALUES (?1, ?2) ON CONFLICT (month) DO NOTHING

-- name: supersede_keks
-- Once a month.
UPDATE kek SET superseded_on = ?2 WHERE month < ?1 AND superseded_on IS NULL

-- name: data_keys_of_older_keks
-- By the index on kek; a batch at a time.
SELECT resident_id, key_class, suite, kek, wrapped FROM data_key
 WHERE kek < ?1 AND wrapped IS NOT NULL LIMIT ?2

-- name: rewrap_data_key
-- By primary key.
UPDATE data_key SET kek = ?3, wrapped = ?4 WHERE resident_id = ?1 AND key_class = ?2

-- name: kek_in_use
-- By the index on kek.
SELECT EXISTS (SELECT 1 FROM data_key WHERE kek = ?1 AND wrapped IS NOT NULL)

-- name: destroy_kek
-- Once a month.
UPDATE kek SET wrapped = NULL WHERE number = ?1
