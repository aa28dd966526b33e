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

-- name: candidates_of_many
-- One call of the function for each, in the order given, so that two such statements hold what they
-- hold in one order. Parameters: $1 keys bigint[], ten for each, $2 most rows of one key integer,
-- $3 keys to hold bigint[], one for each or null.
SELECT asked.place, found.block, found.resident_id, found.variant_key, found.sealed, found.members
  FROM generate_series(1, cardinality($3::bigint[])) AS asked (place),
       LATERAL identity.candidates(($1::bigint[])[10 * asked.place - 9 : 10 * asked.place], '{}',
                                   $2::integer, ($3::bigint[])[asked.place]) AS found

-- name: add_variants
-- The first row of each new resident. Parameters: one array per column.
INSERT INTO identity.variant
       (resident_id, variant_key, sealed, number_begins_key, number_ends_key, sound_birth_key,
        name_day_key, phone_key, surname_birth_key, given_birth_key, address_year_key,
        sound_community_key, mother_key)
SELECT new.resident_id, new.variant_key, new.sealed, new.number_begins_key, new.number_ends_key,
       new.sound_birth_key, new.name_day_key, new.phone_key, new.surname_birth_key,
       new.given_birth_key, new.address_year_key, new.sound_community_key, new.mother_key
  FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[],
              $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],
              $13::bigint[])
       AS new (resident_id, variant_key, sealed, number_begins_key, number_ends_key,
               sound_birth_key, name_day_key, phone_key, surname_birth_key, given_birth_key,
               address_year_key, sound_community_key, mother_key)
