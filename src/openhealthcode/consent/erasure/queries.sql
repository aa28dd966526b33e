-- consent.erasure: who is asked to erase what they were allowed to keep; on the resident's shard by
-- primary key, but for an institution's list and the supervisor's, which have their partial indexes.

-- name: ask_after_withdrawal
-- Whoever was allowed to keep by what this event withdrew. One resident's few rows.
-- Parameters: $1 resident_id, $2 event_number, $3 asked_at, $4 due_at.
INSERT INTO consent.erasure
    (resident_id, consent_id, institution_id, event_number, asked_at, due_at)
SELECT c.resident_id, c.consent_id, c.institution_id, $2, $3, $4
  FROM consent.consent c
 WHERE c.resident_id = $1 AND c.withdrawn_number = $2
   AND EXISTS (SELECT FROM consent.provision p
                WHERE p.resident_id = $1 AND p.consent_id = c.consent_id
                  AND p.rule = 'permit' AND p.may_keep)
ON CONFLICT DO NOTHING

-- name: ask_everybody
-- Whoever was ever allowed to keep and has not been asked. Parameters: as above.
INSERT INTO consent.erasure
    (resident_id, consent_id, institution_id, event_number, asked_at, due_at)
SELECT c.resident_id, c.consent_id, c.institution_id, $2, $3, $4
  FROM consent.consent c
 WHERE c.resident_id = $1
   AND EXISTS (SELECT FROM consent.provision p
                WHERE p.resident_id = $1 AND p.consent_id = c.consent_id
                  AND p.rule = 'permit' AND p.may_keep)
ON CONFLICT DO NOTHING

-- name: requests_of
-- The resident's few, newest first. Parameters: $1 resident_id.
SELECT resident_id, consent_id, institution_id, asked_at, due_at, answer, answered_at,
       answered_number, reason, statement_timestamp() AS at
  FROM consent.erasure
 WHERE resident_id = $1
 ORDER BY asked_at DESC, consent_id

-- name: asked_of_institution
-- What still has to be erased, by the partial index, on every shard, when somebody asks; the most
-- urgent first. Parameters: $1 institution_id, $2 limit integer.
SELECT resident_id, consent_id, institution_id, asked_at, due_at, answer, answered_at,
       answered_number, NULL::bytea AS reason, statement_timestamp() AS at
  FROM consent.erasure
 WHERE institution_id = $1 AND (answer IS NULL OR answer = 'retained')
 ORDER BY answer IS NOT NULL, due_at, consent_id
 LIMIT $2

-- name: overdue_everywhere
-- Under the task supervision: by its partial index, on every shard; the longest overdue first.
-- Parameters: $1 limit integer.
SELECT resident_id, consent_id, institution_id, asked_at, due_at, answer, answered_at,
       answered_number, NULL::bytea AS reason, statement_timestamp() AS at
  FROM consent.erasure
 WHERE answer IS NULL AND due_at <= statement_timestamp()
 ORDER BY due_at, consent_id
 LIMIT $1

-- name: note_answer
-- By primary key; the caller holds the resident's chain and has seen that this may be said.
-- Parameters: $1 resident_id, $2 consent_id, $3 answer, $4 answered_at, $5 answered_number,
-- $6 reason bytea or null.
UPDATE consent.erasure
   SET answer = $3, answered_at = $4, answered_number = $5, reason = $6
 WHERE resident_id = $1 AND consent_id = $2
