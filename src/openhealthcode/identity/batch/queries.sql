-- identity.batch: reads the index from beginning to end, a stretch at a time by primary key; every
-- shard, once a run. Only the task ``linkage`` sees these rows.

-- name: variants_after
-- By primary key, on from where the last stretch ended. Parameters: $1 resident_id uuid, $2
-- variant_key bigint, $3 most integer.
SELECT resident_id, variant_key, number_begins_key, number_ends_key, sound_birth_key, name_day_key,
       phone_key, surname_birth_key, given_birth_key, address_year_key, sound_community_key,
       mother_key, sealed
  FROM identity.variant
 WHERE (resident_id, variant_key) > ($1, $2)
 ORDER BY resident_id, variant_key
 LIMIT $3

-- name: links
-- The newest word on whose id each merged one is; a few for each thousand residents.
SELECT DISTINCT ON (resident_id) resident_id, members
  FROM identity.link
 ORDER BY resident_id, event_number DESC

-- name: records_after
-- By primary key; ids are random, so that those up to one are a random part of all residents.
-- Parameters: $1 resident_id uuid, $2 record_key bytea, $3 up to resident_id uuid, $4 most integer.
SELECT resident_id, record_key, sealed
  FROM identity.identity_record
 WHERE (resident_id, record_key) > ($1, $2) AND resident_id < $3
 ORDER BY resident_id, record_key
 LIMIT $4

-- name: variants_of
-- The few rows of two residents by primary key. Parameters: $1 resident_ids uuid[].
SELECT resident_id, sealed FROM identity.variant WHERE resident_id = ANY ($1::uuid[])
