-- consent.emergency: advance choices, each on one resident's shard; cases, by resident or by hashed key.

-- name: insert_choice
-- Choices are never changed; the newest counts. Parameters: $1 resident_id, $2 event_number,
-- $3 chosen_at, $4 sealed.
INSERT INTO consent.advance_choice (resident_id, event_number, chosen_at, sealed)
VALUES ($1, $2, $3, $4)

-- name: choice
-- By primary key, from its end. Parameters: $1 resident_id.
SELECT event_number, chosen_at, sealed
  FROM consent.advance_choice
 WHERE resident_id = $1
 ORDER BY event_number DESC
 LIMIT 1

-- name: insert_case
-- Parameters: the columns in order.
INSERT INTO consent.override_case
    (resident_id, consent_id, queue_key, author_key, institution_id, practitioner_id, opened_at,
     due_at, reviewers_needed, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: insert_judgement
-- The first of a reviewer counts. Parameters: the columns in order.
INSERT INTO consent.override_review
    (resident_id, consent_id, reviewer_id, queue_key, author_key, event_number, judged_at,
     judgement)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: case
-- By primary key. Parameters: $1 resident_id, $2 consent_id.
SELECT c.resident_id, c.consent_id, c.institution_id, c.practitioner_id, c.opened_at, c.due_at,
       c.reviewers_needed, c.sealed, statement_timestamp() AS at,
       ARRAY (SELECT r.reviewer_id FROM consent.override_review r
               WHERE r.resident_id = $1 AND r.consent_id = $2
               ORDER BY r.reviewer_id) AS reviewers,
       ARRAY (SELECT r.judgement FROM consent.override_review r
               WHERE r.resident_id = $1 AND r.consent_id = $2
               ORDER BY r.reviewer_id) AS judgements
  FROM consent.override_case c
 WHERE c.resident_id = $1 AND c.consent_id = $2

-- name: cases_of_queue
-- By its index; those of a year. Parameters: $1 queue_key.
SELECT c.resident_id, c.consent_id, c.institution_id, c.practitioner_id, c.opened_at, c.due_at,
       c.reviewers_needed, statement_timestamp() AS at,
       array_remove(array_agg(r.reviewer_id ORDER BY r.reviewer_id), NULL) AS reviewers,
       array_remove(array_agg(r.judgement ORDER BY r.reviewer_id), NULL) AS judgements
  FROM consent.override_case c
  LEFT JOIN consent.override_review r
         ON r.resident_id = c.resident_id AND r.consent_id = c.consent_id
 WHERE c.queue_key = $1 AND c.opened_at > statement_timestamp() - interval '1 year'
 GROUP BY c.resident_id, c.consent_id
 ORDER BY c.due_at

-- name: cases_of_author
-- By its index; those of a year. Parameters: $1 author_key.
SELECT c.resident_id, c.consent_id, c.institution_id, c.practitioner_id, c.opened_at, c.due_at,
       c.reviewers_needed, statement_timestamp() AS at,
       array_remove(array_agg(r.reviewer_id ORDER BY r.reviewer_id), NULL) AS reviewers,
       array_remove(array_agg(r.judgement ORDER BY r.reviewer_id), NULL) AS judgements
  FROM consent.override_case c
  LEFT JOIN consent.override_review r
         ON r.resident_id = c.resident_id AND r.consent_id = c.consent_id
 WHERE c.author_key = $1 AND c.opened_at > statement_timestamp() - interval '1 year'
 GROUP BY c.resident_id, c.consent_id
 ORDER BY c.due_at

-- name: cases_of_all
-- Under the task supervision, all shards; those of a year.
SELECT c.resident_id, c.consent_id, c.institution_id, c.practitioner_id, c.opened_at, c.due_at,
       c.reviewers_needed, statement_timestamp() AS at,
       array_remove(array_agg(r.reviewer_id ORDER BY r.reviewer_id), NULL) AS reviewers,
       array_remove(array_agg(r.judgement ORDER BY r.reviewer_id), NULL) AS judgements
  FROM consent.override_case c
  LEFT JOIN consent.override_review r
         ON r.resident_id = c.resident_id AND r.consent_id = c.consent_id
 WHERE c.opened_at > statement_timestamp() - interval '1 year'
 GROUP BY c.resident_id, c.consent_id
 ORDER BY c.due_at
