-- registry: three small reference tables; every statement goes by a unique index.

-- name: register_institution
-- Registering again updates; what is known only from elsewhere never overwrites what is known here.
-- Parameters: $1 institution_id uuid, $2 source_key, $3 kind, $4 name, $5 name_en, $6 division_code,
-- $7 credit_code text or null, $8 registered_at timestamptz.
INSERT INTO registry.institution AS known
       (institution_id, source_key, kind, name, name_en, division_code, credit_code, registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (source_key) DO UPDATE
   SET kind = excluded.kind, name = excluded.name, name_en = excluded.name_en,
       division_code = excluded.division_code, credit_code = excluded.credit_code
 WHERE excluded.kind <> 'external'
   AND (known.kind, known.name, known.name_en, known.division_code, known.credit_code)
       IS DISTINCT FROM (excluded.kind, excluded.name, excluded.name_en, excluded.division_code,
                         excluded.credit_code)
RETURNING institution_id

-- name: institution_of_key
-- Parameters: $1 source_key text.
SELECT institution_id FROM registry.institution WHERE source_key = $1

-- name: register_practitioner
-- As for institutions. Parameters: $1 practitioner_id uuid, $2 source_key, $3 institution_id uuid,
-- $4 name, $5 name_en, $6 staff_number, $7 role, $8 department, $9 title, $10 registered_at.
INSERT INTO registry.practitioner AS known
       (practitioner_id, source_key, institution_id, name, name_en, staff_number, role, department,
        title, registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (source_key) DO UPDATE
   SET institution_id = excluded.institution_id, name = excluded.name,
       name_en = excluded.name_en, staff_number = excluded.staff_number, role = excluded.role,
       department = excluded.department, title = excluded.title
 WHERE excluded.role <> 'external'
   AND (known.institution_id, known.name, known.name_en, known.staff_number, known.role,
        known.department, known.title)
       IS DISTINCT FROM (excluded.institution_id, excluded.name, excluded.name_en,
                         excluded.staff_number, excluded.role, excluded.department, excluded.title)
RETURNING practitioner_id

-- name: practitioner_of_key
-- Parameters: $1 source_key text.
SELECT practitioner_id FROM registry.practitioner WHERE source_key = $1

-- name: register_system
-- Registering again replaces the keys and scopes; a suspension stays.
-- Parameters: $1 system_id uuid, $2 source_key, $3 institution_id uuid, $4 name, $5 jwks jsonb,
-- $6 scopes text[], $7 registered_at timestamptz.
INSERT INTO registry.system
       (system_id, source_key, institution_id, name, jwks, scopes, registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (source_key) DO UPDATE
   SET institution_id = excluded.institution_id, name = excluded.name, jwks = excluded.jwks,
       scopes = excluded.scopes
RETURNING system_id

-- name: institutions
-- By primary key, many at once. Parameters: $1 institution_ids uuid[].
SELECT institution_id, kind, name, name_en, division_code, credit_code, suspended_at
  FROM registry.institution
 WHERE institution_id = ANY ($1::uuid[])

-- name: practitioners
-- By primary key, many at once; the institution's own suspension comes along.
-- Parameters: $1 practitioner_ids uuid[].
SELECT p.practitioner_id, p.institution_id, p.name, p.name_en, p.staff_number, p.role, p.department,
       p.title, coalesce(p.suspended_at, i.suspended_at) AS suspended_at
  FROM registry.practitioner AS p JOIN registry.institution AS i USING (institution_id)
 WHERE p.practitioner_id = ANY ($1::uuid[])

-- name: institutions_named
-- Institutions in practice whose name holds a text, shortest name first. Some thousand rows in a
-- region, read when a resident looks for one. Parameters: $1 text, $2 most rows.
SELECT institution_id, kind, name, name_en, division_code, credit_code, suspended_at
  FROM registry.institution
 WHERE (position(lower($1) IN lower(name)) > 0 OR position(lower($1) IN lower(name_en)) > 0)
   AND kind <> 'external' AND suspended_at IS NULL
 ORDER BY length(name), name, institution_id
 LIMIT $2

-- name: staff
-- Who works at an institution, by department and name; some thousand rows at the largest.
-- Parameters: $1 institution_id uuid.
SELECT p.practitioner_id, p.institution_id, p.name, p.name_en, p.staff_number, p.role, p.department,
       p.title, coalesce(p.suspended_at, i.suspended_at) AS suspended_at
  FROM registry.practitioner AS p JOIN registry.institution AS i USING (institution_id)
 WHERE p.institution_id = $1 AND p.role <> 'external' AND p.suspended_at IS NULL
 ORDER BY p.department, p.name, p.practitioner_id

-- name: systems
-- As for practitioners. Parameters: $1 system_ids uuid[].
SELECT s.system_id, s.institution_id, s.name, s.jwks, s.scopes,
       coalesce(s.suspended_at, i.suspended_at) AS suspended_at
  FROM registry.system AS s JOIN registry.institution AS i USING (institution_id)
 WHERE s.system_id = ANY ($1::uuid[])

-- name: systems_of
-- The small table read whole, on the officer's page. Parameters: $1 institution_id uuid.
SELECT s.system_id, s.institution_id, s.name, s.jwks, s.scopes,
       coalesce(s.suspended_at, i.suspended_at) AS suspended_at
  FROM registry.system AS s JOIN registry.institution AS i USING (institution_id)
 WHERE s.institution_id = $1
 ORDER BY s.name, s.system_id

-- name: suspend_institution
-- By primary key; the first suspension's time stays. Parameters: $1 institution_id uuid, $2 at.
UPDATE registry.institution SET suspended_at = coalesce(suspended_at, $2)
 WHERE institution_id = $1 RETURNING institution_id

-- name: suspend_practitioner
-- As for institutions. Parameters: $1 practitioner_id uuid, $2 at.
UPDATE registry.practitioner SET suspended_at = coalesce(suspended_at, $2)
 WHERE practitioner_id = $1 RETURNING practitioner_id

-- name: suspend_system
-- As for institutions. Parameters: $1 system_id uuid, $2 at.
UPDATE registry.system SET suspended_at = coalesce(suspended_at, $2)
 WHERE system_id = $1 RETURNING system_id
