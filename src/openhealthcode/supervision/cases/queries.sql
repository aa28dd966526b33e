-- supervision.cases: cases and their steps; some hundreds a year in a region.

-- name: open_case
-- One row. Parameters: $1 case_id uuid, $2 kind, $3 accused uuid, $4 institution_id uuid, $5 alert_id uuid
-- or null, $6 resident_mark bytea, $7 opened_at, $8 due_at timestamptz, $9 sealed bytea.
INSERT INTO supervision.case_file
       (case_id, kind, accused, institution_id, alert_id, resident_mark, opened_at, due_at, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: add_step
-- One row. Parameters: $1 case_id uuid, $2 number integer, $3 kind, $4 taken_by uuid, $5 verdict or null,
-- $6 taken_at timestamptz, $7 sealed bytea.
INSERT INTO supervision.case_step (case_id, number, kind, taken_by, verdict, taken_at, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: case_file
-- Primary key. Parameters: $1 case_id uuid.
SELECT case_id, kind, accused, institution_id, alert_id, resident_mark, opened_at, due_at, sealed,
       clock_timestamp() AS now
  FROM supervision.case_file
 WHERE case_id = $1

-- name: case_files
-- Those of the last years, the next due first; the index of opening. Parameters: $1 since timestamptz,
-- $2 institution_id uuid or null for all, $3 accused uuid or null for anybody, $4 most rows.
SELECT case_id, kind, accused, institution_id, alert_id, resident_mark, opened_at, due_at, sealed,
       clock_timestamp() AS now
  FROM supervision.case_file
 WHERE opened_at >= $1 AND ($2::uuid IS NULL OR institution_id = $2)
   AND ($3::uuid IS NULL OR accused = $3)
 ORDER BY due_at, case_id
 LIMIT $4

-- name: case_files_of_mark
-- What one resident reported; the index of marks. Parameters: $1 resident_mark bytea.
SELECT case_id, kind, accused, institution_id, alert_id, resident_mark, opened_at, due_at, sealed,
       clock_timestamp() AS now
  FROM supervision.case_file
 WHERE resident_mark = $1 AND resident_mark <> ''
 ORDER BY opened_at, case_id

-- name: steps
-- Primary key. Parameters: $1 case_ids uuid[].
SELECT case_id, number, kind, taken_by, verdict, taken_at, sealed
  FROM supervision.case_step
 WHERE case_id = ANY ($1::uuid[])
 ORDER BY case_id, number
