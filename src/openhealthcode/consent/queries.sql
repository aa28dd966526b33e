-- consent: requests, answers, withdrawals. Provisions are read in access/queries.sql.
-- Everything here touches one resident, hence one shard, by primary key or its first column.

-- name: insert_request
-- Parameters: the columns in order.
INSERT INTO consent.request
    (resident_id, request_id, presentation_id, practitioner_id, institution_id, purpose, scene,
     category_tokens, lifetime_seconds, event_number, asked_at, expires_at, may_keep)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: request
-- Parameters: $1 resident_id, $2 request_id.
SELECT request_id, presentation_id, practitioner_id, institution_id, purpose, scene,
       category_tokens, lifetime_seconds, asked_at, expires_at, previewed_number,
       previewed_version, previewed_ids, previewed_numbers, previewed_versions, answer,
       answered_at, consent_id, may_keep
  FROM consent.request
 WHERE resident_id = $1 AND request_id = $2

-- name: requests_waiting
-- Few: a request waits minutes. Parameters: $1 resident_id, $2 at.
SELECT request_id, presentation_id, practitioner_id, institution_id, purpose, scene,
       category_tokens, lifetime_seconds, asked_at, expires_at, previewed_number,
       previewed_version, previewed_ids, previewed_numbers, previewed_versions, answer,
       answered_at, consent_id, may_keep
  FROM consent.request
 WHERE resident_id = $1 AND answer IS NULL AND expires_at > $2
 ORDER BY asked_at

-- name: note_preview
-- Parameters: $1 resident_id, $2 request_id, $3 previewed_number, $4 previewed_version, and of the
-- person's other ids $5 uuid[], $6 numbers bigint[], $7 versions bigint[].
UPDATE consent.request
   SET previewed_number = $3, previewed_version = $4, previewed_ids = $5, previewed_numbers = $6,
       previewed_versions = $7
 WHERE resident_id = $1 AND request_id = $2 AND answer IS NULL

-- name: note_answer
-- One answer only: of several at once, the first to commit. Parameters: $1 resident_id,
-- $2 request_id, $3 answer, $4 answered_at, $5 consent_id.
UPDATE consent.request
   SET answer = $3, answered_at = $4, consent_id = $5
 WHERE resident_id = $1 AND request_id = $2 AND answer IS NULL AND expires_at > $4
RETURNING request_id

-- name: insert_consent
-- Parameters: the columns in order.
INSERT INTO consent.consent
    (resident_id, consent_id, is_override, practitioner_id, institution_id, purpose, event_number,
     granted_at, end_at, kind, notice, added_to, given_as,
     notice_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: shared_here
-- The few consents that are here because they were given under another id of the same person, and
-- are in force. Parameters: $1 resident_id, $2 at.
SELECT consent_id, given_as
  FROM consent.consent
 WHERE resident_id = $1 AND given_as IS NOT NULL AND withdrawn_at IS NULL AND end_at > $2
 ORDER BY granted_at

-- name: is_in_force
-- By primary key. Parameters: $1 resident_id, $2 consent_id.
SELECT EXISTS (SELECT FROM consent.consent
                WHERE resident_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL)

-- name: insert_provision
-- Parameters: the columns in order.
INSERT INTO consent.provision
    (resident_id, consent_id, line, rule, purpose, category_tokens, sensitive_tokens,
     institution_id, practitioner_id, from_day, until_day, up_to_number, start_at, end_at, seal,
     form, department, institution_kind, scenes, may_keep, uses, is_seal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
        $21, $22)

-- name: insert_use
-- In the transaction of the look that begins it. Parameters: the columns in order.
INSERT INTO consent.use (resident_id, consent_id, event_number, used_by, used_at)
VALUES ($1, $2, $3, $4, $5)

-- name: consents
-- Newest first, with what their permissions open; the lines of one consent name one recipient.
-- Parameters: $1 resident_id.
SELECT c.consent_id, c.is_override, c.practitioner_id, c.institution_id, c.purpose, c.kind,
       c.added_to, c.notice, c.granted_at, c.end_at, c.withdrawn_at,
       ARRAY (SELECT DISTINCT token
                FROM consent.provision p, unnest(p.category_tokens) AS token
               WHERE p.resident_id = $1 AND p.consent_id = c.consent_id
                 AND p.rule = 'permit') AS category_tokens,
       ARRAY (SELECT DISTINCT token
                FROM consent.provision p, unnest(p.sensitive_tokens) AS token
               WHERE p.resident_id = $1 AND p.consent_id = c.consent_id
                 AND p.rule = 'permit') AS sensitive_tokens,
       first.department, coalesce(first.may_keep, false) AS may_keep, first.uses,
       ARRAY (SELECT u.used_by FROM consent.use u
               WHERE u.resident_id = $1 AND u.consent_id = c.consent_id
               ORDER BY u.used_at) AS used_by,
       ARRAY (SELECT u.used_at FROM consent.use u
               WHERE u.resident_id = $1 AND u.consent_id = c.consent_id
               ORDER BY u.used_at) AS used_at
  FROM consent.consent c
  LEFT JOIN consent.provision first
         ON first.resident_id = $1 AND first.consent_id = c.consent_id AND first.line = 0
 WHERE c.resident_id = $1 AND c.kind NOT IN ('restriction', 'seal')
 ORDER BY c.granted_at DESC

-- name: residents_outdated
-- Under the task retention, all shards, by the partial index; only while an edition of the notice
-- changed something. Parameters: $1 editions that are still good text[], $2 limit integer.
SELECT DISTINCT resident_id
  FROM consent.consent
 WHERE kind IN ('standing', 'family-doctor') AND withdrawn_at IS NULL
   AND end_at > statement_timestamp() AND notice_version <> ALL ($1::text[])
 LIMIT $2

-- name: restrictions
-- What this resident refuses ahead, newest first, whole lines as they are decided by. Parameters:
-- $1 resident_id.
SELECT c.consent_id, c.granted_at, p.category_tokens, p.sensitive_tokens, p.institution_id,
       p.practitioner_id, p.department, p.institution_kind,
       EXISTS (SELECT FROM consent.provision e
                WHERE e.resident_id = $1 AND e.consent_id = c.consent_id
                  AND e.purpose = 'ETREAT') AS in_emergencies
  FROM consent.consent c
  JOIN consent.provision p
    ON p.resident_id = $1 AND p.consent_id = c.consent_id AND p.line = 0
 WHERE c.resident_id = $1 AND c.kind = 'restriction' AND c.withdrawn_at IS NULL
 ORDER BY c.granted_at DESC

-- name: note_withdrawal
-- Only what is still in force can be withdrawn, and what was added to it ends with it; a refusal is
-- lifted, not withdrawn. Parameters: $1 resident_id, $2 consent_id, $3 withdrawn_at,
-- $4 withdrawn_number.
UPDATE consent.consent
   SET withdrawn_at = $3, withdrawn_number = $4
 WHERE resident_id = $1 AND (consent_id = $2 OR added_to = $2) AND withdrawn_at IS NULL
   AND kind NOT IN ('restriction', 'seal')
RETURNING consent_id

-- name: note_lifting
-- Parameters: as note_withdrawal.
UPDATE consent.consent
   SET withdrawn_at = $3, withdrawn_number = $4
 WHERE resident_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL AND kind = 'restriction'
RETURNING consent_id

-- name: end_visits
-- What was allowed at visits, overrides apart, ends. Parameters: $1 resident_id, $2 withdrawn_at,
-- $3 withdrawn_number.
UPDATE consent.consent
   SET withdrawn_at = $2, withdrawn_number = $3
 WHERE resident_id = $1 AND kind = 'visit' AND NOT is_override AND withdrawn_at IS NULL
   AND end_at > $2
RETURNING consent_id

-- name: scene_of_visit
-- The step of care at which the last answer of a visit was given; a visit has few requests.
-- Parameters: $1 resident_id, $2 presentation_id.
SELECT scene
  FROM consent.request
 WHERE resident_id = $1 AND presentation_id = $2 AND answer = 'allowed'
 ORDER BY answered_at DESC
 LIMIT 1

-- name: revoke_provisions
-- Parameters: $1 resident_id, $2 consent_ids, $3 revoked_at.
UPDATE consent.provision
   SET revoked_at = $3
 WHERE resident_id = $1 AND consent_id = ANY ($2::uuid[]) AND revoked_at IS NULL
