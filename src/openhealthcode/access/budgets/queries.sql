-- access.budgets: of how many residents somebody has read today, and what explains a reading.

-- name: basis
-- What explains that somebody reads of this resident: each by primary key or by the resident's own
-- few rows; only where the decision itself tells no reason. In the resident's context.
-- Parameters: $1 resident_id, $2 practitioner_id uuid or null for a system, $3 institution_id,
-- $4 consent_ids uuid[].
SELECT CASE
         WHEN EXISTS (SELECT FROM healthcode.presentation p
                       WHERE p.resident_id = $1 AND p.institution_id = $3
                         AND ($2::uuid IS NULL OR p.practitioner_id = $2)
                         AND p.presented_at > statement_timestamp() - interval '1 day')
         THEN 'code'
         WHEN EXISTS (SELECT FROM consent.consent c
                       WHERE c.resident_id = $1 AND c.consent_id = ANY ($4::uuid[])
                         AND c.kind = 'family-doctor')
         THEN 'contract'
         WHEN EXISTS (SELECT FROM record.entry e
                       WHERE e.resident_id = $1 AND e.is_current AND e.institution_id = $3
                         AND e.type IN ('ServiceRequest', 'MedicationRequest', 'Appointment')
                         AND e.filed_at > statement_timestamp() - interval '7 days')
         THEN 'order'
       END AS basis

-- name: reserve
-- One row by primary key, locked for a moment, and one more row: only for what nothing explains.
-- Parameters: $1 reader_id, $2 reader_kind, $3 institution_id, $4 on_day date, $5 mark bytea,
-- $6 stop_at integer, $7 at timestamptz.
SELECT access.reserve_reading($1, $2, $3, $4, $5, $6, $7)

-- name: count_explained
-- One row by primary key, every few seconds. Parameters: $1 reader_id, $2 reader_kind,
-- $3 institution_id, $4 on_day date, $5 residents integer, $6 warn_at integer, $7 at timestamptz.
SELECT access.count_explained($1, $2, $3, $4, $5, $6, $7)

-- name: standing
-- A few days of a small table. Parameters: $1 since date.
SELECT on_day, reader_id, reader_kind, institution_id, unexplained, explained, refused, stopped_at
  FROM access.reading_budget
 WHERE on_day >= $1
 ORDER BY on_day DESC, unexplained DESC, explained DESC
 LIMIT 5000

-- name: forget_leases
-- By primary key's first column. Parameters: $1 before date.
DELETE FROM access.reading_lease WHERE on_day < $1

-- name: forget_budgets
-- By primary key's first column. Parameters: $1 before date.
DELETE FROM access.reading_budget WHERE on_day < $1
