-- access: links residents share their record by. Each by primary key, one shard; the address by its
-- keyed hash, the short-lived file by its mark.

-- name: add_link
-- One row. Parameters: the columns in order.
INSERT INTO access.link
    (resident_id, link_id, sealed, passcode_hash, attempts_left, is_direct, made_at, until, made_number)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: add_address
-- One row. Parameters: $1 address_hash, $2 resident_id, $3 link_id, $4 until.
INSERT INTO access.link_address (address_hash, resident_id, link_id, until) VALUES ($1, $2, $3, $4)

-- name: holder
-- Whose link an address names; primary key. Parameters: $1 address_hash.
SELECT resident_id, link_id FROM access.link_address WHERE address_hash = $1

-- name: links
-- A resident's few links, newest first. Parameters: $1 resident_id.
SELECT link_id, sealed, passcode_hash IS NOT NULL AS has_passcode, attempts_left, is_direct, made_at,
       until, revoked_at, made_number
  FROM access.link
 WHERE resident_id = $1
 ORDER BY made_at DESC, link_id

-- name: open_links
-- How many can be opened now. Parameters: $1 resident_id, $2 now.
SELECT count(*) FROM access.link
 WHERE resident_id = $1 AND revoked_at IS NULL AND until > $2 AND attempts_left > 0

-- name: take_try
-- Counts an opening as wrong before its passcode is looked at; of parallel ones exactly as many pass
-- as tries are left. Primary key. Parameters: $1 resident_id, $2 link_id, $3 now.
UPDATE access.link SET attempts_left = attempts_left - 1
 WHERE resident_id = $1 AND link_id = $2 AND revoked_at IS NULL AND until > $3 AND attempts_left > 0
       AND passcode_hash IS NOT NULL
RETURNING passcode_hash, attempts_left

-- name: give_back
-- The passcode was right. Primary key. Parameters: $1 resident_id, $2 link_id, $3 most integer.
UPDATE access.link SET attempts_left = attempts_left + 1
 WHERE resident_id = $1 AND link_id = $2 AND attempts_left < $3

-- name: link
-- One that can be opened; primary key. Parameters: $1 resident_id, $2 link_id, $3 now.
SELECT sealed, passcode_hash IS NOT NULL AS has_passcode, attempts_left, is_direct, made_number
  FROM access.link
 WHERE resident_id = $1 AND link_id = $2 AND revoked_at IS NULL AND until > $3

-- name: note_first_opening
-- Primary key. Parameters: $1 resident_id, $2 link_id, $3 opened_at.
UPDATE access.link SET opened_at = $3
 WHERE resident_id = $1 AND link_id = $2 AND opened_at IS NULL
RETURNING true

-- name: revoke_link
-- Primary key. Parameters: $1 resident_id, $2 link_id, $3 revoked_at.
UPDATE access.link SET revoked_at = $3
 WHERE resident_id = $1 AND link_id = $2 AND revoked_at IS NULL
RETURNING true

-- name: revoke_links
-- All of a resident's. Parameters: $1 resident_id, $2 revoked_at.
UPDATE access.link SET revoked_at = $2 WHERE resident_id = $1 AND revoked_at IS NULL

-- name: add_file
-- One row. Parameters: $1 mark, $2 content, $3 expires_at.
INSERT INTO access.link_file (mark, content, expires_at) VALUES ($1, $2, $3)

-- name: take_file
-- Once; primary key. Parameters: $1 mark, $2 now.
DELETE FROM access.link_file WHERE mark = $1 AND expires_at > $2 RETURNING content

-- name: purge_files
-- What nobody fetched; by index, on every shard. Parameters: $1 now.
DELETE FROM access.link_file WHERE expires_at <= $1

-- name: purge_addresses
-- Addresses of links that ended; by index, on every shard. Parameters: $1 now.
DELETE FROM access.link_address WHERE until <= $1
