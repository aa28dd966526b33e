-- healthcode.signed: whom the region gave signed codes to, and which of them it took back.

-- name: draw_indexes
-- Takes those of the drawn indices that nobody has; the transaction names them. One shard.
-- Parameters: $1 issuer_key bytea, $2 status_indexes integer[], $3 until timestamptz.
INSERT INTO healthcode.code_status (issuer_key, status_index, until)
SELECT $1, drawn.status_index, $3 FROM unnest($2::integer[]) AS drawn (status_index)
    ON CONFLICT DO NOTHING
RETURNING status_index

-- name: record_codes
-- A phone's codes at once; each row on its own shard. Parameters: $1 handle_keys bytea[],
-- $2 resident_ids uuid[], $3 kinds text[], $4 issuer_keys bytea[], $5 status_indexes integer[],
-- $6 device_references bytea[], $7 card_versions smallint[], $8 issued_at, $9 untils timestamptz[].
INSERT INTO healthcode.signed_code
       (handle_key, resident_id, kind, issuer_key, status_index, device_reference, card_version,
        issued_at, until)
SELECT new.handle_key, new.resident_id, new.kind, new.issuer_key, new.status_index,
       new.device_reference, new.card_version, $8, new.until
  FROM unnest($1::bytea[], $2::uuid[], $3::text[], $4::bytea[], $5::integer[], $6::bytea[],
              $7::smallint[], $9::timestamptz[])
       AS new (handle_key, resident_id, kind, issuer_key, status_index, device_reference,
               card_version, until)

-- name: holder_of
-- By primary key, one shard; the transaction names the key. Parameters: $1 handle_key bytea.
SELECT resident_id, kind, issuer_key, status_index, device_reference, card_version, issued_at, until,
       revoked_at, redeemed_at
  FROM healthcode.signed_code
 WHERE handle_key = $1

-- name: spend_code
-- One row by primary key: of any number of redeemers exactly one changes it.
-- Parameters: $1 handle_key bytea, $2 redeemed_at timestamptz.
UPDATE healthcode.signed_code
   SET redeemed_at = $2
 WHERE handle_key = $1 AND redeemed_at IS NULL AND revoked_at IS NULL

-- name: bind_code
-- One row by primary key; only a code that belongs to nobody yet. Parameters: $1 handle_key bytea,
-- $2 resident_id uuid.
UPDATE healthcode.signed_code
   SET resident_id = $2
 WHERE handle_key = $1 AND resident_id IS NULL AND revoked_at IS NULL

-- name: codes_of_resident
-- By the index on residents; the newest first. Parameters: $1 resident_id uuid, $2 kind text,
-- $3 now timestamptz.
SELECT resident_id, kind, issuer_key, status_index, device_reference, card_version, issued_at, until,
       revoked_at, redeemed_at
  FROM healthcode.signed_code
 WHERE resident_id = $1 AND kind = $2 AND until > $3
 ORDER BY issued_at DESC, until DESC

-- name: issued_to_device
-- By the index on devices; the transaction names it. Parameters: $1 device_reference bytea,
-- $2 since timestamptz.
SELECT count(*) FROM healthcode.signed_code WHERE device_reference = $1 AND issued_at > $2

-- name: revoke_codes_of_resident
-- By the index on residents. Parameters: $1 resident_id uuid, $2 kinds text[], $3 revoked_at.
UPDATE healthcode.signed_code
   SET revoked_at = $3
 WHERE resident_id = $1 AND kind = ANY ($2) AND revoked_at IS NULL AND until > $3
RETURNING issuer_key, status_index

-- name: revoke_codes_of_devices
-- By the index on devices; the transaction names them. Parameters: $1 device_references bytea[],
-- $2 revoked_at timestamptz.
UPDATE healthcode.signed_code
   SET revoked_at = $2
 WHERE device_reference = ANY ($1) AND revoked_at IS NULL AND until > $2
RETURNING issuer_key, status_index

-- name: revoke_code
-- One row by primary key. Parameters: $1 handle_key bytea, $2 revoked_at timestamptz.
UPDATE healthcode.signed_code
   SET revoked_at = $2
 WHERE handle_key = $1 AND revoked_at IS NULL AND until > $2
RETURNING issuer_key, status_index

-- name: revoke_indexes
-- By primary key; the transaction names them. Parameters: $1 issuer_keys bytea[],
-- $2 status_indexes integer[], $3 revoked_at timestamptz.
UPDATE healthcode.code_status AS status
   SET revoked_at = $3
  FROM unnest($1::bytea[], $2::integer[]) AS given (issuer_key, status_index)
 WHERE status.issuer_key = given.issuer_key AND status.status_index = given.status_index
   AND status.revoked_at IS NULL

-- name: revoked_indexes
-- By the index on what was revoked, one shard; off the hot path. Parameters: $1 issuer_key bytea.
SELECT status_index
  FROM healthcode.code_status
 WHERE issuer_key = $1 AND revoked_at IS NOT NULL
 ORDER BY status_index

-- name: purge_codes
-- By the index on ends, all shards, off the hot path. Parameters: $1 before timestamptz.
DELETE FROM healthcode.signed_code WHERE until < $1

-- name: purge_indexes
-- As above: what has lapsed is refused for that, and its index can be another's.
-- Parameters: $1 before timestamptz.
DELETE FROM healthcode.code_status WHERE until < $1
