-- sign_in.pin: one row of one resident, by primary key.

-- name: claim_try
-- Counts an entry as wrong before it is looked at, so that parallel guesses queue up on the row's
-- lock and each costs one; a right one is given back. No row: none, waiting, or over.
-- Parameters: $1 resident_id uuid, $2 waits interval[] by entries in a row.
UPDATE sign_in.pin
   SET wrong_left = wrong_left - 1,
       wrong_in_a_row = wrong_in_a_row + 1,
       locked_until = statement_timestamp()
                      + ($2::interval[])[least(wrong_in_a_row + 1, cardinality($2::interval[]))]
 WHERE resident_id = $1 AND wrong_left > 0 AND locked_until <= statement_timestamp()
RETURNING version, sealed

-- name: give_back
-- Parameters: $1 resident_id uuid, $2 version uuid, $3 most wrong smallint.
UPDATE sign_in.pin
   SET wrong_left = least(wrong_left + 1, $3::smallint), wrong_in_a_row = 0, locked_until = set_at
 WHERE resident_id = $1 AND version = $2

-- name: pin
-- Parameters: $1 resident_id uuid.
SELECT version, sealed FROM sign_in.pin WHERE resident_id = $1

-- name: standing
-- Parameters: $1 resident_id uuid.
SELECT set_at, wrong_left, locked_until > statement_timestamp() AS is_locked
  FROM sign_in.pin
 WHERE resident_id = $1

-- name: keep
-- No row when another one was kept meanwhile. Parameters: $1 resident_id uuid, $2 version uuid,
-- $3 sealed bytea, $4 most wrong smallint, $5 version that is replaced uuid, null for none.
INSERT INTO sign_in.pin AS known
       (resident_id, version, sealed, set_at, wrong_left, wrong_in_a_row, locked_until)
VALUES ($1, $2, $3, statement_timestamp(), $4::smallint, 0, statement_timestamp())
ON CONFLICT (resident_id) DO UPDATE
   SET version = $2, sealed = $3, set_at = statement_timestamp(), wrong_left = $4::smallint,
       wrong_in_a_row = 0, locked_until = statement_timestamp()
 WHERE known.version = $5::uuid
RETURNING true
