-- identity.batch: reads the index from beginning to end, a stretch at a time by primary key; every
-- shard, once a run. Only the task ``linkage`` sees these rows.

-- name: variants_between
-- A range of the primary key, in no order: sorting what a range holds would cost more than reading it.
-- Parameters: $1 from resident_id uuid, $2 up to and with resident_id uuid.
SELECT resident_id, number_begins_key, number_ends_key, sound_birth_key, name_day_key, phone_key,
       surname_birth_key, given_birth_key, address_year_key, sound_community_key, mother_key, sealed
  FROM identity.variant
 WHERE resident_id >= $1 AND resident_id <= $2

-- name: links
-- The newest word on whose id each merged one is; a few for each thousand residents.
SELECT DISTINCT ON (resident_id) resident_id, members
  FROM identity.link
 ORDER BY resident_id, event_number DESC

-- name: records_between
-- A range of the primary key; ids are random, so that a range is a random part of all residents.
-- Parameters: $1 from resident_id uuid, $2 up to and with resident_id uuid.
SELECT resident_id, sealed
  FROM identity.identity_record
 WHERE resident_id >= $1 AND resident_id <= $2

-- name: variants_of
-- The few rows of two residents by primary key. Parameters: $1 resident_ids uuid[].
SELECT resident_id, sealed FROM identity.variant WHERE resident_id = ANY ($1::uuid[])
