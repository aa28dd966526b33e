-- healthcode: a handful of single-row statements; a scan costs three of them.

-- name: enrol_device
-- One row, one shard; again changes nothing. Parameters: $1 device_reference bytea,
-- $2 resident_id uuid, $3 enrolled_at.
INSERT INTO healthcode.device (device_reference, resident_id, enrolled_at)
VALUES ($1, $2, $3)
ON CONFLICT (device_reference) DO NOTHING

-- name: retire_device
-- By primary key, one shard. Parameters: $1 device_reference bytea.
DELETE FROM healthcode.device WHERE device_reference = $1

-- name: resident_of_device
-- By primary key, one shard. Parameters: $1 device_reference bytea.
SELECT resident_id FROM healthcode.device WHERE device_reference = $1

-- name: hold_device
-- By primary key, one shard; waits for whoever retires the phone, and makes them wait.
-- Parameters: $1 device_reference bytea.
SELECT resident_id FROM healthcode.device WHERE device_reference = $1 FOR NO KEY UPDATE

-- name: spend
-- The primary key lets exactly one of any number of redeemers through; one shard.
-- Parameters: $1 mark bytea, $2 expires_at timestamptz.
INSERT INTO healthcode.spent (mark, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: add_presentation
-- One row on the resident's shard. Parameters: $1 resident_id, $2 presentation_id,
-- $3 practitioner_id, $4 institution_id, $5 terminal_id uuid, $6 purpose, $7 scene text,
-- $8 presented_at timestamptz, $9 presented_by text.
INSERT INTO healthcode.presentation
       (resident_id, presentation_id, practitioner_id, institution_id, terminal_id,
        purpose, scene, presented_at, presented_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: presentation
-- By primary key, on the resident's shard. Parameters: $1 resident_id, $2 presentation_id uuid.
SELECT practitioner_id, institution_id, terminal_id, purpose, scene, presented_at,
       presented_by
  FROM healthcode.presentation
 WHERE resident_id = $1 AND presentation_id = $2

-- name: was_presented_to
-- The presentations of one resident, on their shard; only where a spent code was scanned.
-- Parameters: $1 resident_id, $2 practitioner_id uuid, $3 since timestamptz.
SELECT EXISTS (SELECT FROM healthcode.presentation
                WHERE resident_id = $1 AND practitioner_id = $2 AND presented_at >= $3)

-- name: purge_spent
-- By the index on expiry, all shards, off the hot path. Parameters: $1 before timestamptz.
DELETE FROM healthcode.spent WHERE expires_at < $1
