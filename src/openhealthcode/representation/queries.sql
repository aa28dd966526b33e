-- representation: a resident's few rows by primary key; a representative's by keyed hash.

-- name: add
-- One row. Parameters: the columns in order.
INSERT INTO representation.representation
    (resident_id, representation_id, representative_key, event_number, appointed_at, sealed)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: representations
-- The resident's few rows, newest first. Parameters: $1 resident_id uuid.
SELECT representation_id, representative_key, appointed_at, sealed, revoked_at
  FROM representation.representation
 WHERE resident_id = $1
 ORDER BY appointed_at DESC, representation_id

-- name: representation
-- By primary key. Parameters: $1 resident_id uuid, $2 representation_id uuid.
SELECT representation_id, representative_key, appointed_at, sealed, revoked_at
  FROM representation.representation
 WHERE resident_id = $1 AND representation_id = $2

-- name: held_by
-- By the index of hashes, on every shard, when a representative asks for whom to act; the transaction
-- names the hashes. Parameters: $1 representative_keys bytea[], $2 limit integer.
SELECT resident_id, representation_id
  FROM representation.representation
 WHERE representative_key = ANY ($1::bytea[]) AND revoked_at IS NULL
 ORDER BY appointed_at DESC
 LIMIT $2

-- name: revoke
-- By primary key; once. Parameters: $1 resident_id uuid, $2 representation_id uuid,
-- $3 revoked_at timestamptz, $4 revoked_number bigint.
UPDATE representation.representation
   SET revoked_at = greatest($3, appointed_at), revoked_number = $4
 WHERE resident_id = $1 AND representation_id = $2 AND revoked_at IS NULL
RETURNING true

-- name: add_wishes
-- One row. Parameters: $1 resident_id uuid, $2 event_number bigint, $3 wished_at timestamptz,
-- $4 sealed bytea.
INSERT INTO representation.wishes (resident_id, event_number, wished_at, sealed)
VALUES ($1, $2, $3, $4)

-- name: wishes
-- By primary key, from its end. Parameters: $1 resident_id uuid.
SELECT event_number, sealed
  FROM representation.wishes
 WHERE resident_id = $1
 ORDER BY event_number DESC
 LIMIT 1

-- name: add_death
-- One row. Parameters: $1 resident_id uuid, $2 event_number bigint, $3 registered_at timestamptz,
-- $4 sealed bytea.
INSERT INTO representation.death (resident_id, event_number, registered_at, sealed)
VALUES ($1, $2, $3, $4)

-- name: death
-- By primary key. Parameters: $1 resident_id uuid.
SELECT event_number, sealed
  FROM representation.death
 WHERE resident_id = $1 AND taken_back_at IS NULL
 ORDER BY event_number DESC
 LIMIT 1

-- name: take_death_back
-- By primary key. Parameters: $1 resident_id uuid, $2 taken_back_at timestamptz,
-- $3 taken_back_number bigint.
UPDATE representation.death SET taken_back_at = $2, taken_back_number = $3
 WHERE resident_id = $1 AND taken_back_at IS NULL
RETURNING true

-- name: approval_rule
-- By primary key; an institution that never said asks for none. Parameters: $1 institution_id uuid.
SELECT is_required FROM representation.approval_rule WHERE institution_id = $1

-- name: set_approval_rule
-- One row. Parameters: $1 institution_id uuid, $2 is_required boolean, $3 set_by uuid.
INSERT INTO representation.approval_rule (institution_id, is_required, set_by, set_at)
VALUES ($1, $2, $3, statement_timestamp())
ON CONFLICT (institution_id)
    DO UPDATE SET is_required = $2, set_by = $3, set_at = statement_timestamp()

-- name: approvals
-- An institution's few rows by primary key. Parameters: $1 institution_id uuid.
SELECT approval_id, practitioner_id, approved_by, reason, approved_at, end_at
  FROM representation.approval
 WHERE institution_id = $1 AND ended_at IS NULL AND end_at > statement_timestamp()
 ORDER BY approved_at DESC, approval_id

-- name: approval_of
-- As above. Parameters: $1 institution_id uuid, $2 practitioner_id uuid.
SELECT approval_id
  FROM representation.approval
 WHERE institution_id = $1 AND practitioner_id = $2 AND ended_at IS NULL
   AND end_at > statement_timestamp()
 ORDER BY end_at DESC
 LIMIT 1

-- name: add_approval
-- One row. Parameters: $1 institution_id uuid, $2 approval_id uuid, $3 practitioner_id uuid,
-- $4 approved_by uuid, $5 reason text, $6 days integer.
INSERT INTO representation.approval
    (institution_id, approval_id, practitioner_id, approved_by, reason, approved_at, end_at)
VALUES ($1, $2, $3, $4, $5, statement_timestamp(),
        statement_timestamp() + make_interval(days => $6))

-- name: end_approval
-- By primary key. Parameters: $1 institution_id uuid, $2 approval_id uuid, $3 ended_by uuid.
UPDATE representation.approval SET ended_at = statement_timestamp(), ended_by = $3
 WHERE institution_id = $1 AND approval_id = $2 AND ended_at IS NULL
   AND end_at > statement_timestamp()
RETURNING true
