-- healthcode.evidence: where one-time codes were accepted.

-- name: note_acceptance
-- One row by primary key; again changes nothing. The transaction names the key.
-- Parameters: $1 handle_key, $2 evidence_key bytea, $3 institution_id, $4 practitioner_id uuid,
-- $5 accepted_at, $6 received_at timestamptz.
INSERT INTO healthcode.acceptance
       (handle_key, evidence_key, institution_id, practitioner_id, accepted_at, received_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING

-- name: other_acceptances
-- The few rows of one handle, one shard; the transaction names the key.
-- Parameters: $1 handle_key, $2 evidence_key bytea.
SELECT evidence_key, institution_id, practitioner_id, accepted_at
  FROM healthcode.acceptance
 WHERE handle_key = $1 AND evidence_key <> $2
 ORDER BY accepted_at, evidence_key

-- name: note_double_use
-- One row by primary key; again changes nothing. Parameters: $1 first_key, $2 second_key bytea,
-- $3 first_institution_id, $4 first_practitioner_id uuid, $5 first_accepted_at timestamptz,
-- $6 second_institution_id, $7 second_practitioner_id uuid, $8 second_accepted_at, $9 found_at.
INSERT INTO healthcode.double_use
       (first_key, second_key, first_institution_id, first_practitioner_id, first_accepted_at,
        second_institution_id, second_practitioner_id, second_accepted_at, found_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING

-- name: double_uses
-- The few cases of three months by the index on time; what nobody has looked into first.
-- Parameters: $1 since timestamptz.
SELECT first_key, second_key, first_institution_id, first_practitioner_id, first_accepted_at,
       second_institution_id, second_practitioner_id, second_accepted_at, found_at, seen_at, seen_by
  FROM healthcode.double_use
 WHERE found_at >= $1
 ORDER BY seen_at IS NOT NULL, found_at DESC
 LIMIT 200

-- name: see_double_use
-- One row by primary key. Parameters: $1 first_key, $2 second_key bytea, $3 seen_at timestamptz,
-- $4 seen_by uuid.
UPDATE healthcode.double_use SET seen_at = $3, seen_by = $4
 WHERE first_key = $1 AND second_key = $2 AND seen_at IS NULL

-- name: purge_acceptances
-- By the index on time, all shards, off the hot path. Parameters: $1 before timestamptz.
DELETE FROM healthcode.acceptance WHERE received_at < $1

-- name: purge_double_uses
-- As above. Parameters: $1 before timestamptz.
DELETE FROM healthcode.double_use WHERE found_at < $1
