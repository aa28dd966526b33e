-- supervision.protected: marks of people under special protection. A small table; under the task supervision.

-- name: ask
-- One row for each mark of the person. Parameters: $1 marks bytea[], $2 asked_at, $3 asked_by uuid, $4 until.
INSERT INTO supervision.protected (resident_mark, asked_at, asked_by, until)
SELECT asked.mark, $2, $3, $4 FROM unnest($1::bytea[]) AS asked (mark)
ON CONFLICT DO NOTHING

-- name: confirm
-- What somebody else asked since; by the index on marks. Parameters: $1 marks bytea[], $2 confirmed_at,
-- $3 confirmed_by uuid, $4 since.
UPDATE supervision.protected
   SET confirmed_at = $2, confirmed_by = $3
 WHERE resident_mark = ANY ($1::bytea[]) AND confirmed_at IS NULL
   AND asked_by <> $3 AND asked_at >= $4
RETURNING until

-- name: protections
-- Of these residents; by primary key. Parameters: $1 marks bytea[].
SELECT resident_mark, confirmed_at, until FROM supervision.protected
 WHERE resident_mark = ANY ($1::bytea[]) AND confirmed_at IS NOT NULL

-- name: standing
-- A few hundred rows. Parameters: $1 at, $2 asked since.
SELECT count(*) FILTER (WHERE confirmed_at <= $1 AND $1 < until) AS in_force,
       count(*) FILTER (WHERE confirmed_at IS NULL AND asked_at >= $2) AS waiting
  FROM supervision.protected
