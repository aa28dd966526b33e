-- consent: requests, answers, withdrawals. Provisions are read in access/queries.sql.
-- Everything here touches one resident, hence one shard, by primary key or its first column.

-- name: insert_request
-- Parameters: the columns in order.
INSERT INTO consent.request
    (resident_id, request_id, presentation_id, practitioner_id, institution_id, purpose, scene,
     category_tokens, lifetime_seconds, event_number, asked_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: request
-- Parameters: $1 resident_id, $2 request_id.
SELECT request_id, presentation_id, practitioner_id, institution_id, purpose, scene,
       category_tokens, lifetime_seconds, asked_at, expires_at, previewed_number, answer,
       answered_at, consent_id
  FROM consent.request
 WHERE resident_id = $1 AND request_id = $2

-- name: requests_waiting
-- Few: a request waits minutes. Parameters: $1 resident_id, $2 at.
SELECT request_id, presentation_id, practitioner_id, institution_id, purpose, scene,
       category_tokens, lifetime_seconds, asked_at, expires_at, previewed_number, answer,
       answered_at, consent_id
  FROM consent.request
 WHERE resident_id = $1 AND answer IS NULL AND expires_at > $2
 ORDER BY asked_at

-- name: note_preview
-- Parameters: $1 resident_id, $2 request_id, $3 previewed_number.
UPDATE consent.request
   SET previewed_number = $3
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
     granted_at, end_at, kind, notice, added_to)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: insert_provision
-- Parameters: the columns in order.
INSERT INTO consent.provision
    (resident_id, consent_id, line, rule, purpose, category_tokens, sensitive_tokens,
     institution_id, practitioner_id, from_day, until_day, up_to_number, start_at, end_at, seal,
     form, department, institution_kind, scenes, may_keep)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)

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
       first.department, coalesce(first.may_keep, false) AS may_keep
  FROM consent.consent c
  LEFT JOIN consent.provision first
         ON first.resident_id = $1 AND first.consent_id = c.consent_id AND first.line = 0
 WHERE c.resident_id = $1
 ORDER BY c.granted_at DESC

-- name: note_withdrawal
-- Only what is still in force can be withdrawn, and what was added to it ends with it. Parameters: $1 resident_id, $2 consent_id,
-- $3 withdrawn_at, $4 withdrawn_number.
UPDATE consent.consent
   SET withdrawn_at = $3, withdrawn_number = $4
 WHERE resident_id = $1 AND (consent_id = $2 OR added_to = $2) AND withdrawn_at IS NULL
RETURNING consent_id

-- name: revoke_provisions
-- Parameters: $1 resident_id, $2 consent_ids, $3 revoked_at.
UPDATE consent.provision
   SET revoked_at = $3
 WHERE resident_id = $1 AND consent_id = ANY ($2::uuid[]) AND revoked_at IS NULL
