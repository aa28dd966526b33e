-- collection.holding: what is held of one resident; each by the primary key, one shard.

-- name: holdings
-- By primary key. Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT entry_id, institution_id, sealed
  FROM collection.held
 WHERE resident_id = $1 AND entry_id = ANY ($2)

-- name: every_holding
-- One resident's rows, a few thousand at most; when a consent is taken back. Parameters:
-- $1 resident_id uuid.
SELECT entry_id, institution_id, sealed
  FROM collection.held
 WHERE resident_id = $1
 ORDER BY entry_id

-- name: ending
-- One resident's rows, a few thousand at most. Parameters: $1 resident_id uuid, $2 today date.
SELECT entry_id
  FROM collection.held
 WHERE resident_id = $1 AND ends_on <= $2
 ORDER BY entry_id

-- name: unread
-- By primary key. Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
SELECT entry_id
  FROM collection.held
 WHERE resident_id = $1 AND entry_id = ANY ($2) AND is_unread
 ORDER BY entry_id

-- name: keep
-- One statement for all entries of a filing. Parameters: $1 resident_id uuid, $2 entry_ids uuid[],
-- $3 institution_ids uuid[], $4 ends_on date[], $5 is_unread boolean[], $6 sealed bytea[].
INSERT INTO collection.held (resident_id, entry_id, institution_id, ends_on, is_unread, sealed)
SELECT $1, n.entry_id, n.institution_id, n.ends_on, n.is_unread, n.sealed
  FROM unnest($2::uuid[], $3::uuid[], $4::date[], $5::boolean[], $6::bytea[])
       AS n (entry_id, institution_id, ends_on, is_unread, sealed)
ON CONFLICT (resident_id, entry_id) DO UPDATE
   SET institution_id = excluded.institution_id, ends_on = excluded.ends_on,
       is_unread = excluded.is_unread, sealed = excluded.sealed

-- name: let_go
-- By primary key. Parameters: $1 resident_id uuid, $2 entry_ids uuid[].
DELETE FROM collection.held WHERE resident_id = $1 AND entry_id = ANY ($2)

-- name: never_ends
-- By primary key. Parameters: $1 resident_id uuid, $2 entry_id uuid.
UPDATE collection.held SET ends_on = NULL WHERE resident_id = $1 AND entry_id = $2

-- name: today
-- Touches no table. No parameters.
SELECT CURRENT_DATE

-- name: residents_ending
-- By the index of what ends; every shard, once an hour. Parameters: $1 today date, $2 most integer.
SELECT DISTINCT resident_id FROM collection.held WHERE ends_on <= $1 LIMIT $2

-- name: bury
-- One statement, one shard. Parameters: $1 resident_id uuid, $2 entry_ids uuid[],
-- $3 versions integer[], $4 filed_numbers bigint[], $5 event_number bigint.
INSERT INTO collection.destroyed (resident_id, entry_id, version, filed_number, event_number)
SELECT $1, n.entry_id, n.version, n.filed_number, $5
  FROM unnest($2::uuid[], $3::integer[], $4::bigint[]) AS n (entry_id, version, filed_number)

-- name: follow
-- By primary key. Parameters: $1 resident_id uuid, $2 number bigint.
INSERT INTO collection.followed AS f (resident_id, number) VALUES ($1, $2)
ON CONFLICT (resident_id) DO UPDATE SET number = greatest(f.number, excluded.number)

-- name: followed
-- By primary key. Parameters: $1 resident_id uuid.
SELECT number FROM collection.followed WHERE resident_id = $1

-- name: forget
-- One resident's rows. Parameters: $1 resident_id uuid.
DELETE FROM collection.held WHERE resident_id = $1

-- name: follow_no_more
-- By primary key. Parameters: $1 resident_id uuid.
DELETE FROM collection.followed WHERE resident_id = $1
