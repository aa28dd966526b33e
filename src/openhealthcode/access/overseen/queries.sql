-- access.overseen: what surrounds an access, and which staff are residents of this region.

-- name: surroundings
-- What else is on file for each of these residents and institutions; see the function in schema.sql.
-- Parameters: $1 resident_ids uuid[], $2 institution_ids uuid[], $3 moments timestamptz[].
SELECT has_visit, has_order, has_contract, has_task, is_dead FROM access.surroundings($1, $2, $3)

-- name: referred
-- Whether they were sent there; see the function in schema.sql.
-- Parameters: $1 resident_ids uuid[], $2 keys bytea[], $3 moments timestamptz[].
SELECT is_referred FROM access.referred($1, $2, $3)

-- name: lookers
-- Which of the staff these events are of; each by the index of leaves and primary key. Parameters: $1 leaves bigint[].
SELECT DISTINCT e.agent_id
  FROM audit.leaf l
  JOIN audit.event e ON e.resident_id = l.resident_id AND e.number = l.number
 WHERE l.leaf_index = ANY ($1::bigint[]) AND e.agent_kind = 'practitioner'

-- name: staff_persons
-- Of these practitioners, and of these residents, who is who; two indexes of a table of a few thousand.
-- Parameters: $1 practitioner_ids uuid[], $2 resident_ids uuid[].
SELECT resident_id, practitioner_id FROM access.staff_person
 WHERE practitioner_id = ANY ($1::uuid[]) OR resident_id = ANY ($2::uuid[])

-- name: tie_staff
-- One row by primary key. Parameters: $1 resident_id uuid, $2 practitioner_id uuid, $3 tied_at.
INSERT INTO access.staff_person (resident_id, practitioner_id, tied_at)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING true

-- name: canaries
-- Which of these marks are canaries'; primary key. Parameters: $1 marks bytea[].
SELECT canary_key FROM identity.canary WHERE canary_key = ANY ($1::bytea[])
