-- sign_in.residents: single rows by key; nothing grows with the number of residents.

-- name: add_code
-- One row. Parameters: $1 attempt_key bytea, $2 code_hash bytea, $3 purpose text,
-- $4 expires_at timestamptz, $5 sealed bytea.
INSERT INTO sign_in.code (attempt_key, code_hash, purpose, tries, expires_at, sealed)
VALUES ($1, $2, $3, 0, $4, $5)

-- name: sealed_of_attempt
-- By primary key. Parameters: $1 attempt_key bytea, $2 purpose text.
SELECT sealed FROM sign_in.code WHERE attempt_key = $1 AND purpose = $2

-- name: try_code
-- Counting, comparing and spending are one statement on one row, so parallel guesses queue up on its
-- lock: five tries are five, and one right answer is good once. No row: the code is over.
-- Parameters: $1 attempt_key bytea, $2 code_hash bytea, $3 at timestamptz, $4 most tries integer.
UPDATE sign_in.code
   SET tries = tries + 1,
       used_at = CASE WHEN code_hash = $2 THEN $3 END
 WHERE attempt_key = $1 AND used_at IS NULL AND tries < $4 AND expires_at > $3
RETURNING used_at IS NOT NULL AS is_right

-- name: add_binding
-- One row; no row when the number is taken. Parameters: $1 attempt_key bytea, $2 number_key bytea,
-- $3 expires_at timestamptz, $4 sealed bytea, $5 counter_sealed bytea.
INSERT INTO sign_in.binding (attempt_key, number_key, expires_at, sealed, counter_sealed)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
RETURNING true

-- name: binding_of_number
-- By unique index. Parameters: $1 number_key bytea, $2 at timestamptz.
SELECT attempt_key, expires_at, counter_sealed
  FROM sign_in.binding
 WHERE number_key = $1 AND completed_at IS NULL AND expires_at > $2

-- name: complete_binding
-- By unique index; one of several clerks gets the row. Parameters: $1 number_key bytea,
-- $2 at timestamptz, $3 completed_by uuid, $4 completed_for uuid.
UPDATE sign_in.binding SET completed_at = $2, completed_by = $3, completed_for = $4
 WHERE number_key = $1 AND completed_at IS NULL AND expires_at > $2
RETURNING attempt_key

-- name: binding_of_attempt
-- By primary key. Parameters: $1 attempt_key bytea, $2 at timestamptz.
SELECT expires_at, sealed, completed_for
  FROM sign_in.binding
 WHERE attempt_key = $1 AND expires_at > $2 AND session_made_at IS NULL

-- name: spend_binding
-- By primary key; one of several polls gets the row. Parameters: $1 attempt_key bytea,
-- $2 at timestamptz.
UPDATE sign_in.binding SET session_made_at = greatest($2, completed_at)
 WHERE attempt_key = $1 AND completed_at IS NOT NULL AND session_made_at IS NULL
RETURNING true

-- name: add_session
-- One row. Parameters: $1 session_key bytea, $2 resident_id uuid, $3 session_id uuid,
-- $4 device_reference bytea, $5 phone_key bytea, $6 sealed bytea, $7 started_at, $8 expires_at.
INSERT INTO sign_in.resident_session
       (session_key, resident_id, session_id, device_reference, phone_key, sealed, started_at,
        verified_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)

-- name: session
-- By primary key, one shard. Parameters: $1 session_key bytea, $2 at timestamptz.
SELECT session_id, resident_id, device_reference, sealed, started_at, verified_at, expires_at
  FROM sign_in.resident_session
 WHERE session_key = $1 AND ended_at IS NULL AND expires_at > $2

-- name: verify_session
-- By primary key, one shard. Parameters: $1 session_key bytea, $2 verified_at timestamptz.
UPDATE sign_in.resident_session SET verified_at = $2
 WHERE session_key = $1 AND ended_at IS NULL AND expires_at > $2
RETURNING true

-- name: sessions_of_resident
-- By index on the resident; all shards, on one resident's own request.
-- Parameters: $1 resident_id uuid, $2 at timestamptz.
SELECT session_id, started_at, verified_at, expires_at
  FROM sign_in.resident_session
 WHERE resident_id = $1 AND ended_at IS NULL AND expires_at > $2
 ORDER BY started_at DESC

-- name: end_session_of_token
-- By primary key, one shard. Parameters: $1 session_key bytea, $2 at timestamptz.
UPDATE sign_in.resident_session SET ended_at = $2
 WHERE session_key = $1 AND ended_at IS NULL
RETURNING device_reference

-- name: end_session
-- By index on the resident. Parameters: $1 resident_id uuid, $2 session_id uuid, $3 at timestamptz.
UPDATE sign_in.resident_session SET ended_at = $3
 WHERE resident_id = $1 AND session_id = $2 AND ended_at IS NULL
RETURNING device_reference

-- name: end_sessions_of_phone
-- By index on the resident. Parameters: $1 resident_id uuid, $2 phone_key bytea, $3 at timestamptz.
UPDATE sign_in.resident_session SET ended_at = $3
 WHERE resident_id = $1 AND phone_key = $2 AND ended_at IS NULL
RETURNING device_reference

-- name: end_sessions_of_resident
-- By index on the resident. Parameters: $1 resident_id uuid, $2 at timestamptz.
UPDATE sign_in.resident_session SET ended_at = $2
 WHERE resident_id = $1 AND ended_at IS NULL
RETURNING device_reference

-- name: add_passkey
-- One row, one shard. Parameters: $1 credential_key bytea, $2 resident_id, $3 passkey_id uuid,
-- $4 credential_id, $5 public_key bytea, $6 sign_count bigint, $7 phone_key, $8 sealed bytea,
-- $9 added_at timestamptz.
INSERT INTO sign_in.resident_passkey
       (credential_key, resident_id, passkey_id, credential_id, public_key, sign_count, phone_key,
        sealed, added_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: passkey
-- By primary key's first column; the transaction names the key. Parameters: $1 credential_key bytea.
SELECT passkey_id, resident_id, credential_id, public_key, sign_count, sealed, added_at
  FROM sign_in.resident_passkey
 WHERE credential_key = $1

-- name: passkeys_of
-- By index on the resident, a handful. Parameters: $1 resident_id uuid.
SELECT passkey_id, resident_id, credential_id, public_key, sign_count, sealed, added_at
  FROM sign_in.resident_passkey
 WHERE resident_id = $1
 ORDER BY added_at DESC

-- name: count_signature
-- By primary key's first column; a counter never goes back. Parameters: $1 credential_key bytea,
-- $2 sign_count bigint.
UPDATE sign_in.resident_passkey SET sign_count = greatest(sign_count, $2) WHERE credential_key = $1

-- name: remove_passkey
-- By index on the resident. Parameters: $1 resident_id, $2 passkey_id uuid.
DELETE FROM sign_in.resident_passkey WHERE resident_id = $1 AND passkey_id = $2

-- name: remove_passkeys_of_phone
-- By index on the resident. Parameters: $1 resident_id uuid, $2 phone_key bytea.
DELETE FROM sign_in.resident_passkey WHERE resident_id = $1 AND phone_key = $2

-- name: remove_passkeys_of_resident
-- By index on the resident. Parameters: $1 resident_id uuid.
DELETE FROM sign_in.resident_passkey WHERE resident_id = $1
