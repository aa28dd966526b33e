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

-- name: create_issuer_key
-- The region's keys for signed codes; a few over the years. Times are those of the trust list.
CREATE TABLE IF NOT EXISTS issuer_key (
    key_id         BLOB    PRIMARY KEY,   -- public
    suite          INTEGER NOT NULL,      -- public
    public_key     BLOB    NOT NULL,      -- public
    wrapped        BLOB,                  -- operational: NULL once destroyed
    made_at        INTEGER NOT NULL,      -- operational
    signs_from     INTEGER,               -- public: NULL until a list names the key
    signs_until    INTEGER,               -- public
    believed_until INTEGER                -- public
) STRICT, WITHOUT ROWID

-- name: create_trust_list
-- The highest number of each authority's lists that was taken here: apart from the database, which
-- could be made to forget the newer ones.
CREATE TABLE IF NOT EXISTS trust_list (
    authority      TEXT    PRIMARY KEY,   -- public
    number         INTEGER NOT NULL       -- public
) STRICT, WITHOUT ROWID

-- name: create_signed_head
-- The newest head each log signed: apart from the log's files and from the database, so that
-- neither a backup of these nor a second sequencer can make a log say two things.
CREATE TABLE IF NOT EXISTS signed_head (
    origin         TEXT    PRIMARY KEY,   -- public
    size           INTEGER NOT NULL,      -- public
    root           BLOB    NOT NULL       -- public
) STRICT, WITHOUT ROWID

-- name: add_issuer_key
-- Once a year or so.
INSERT INTO issuer_key (key_id, suite, public_key, wrapped, made_at, signs_from, signs_until,
                        believed_until)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)

-- name: issuer_keys
-- A few rows.
SELECT key_id, suite, public_key, wrapped, made_at, signs_from, signs_until, believed_until
  FROM issuer_key ORDER BY made_at, key_id

-- name: unlist_issuer_keys
-- With each list that is published; a few rows.
UPDATE issuer_key SET signs_from = NULL, signs_until = NULL, believed_until = NULL

-- name: schedule_issuer_key
-- By primary key.
UPDATE issuer_key SET signs_from = ?2, signs_until = ?3, believed_until = ?4 WHERE key_id = ?1

-- name: signing_issuer_key
-- For each code that is signed; a few rows.
SELECT key_id, suite, public_key, wrapped, made_at, signs_from, signs_until, believed_until
  FROM issuer_key
 WHERE wrapped IS NOT NULL AND signs_from <= ?1 AND signs_until > ?1
 ORDER BY signs_from DESC, made_at DESC, key_id LIMIT 1

-- name: destroy_issuer_key
-- By primary key.
UPDATE issuer_key
   SET wrapped = NULL, signs_from = NULL, signs_until = NULL, believed_until = NULL
 WHERE key_id = ?1

-- name: newest_list
-- By primary key.
SELECT number FROM trust_list WHERE authority = ?1

-- name: remember_list
-- By primary key; numbers only rise.
INSERT INTO trust_list (authority, number) VALUES (?1, ?2)
ON CONFLICT (authority) DO UPDATE SET number = max(number, excluded.number)

-- name: signed_head
-- By primary key.
SELECT size, root FROM signed_head WHERE origin = ?1

-- name: begin_head
-- By primary key; once in a log's life.
INSERT INTO signed_head (origin, size, root) VALUES (?1, ?2, ?3)
ON CONFLICT (origin) DO NOTHING

-- name: advance_head
-- By primary key, with each head; only from the one the new head grew from, and never back.
UPDATE signed_head SET size = ?4, root = ?5
 WHERE origin = ?1 AND size = ?2 AND root = ?3 AND (?4 > size OR (?4 = size AND ?5 = root))

-- name: region_key_names
-- By primary key; some dozens.
SELECT name FROM region_key ORDER BY name

-- name: count_data_keys
-- A scan of the whole file: for an inventory alone.
SELECT key_class, suite, count(*), count(wrapped) FROM data_key GROUP BY key_class, suite ORDER BY 1, 2
