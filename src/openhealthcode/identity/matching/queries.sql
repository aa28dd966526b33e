-- identity.matching: candidates come from ten partial indexes, each probed once; all else lies on the
-- resident's shard.

-- name: candidates
-- One call for everything: see the function. Parameters: $1 keys bigint[10] in the order of the
-- columns, $2 identifier_keys bytea[], $3 most rows of one key integer, $4 key to hold bigint or null.
SELECT block, resident_id, variant_key, sealed, members
  FROM identity.candidates($1::bigint[], $2::bytea[], $3::integer, $4::bigint)

-- name: add_variant
-- One row; a registration that is compared like one before adds none, nor does one beyond the bound.
-- Parameters: $1 resident_id uuid, $2 variant_key bigint, $3 keys bigint[10] in the order of the
-- columns, $4 sealed bytea, $5 most variants of a resident integer.
INSERT INTO identity.variant
       (resident_id, variant_key, number_begins_key, number_ends_key, sound_birth_key, name_day_key,
        phone_key, surname_birth_key, given_birth_key, address_year_key, sound_community_key,
        mother_key, sealed)
SELECT $1, $2, k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8], k[9], k[10], $4
  FROM (SELECT $3::bigint[] AS k) AS given
 WHERE (SELECT count(*) FROM identity.variant WHERE resident_id = $1) < $5
    ON CONFLICT DO NOTHING

-- name: variants
-- The resident's few rows by primary key. Parameters: $1 resident_id uuid.
SELECT sealed FROM identity.variant WHERE resident_id = $1

-- name: remove_variants
-- The resident's few rows by primary key. Parameters: $1 resident_id uuid.
DELETE FROM identity.variant WHERE resident_id = $1

-- name: phone_holders
-- One index probe each: see the function. Parameters: $1 phone_keys bigint[], $2 most rows of one
-- telephone integer.
SELECT holders FROM identity.phone_holders($1::bigint[], $2::integer) ORDER BY place
