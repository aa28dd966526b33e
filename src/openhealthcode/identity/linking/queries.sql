-- identity.linking: which ids are one person. Each row lies with every resident it concerns, by primary
-- key on that one's shard; what several residents have in common is read one after the other.

-- name: members
-- Newest first, one row by the primary key backwards. Parameters: $1 resident_id uuid.
SELECT members
  FROM identity.link
 WHERE resident_id = $1
 ORDER BY event_number DESC
 LIMIT 1

-- name: add_link
-- One row. Parameters: $1 resident_id uuid, $2 event_number bigint, $3 merge_id uuid,
-- $4 decided_at timestamptz, $5 members bytea.
INSERT INTO identity.link (resident_id, event_number, merge_id, decided_at, members)
VALUES ($1, $2, $3, $4, $5)

-- name: add_event
-- One row. Parameters: $1 resident_id uuid, $2 merge_id uuid, $3 kind text, $4 survivor_id uuid,
-- $5 other_id uuid, $6 event_number bigint, $7 decided_at timestamptz, $8 clerk_id uuid,
-- $9 institution_id uuid or null, $10 sealed bytea.
INSERT INTO identity.merge_event
       (resident_id, merge_id, kind, survivor_id, other_id, event_number, decided_at, clerk_id,
        institution_id, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: events
-- The resident's few rows by primary key, oldest first. Parameters: $1 resident_id uuid.
SELECT merge_id, kind, survivor_id, other_id, decided_at, clerk_id, institution_id, sealed
  FROM identity.merge_event
 WHERE resident_id = $1
 ORDER BY event_number, kind

-- name: add_not_same
-- One row. Parameters: $1 resident_id uuid, $2 other_id uuid, $3 event_number bigint,
-- $4 holds boolean, $5 decided_at timestamptz, $6 clerk_id uuid, $7 institution_id uuid or null,
-- $8 sealed bytea.
INSERT INTO identity.not_same
       (resident_id, other_id, event_number, holds, decided_at, clerk_id, institution_id, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: not_same
-- The resident's few rows by primary key; of each other resident the newest counts.
-- Parameters: $1 resident_id uuid.
SELECT other_id
  FROM (SELECT DISTINCT ON (other_id) other_id, holds
          FROM identity.not_same
         WHERE resident_id = $1
         ORDER BY other_id, event_number DESC) AS newest
 WHERE holds

-- name: add_relation
-- One row. Parameters: $1 resident_id uuid, $2 other_id uuid, $3 kind text, $4 event_number bigint,
-- $5 holds boolean, $6 noted_at timestamptz.
INSERT INTO identity.relation (resident_id, other_id, kind, event_number, holds, noted_at)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: relations
-- The resident's few rows by primary key; of each relation the newest row counts.
-- Parameters: $1 resident_id uuid.
SELECT other_id, kind, noted_at
  FROM (SELECT DISTINCT ON (other_id, kind) other_id, kind, holds, noted_at
          FROM identity.relation
         WHERE resident_id = $1
         ORDER BY other_id, kind, event_number DESC) AS newest
 WHERE holds
 ORDER BY noted_at, other_id, kind
