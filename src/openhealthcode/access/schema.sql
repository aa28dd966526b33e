-- access: what a look reads, as functions, so that a look by itself is one round trip to read and
-- one to log. Each turns its transaction to the resident it is given; row-level security does the
-- rest. (On Citus: functions distributed by their first argument run beside the resident's rows.)
--
-- Every read answers one row type: first the chain (entry_id is null) with its next number in
-- filed_number, its head in digest and the version of the consents; then the entries. One
-- statement, hence one snapshot: the entries seen are exactly those filed before the next number.
-- Distribution: no table.
CREATE SCHEMA access;

GRANT USAGE ON SCHEMA access TO ohc_app;

-- What the resident has said, with the version it belongs to.
CREATE FUNCTION access.standing(uuid) RETURNS TABLE (consent_version bigint, document bytea)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    turned CONSTANT text := ohc.turn_to($1);
BEGIN
    RETURN QUERY
    SELECT c.consent_version, s.document
      FROM audit.chain c
      LEFT JOIN consent.standing s ON s.resident_id = c.resident_id
     WHERE c.resident_id = $1;
END
$$;

-- The current entries of some categories, newest first; index entry_newest.
CREATE FUNCTION access.categories(uuid, bytea[]) RETURNS TABLE (
    entry_id uuid, version integer, type text, day date, category_token bytea,
    sensitivity_token bytea, institution_id uuid, filed_number bigint, filed_at timestamptz,
    digest bytea, consent_version bigint, body bytea
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    turned CONSTANT text := ohc.turn_to($1);
BEGIN
    RETURN QUERY
    SELECT NULL::uuid AS entry_id, NULL::integer AS version, NULL::text AS type, NULL::date AS day,
           NULL::bytea AS category_token, NULL::bytea AS sensitivity_token,
           NULL::uuid AS institution_id, c.next_number AS filed_number,
           statement_timestamp() AS filed_at, c.head AS digest, c.consent_version,
           NULL::bytea AS body
      FROM audit.chain c
     WHERE c.resident_id = $1
    UNION ALL
    (SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
            e.institution_id, e.filed_number, e.filed_at, e.digest, NULL, e.body
       FROM record.entry e
      WHERE e.resident_id = $1 AND e.is_current AND e.category_token = ANY ($2)
      ORDER BY e.day DESC, e.entry_id DESC);
END
$$;

-- One entry in its current version or in the one named; primary key.
CREATE FUNCTION access.entry(uuid, uuid, integer) RETURNS TABLE (
    entry_id uuid, version integer, type text, day date, category_token bytea,
    sensitivity_token bytea, institution_id uuid, filed_number bigint, filed_at timestamptz,
    digest bytea, consent_version bigint, body bytea
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    turned CONSTANT text := ohc.turn_to($1);
BEGIN
    RETURN QUERY
    SELECT NULL::uuid AS entry_id, NULL::integer AS version, NULL::text AS type, NULL::date AS day,
           NULL::bytea AS category_token, NULL::bytea AS sensitivity_token,
           NULL::uuid AS institution_id, c.next_number AS filed_number,
           statement_timestamp() AS filed_at, c.head AS digest, c.consent_version,
           NULL::bytea AS body
      FROM audit.chain c
     WHERE c.resident_id = $1
    UNION ALL
    SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
           e.institution_id, e.filed_number, e.filed_at, e.digest, NULL, e.body
      FROM record.entry e
     WHERE e.resident_id = $1 AND e.entry_id = $2
       AND (e.version = $3 OR ($3 IS NULL AND e.is_current));
END
$$;
