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

-- name: suspended_since
-- By primary key, many at once. Parameters: $1 practitioner_ids uuid[].
SELECT p.practitioner_id, least(p.suspended_at, i.suspended_at) AS suspended_at
  FROM registry.practitioner AS p JOIN registry.institution AS i USING (institution_id)
 WHERE p.practitioner_id = ANY ($1::uuid[])
   AND (p.suspended_at IS NOT NULL OR i.suspended_at IS NOT NULL)

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

-- name: restore_practitioner
-- By primary key; only the suspension that was made at one of these moments.
-- Parameters: $1 practitioner_id uuid, $2 timestamptz[].
UPDATE registry.practitioner SET suspended_at = NULL
 WHERE practitioner_id = $1 AND suspended_at = ANY ($2::timestamptz[])

-- name: suspend_system
-- As for institutions. Parameters: $1 system_id uuid, $2 at.
UPDATE registry.system SET suspended_at = coalesce(suspended_at, $2)
 WHERE system_id = $1 RETURNING system_id

-- name: certify_terminal
-- Certifying again replaces key, roles and term, and lifts a suspension.
-- Parameters: $1 terminal_id uuid, $2 source_key, $3 institution_id uuid, $4 name, $5 jwk jsonb,
-- $6 roles text[], $7 certified_until, $8 registered_at timestamptz.
INSERT INTO registry.terminal
       (terminal_id, source_key, institution_id, name, jwk, roles, certified_until, registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (source_key) DO UPDATE
   SET institution_id = excluded.institution_id, name = excluded.name, jwk = excluded.jwk,
       roles = excluded.roles, certified_until = excluded.certified_until, suspended_at = NULL
RETURNING terminal_id

-- name: terminals
-- By primary key, many at once; the institution's own suspension comes along.
-- Parameters: $1 terminal_ids uuid[].
SELECT t.terminal_id, t.institution_id, t.name, t.jwk, t.roles, t.certified_until,
       coalesce(t.suspended_at, i.suspended_at) AS suspended_at
  FROM registry.terminal AS t JOIN registry.institution AS i USING (institution_id)
 WHERE t.terminal_id = ANY ($1::uuid[])

-- name: suspend_terminal
-- As for institutions. Parameters: $1 terminal_id uuid, $2 at.
UPDATE registry.terminal SET suspended_at = coalesce(suspended_at, $2)
 WHERE terminal_id = $1 RETURNING terminal_id

-- name: register_partner
-- Registering again replaces everything but the id, and lifts a suspension.
-- Parameters: $1 partner_id uuid, $2 source_key, $3 use, $4 joining, $5 name, $6 name_en,
-- $7 address text, $8 public_key bytea, $9 voucher_prefix text, $10 voucher_length integer,
-- $11 registered_at timestamptz.
INSERT INTO registry.partner
       (partner_id, source_key, use, joining, name, name_en, address, public_key, voucher_prefix,
        voucher_length, registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (source_key) DO UPDATE
   SET use = excluded.use, joining = excluded.joining, name = excluded.name,
       name_en = excluded.name_en, address = excluded.address, public_key = excluded.public_key,
       voucher_prefix = excluded.voucher_prefix, voucher_length = excluded.voucher_length,
       suspended_at = NULL
RETURNING partner_id

-- name: partners
-- The small table read whole: a region has a handful.
SELECT partner_id, use, joining, name, name_en, address, public_key, voucher_prefix, voucher_length,
       suspended_at
  FROM registry.partner
 ORDER BY use DESC, name, partner_id

-- name: suspend_partner
-- As for institutions. Parameters: $1 partner_id uuid, $2 at.
UPDATE registry.partner SET suspended_at = coalesce(suspended_at, $2)
 WHERE partner_id = $1 RETURNING partner_id

-- name: admit_region
-- Taking a region up again replaces everything but its division, and lifts a suspension.
-- Parameters: $1 division integer, $2 number integer, $3 name, $4 name_en, $5 address text,
-- $6 registered_at timestamptz.
INSERT INTO registry.region (division, number, name, name_en, address, registered_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (division) DO UPDATE
   SET number = excluded.number, name = excluded.name, name_en = excluded.name_en,
       address = excluded.address, suspended_at = NULL

-- name: regions
-- The small table read whole: a nation has hundreds.
SELECT division, number, name, name_en, address
  FROM registry.region
 WHERE suspended_at IS NULL
 ORDER BY division

-- name: region_of_division
-- Primary key. Parameters: $1 division integer.
SELECT division, number, name, name_en, address
  FROM registry.region
 WHERE division = $1 AND suspended_at IS NULL

-- name: region_of_number
-- The unique index of the number. Parameters: $1 number integer.
SELECT division, number, name, name_en, address
  FROM registry.region
 WHERE number = $1 AND suspended_at IS NULL

-- name: suspend_region
-- Parameters: $1 division integer, $2 suspended_at timestamptz.
UPDATE registry.region SET suspended_at = $2 WHERE division = $1 AND suspended_at IS NULL
RETURNING division

-- name: agreements
-- All: a region has some dozens. The newest first.
SELECT agreement_id, party, title, purposes, categories, channels, legal_basis, impact_assessment,
       sub_processors, starts_on, ends_on, proposed_by, proposed_at, signed_by, signed_at,
       suspended_by, suspended_at
  FROM registry.agreement
 ORDER BY proposed_at DESC, agreement_id

-- name: propose_agreement
-- Parameters: the columns in order.
INSERT INTO registry.agreement
    (agreement_id, party, title, purposes, categories, channels, legal_basis, impact_assessment,
     sub_processors, starts_on, ends_on, proposed_by, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: sign_agreement
-- Another than who proposed it, once. Parameters: $1 agreement_id, $2 signed_by, $3 signed_at.
UPDATE registry.agreement
   SET signed_by = $2, signed_at = $3
 WHERE agreement_id = $1 AND signed_at IS NULL AND suspended_at IS NULL AND proposed_by <> $2
RETURNING agreement_id

-- name: suspend_agreement
-- Parameters: $1 agreement_id, $2 suspended_by, $3 suspended_at.
UPDATE registry.agreement
   SET suspended_by = $2, suspended_at = $3
 WHERE agreement_id = $1 AND suspended_at IS NULL
RETURNING agreement_id

-- name: count_transfer
-- By primary key. Parameters: $1 party, $2 channel, $3 on_day, $4 times, $5 last_at.
INSERT INTO registry.transfer_count AS known (party, channel, on_day, times, last_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (party, channel, on_day) DO UPDATE
   SET times = known.times + excluded.times, last_at = greatest(known.last_at, excluded.last_at)

-- name: volumes
-- Of a few months; a small table. Parameters: $1 since date.
SELECT party, channel, sum(times)::bigint AS times, max(last_at) AS last_at
  FROM registry.transfer_count
 WHERE on_day >= $1
 GROUP BY party, channel

-- name: systems_by_institution
-- All systems in use, by institution; some hundreds.
SELECT institution_id, array_agg(name ORDER BY name) AS names
  FROM registry.system
 WHERE suspended_at IS NULL
 GROUP BY institution_id
