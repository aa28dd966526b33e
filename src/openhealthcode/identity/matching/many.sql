-- identity.matching: for many registrations what queries.sql does for one.

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
