-- identity: certificates are found by one primary key each, all else lies on the resident's shard.

-- name: holders
-- One index probe per certificate; the holder comes after who had it before, the last of these last.
-- Parameters: $1 identifier_keys bytea[].
SELECT identifier_key, resident_id, name_key, birth_key, sex_key, is_active
  FROM identity.identifier
 WHERE identifier_key = ANY ($1::bytea[])
 ORDER BY is_active, superseded_at

-- name: resident
-- By primary key. Parameters: $1 resident_id uuid.
SELECT national_key FROM identity.resident WHERE resident_id = $1

-- name: add_resident
-- One row. Parameters: $1 resident_id uuid, $2 national_key bytea or null, $3 enrolled_at timestamptz.
INSERT INTO identity.resident (resident_id, national_key, enrolled_at) VALUES ($1, $2, $3)

-- name: set_national_key
-- A resident known under other certificates shows an ID number; by primary key.
-- Parameters: $1 resident_id uuid, $2 national_key bytea.
UPDATE identity.resident SET national_key = $2 WHERE resident_id = $1 AND national_key IS NULL

-- name: add_identifiers
-- Always in key order: two registrations that share several certificates wait for each other instead
-- of blocking each other. What another transaction added first is left out of the answer.
-- Parameters: $1 resident_id uuid, $2 identifier_keys, $3 name_keys, $4 birth_keys, $5 sex_keys,
-- $6 sealed (bytea[] each), $7 valid_until date[], $8 verification text, $9 added_at timestamptz.
INSERT INTO identity.identifier
       (identifier_key, resident_id, name_key, birth_key, sex_key, sealed, valid_until, verification,
        is_active, added_at)
SELECT given.identifier_key, $1, given.name_key, given.birth_key, given.sex_key, given.sealed,
       given.valid_until, $8, true, $9
  FROM unnest($2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::date[])
       AS given (identifier_key, name_key, birth_key, sex_key, sealed, valid_until)
 ORDER BY given.identifier_key
    ON CONFLICT DO NOTHING
RETURNING identifier_key

-- name: add_residents
-- As add_resident, for many. Parameters: $1 resident_ids uuid[], $2 national_keys bytea[],
-- $3 enrolled_at timestamptz.
INSERT INTO identity.resident (resident_id, national_key, enrolled_at)
SELECT new.resident_id, new.national_key, $3
  FROM unnest($1::uuid[], $2::bytea[]) AS new (resident_id, national_key)

-- name: add_identifiers_of_many
-- As add_identifiers, for many residents; the command's tag tells how many were free.
-- Parameters: $1 resident_ids uuid[], $2 identifier_keys, $3 name_keys, $4 birth_keys, $5 sex_keys,
-- $6 sealed (bytea[] each), $7 valid_until date[], $8 verification text, $9 added_at timestamptz.
INSERT INTO identity.identifier
       (identifier_key, resident_id, name_key, birth_key, sex_key, sealed, valid_until, verification,
        is_active, added_at)
SELECT given.identifier_key, given.resident_id, given.name_key, given.birth_key, given.sex_key,
       given.sealed, given.valid_until, $8, true, $9
  FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[],
              $7::date[])
       AS given (resident_id, identifier_key, name_key, birth_key, sex_key, sealed, valid_until)
 ORDER BY given.identifier_key
    ON CONFLICT DO NOTHING

-- name: add_records
-- As add_record, for many residents who are all new. Parameters: $1 resident_ids uuid[],
-- $2 record_keys bytea[], $3 institution_id uuid or null, $4 verification text,
-- $5 received_at timestamptz, $6 sealed bytea[].
INSERT INTO identity.identity_record
       (resident_id, record_key, institution_id, verification, received_at, sealed)
SELECT new.resident_id, new.record_key, $3, $4, $5, new.sealed
  FROM unnest($1::uuid[], $2::bytea[], $6::bytea[]) AS new (resident_id, record_key, sealed)

-- name: confirm
-- Certificates that are known are seen or checked now; by primary key, the transaction names the keys.
-- Never less than before. Parameters: $1 resident_id uuid, $2 identifier_keys bytea[],
-- $3 verification text, $4 valid_until date[].
UPDATE identity.identifier i
   SET verification = $3, valid_until = coalesce(given.valid_until, i.valid_until)
  FROM unnest($2::bytea[], $4::date[]) AS given (identifier_key, valid_until)
 WHERE i.identifier_key = given.identifier_key AND i.resident_id = $1
   AND array_position('{asserted,seen,checked}', i.verification)
       <= array_position('{asserted,seen,checked}', $3::text)

-- name: reclaim
-- What certificates prove is corrected; by primary key, the transaction names the keys.
-- Parameters: $1 resident_id uuid, $2 identifier_keys, $3 name_keys, $4 birth_keys, $5 sex_keys
-- (bytea[] each).
UPDATE identity.identifier i
   SET name_key = given.name_key, birth_key = given.birth_key, sex_key = given.sex_key
  FROM unnest($2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
       AS given (identifier_key, name_key, birth_key, sex_key)
 WHERE i.identifier_key = given.identifier_key AND i.resident_id = $1

-- name: supersede
-- By primary key; the transaction names the key. Answers whether it was the holder's until now.
-- Parameters: $1 resident_id uuid, $2 identifier_key bytea, $3 superseded_by bytea, $4 at timestamptz.
UPDATE identity.identifier
   SET is_active = false, superseded_by = $3, superseded_at = $4
 WHERE identifier_key = $2 AND resident_id = $1 AND is_active
RETURNING true

-- name: reinstate
-- A superseding was a mistake, or the number came back: by primary key, and only what was theirs.
-- Parameters: $1 resident_id uuid, $2 identifier_keys bytea[].
UPDATE identity.identifier
   SET is_active = true, superseded_by = NULL, superseded_at = NULL
 WHERE identifier_key = ANY ($2::bytea[]) AND resident_id = $1 AND NOT is_active

-- name: replace_national_key
-- The ID number was changed; by primary key. Parameters: $1 resident_id uuid, $2 national_key bytea.
UPDATE identity.resident SET national_key = $2 WHERE resident_id = $1

-- name: identifiers
-- What is noted of a resident's certificates; by primary key, the transaction names the keys.
-- Parameters: $1 resident_id uuid, $2 identifier_keys bytea[].
SELECT identifier_key, verification, is_active, added_at, valid_until, superseded_at, superseded_by
  FROM identity.identifier
 WHERE identifier_key = ANY ($2::bytea[]) AND resident_id = $1

-- name: add_record
-- One row; the same again changes nothing. Parameters: $1 resident_id uuid, $2 record_key bytea,
-- $3 institution_id uuid or null, $4 verification text, $5 received_at timestamptz, $6 sealed bytea,
-- $7 is_correction boolean.
INSERT INTO identity.identity_record
       (resident_id, record_key, institution_id, verification, received_at, sealed, is_correction)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING true

-- name: add_review_item
-- As for records. Parameters: $1 resident_id uuid, $2 review_key bytea, $3 reason text,
-- $4 other_residents uuid[], $5 institution_id uuid or null, $6 opened_at timestamptz, $7 sealed bytea.
INSERT INTO identity.review_item
       (resident_id, review_key, reason, other_residents, institution_id, opened_at, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING true

-- name: add_suspicion
-- One row, under the resident in whose transaction it came up; the same two are asked about once.
-- Parameters: $1 resident_id uuid, $2 review_key bytea, $3 reason text, $4 bits real,
-- $5 model_version text, $6 other_residents uuid[], $7 institution_id uuid or null,
-- $8 opened_at timestamptz, $9 sealed bytea.
INSERT INTO identity.review_item
       (resident_id, review_key, kind, reason, bits, model_version, other_residents, institution_id,
        opened_at, sealed)
VALUES ($1, $2, 'possible-duplicate', $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING true

-- name: is_asked
-- By primary key. Parameters: $1 resident_id uuid, $2 review_key bytea.
SELECT EXISTS (SELECT FROM identity.review_item WHERE resident_id = $1 AND review_key = $2)

-- name: records
-- What put them right, then what was checked, seen, asserted, the latest first; the resident's few rows
-- by primary key. Parameters: $1 resident_id uuid, $2 at most integer.
SELECT sealed
  FROM identity.identity_record
 WHERE resident_id = $1
 ORDER BY is_correction DESC, array_position('{checked,seen,asserted}', verification), received_at DESC, record_key
 LIMIT $2

-- name: records_from
-- What one institution delivered, the latest first; the resident's few rows by primary key.
-- Parameters: $1 resident_id uuid, $2 institution_id uuid, $3 at most integer.
SELECT sealed
  FROM identity.identity_record
 WHERE resident_id = $1 AND institution_id = $2
 ORDER BY received_at DESC, record_key
 LIMIT $3

-- name: received
-- The resident's few rows by primary key, the latest first. Parameters: $1 resident_id uuid,
-- $2 at most integer.
SELECT institution_id, verification, received_at, sealed
  FROM identity.identity_record
 WHERE resident_id = $1
 ORDER BY received_at DESC, record_key
 LIMIT $2

-- name: was_delivered_by
-- The resident's few rows by primary key. Parameters: $1 resident_id uuid, $2 institution_id uuid.
SELECT EXISTS (SELECT FROM identity.identity_record WHERE resident_id = $1 AND institution_id = $2)

-- name: bind_phone
-- One row; a phone that is bound already stays so. Parameters: $1 resident_id uuid, $2 phone_key bytea,
-- $3 bound_at timestamptz, $4 bound_by uuid or null, $5 sealed bytea.
INSERT INTO identity.phone (resident_id, phone_key, bound_at, bound_by, sealed)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
RETURNING true

-- name: phone_is_bound
-- By the partial unique index. Parameters: $1 resident_id uuid, $2 phone_key bytea.
SELECT EXISTS (SELECT FROM identity.phone
                WHERE resident_id = $1 AND phone_key = $2 AND unbound_at IS NULL)

-- name: unbind_phone
-- By the partial unique index. Parameters: $1 resident_id uuid, $2 phone_key bytea, $3 at timestamptz.
UPDATE identity.phone SET unbound_at = greatest($3, bound_at)
 WHERE resident_id = $1 AND phone_key = $2 AND unbound_at IS NULL
RETURNING true

-- name: bound_phones
-- The resident's few rows by primary key. Parameters: $1 resident_id uuid.
SELECT phone_key, sealed FROM identity.phone
 WHERE resident_id = $1 AND unbound_at IS NULL
 ORDER BY bound_at DESC

-- name: add_contact
-- One row. Parameters: $1 resident_id uuid, $2 contact_id uuid, $3 named_at timestamptz, $4 sealed bytea.
INSERT INTO identity.emergency_contact (resident_id, contact_id, named_at, sealed)
VALUES ($1, $2, $3, $4)

-- name: remove_contact
-- By primary key; nothing of a removed contact stays. Parameters: $1 resident_id uuid, $2 contact_id uuid.
DELETE FROM identity.emergency_contact WHERE resident_id = $1 AND contact_id = $2 RETURNING true

-- name: contacts
-- The resident's few rows by primary key. Parameters: $1 resident_id uuid.
SELECT contact_id, sealed FROM identity.emergency_contact
 WHERE resident_id = $1
 ORDER BY named_at, contact_id

-- name: unbind_phones
-- The resident's few rows by primary key. Parameters: $1 resident_id uuid, $2 at timestamptz.
UPDATE identity.phone SET unbound_at = greatest($2, bound_at)
 WHERE resident_id = $1 AND unbound_at IS NULL

-- name: forget_identifiers
-- By primary key; the transaction names the keys. Parameters: $1 resident_id uuid,
-- $2 identifier_keys bytea[].
DELETE FROM identity.identifier WHERE identifier_key = ANY ($2::bytea[]) AND resident_id = $1

-- name: forget_national_key
-- By primary key. Parameters: $1 resident_id uuid.
UPDATE identity.resident SET national_key = NULL WHERE resident_id = $1

-- name: close_certificates
-- By primary key; the transaction names the keys. Parameters: $1 closed_keys bytea[], $2 closed_on.
INSERT INTO identity.closed_certificate (closed_key, closed_on)
SELECT closed_key, $2 FROM unnest($1::bytea[]) AS closed (closed_key) ORDER BY closed_key
    ON CONFLICT DO NOTHING

-- name: is_any_closed
-- One index probe each, when a delivery names somebody new. Parameters: $1 closed_keys bytea[].
SELECT EXISTS (SELECT FROM identity.closed_certificate WHERE closed_key = ANY ($1::bytea[]))

-- name: closed_among
-- As is_any_closed, telling which. Parameters: $1 closed_keys bytea[].
SELECT closed_key FROM identity.closed_certificate WHERE closed_key = ANY ($1::bytea[])

-- name: reopen_certificates
-- By primary key; the transaction names the keys. Parameters: $1 closed_keys bytea[].
DELETE FROM identity.closed_certificate WHERE closed_key = ANY ($1::bytea[])

-- name: mark_canaries
-- A few rows, once. Parameters: $1 marks bytea[].
INSERT INTO identity.canary (canary_key)
SELECT canary_key FROM unnest($1::bytea[]) AS planted (canary_key) ORDER BY canary_key
    ON CONFLICT DO NOTHING

-- name: is_any_canary
-- One index probe each, of a table of a few dozen rows. Parameters: $1 marks bytea[].
SELECT EXISTS (SELECT FROM identity.canary WHERE canary_key = ANY ($1::bytea[]))
