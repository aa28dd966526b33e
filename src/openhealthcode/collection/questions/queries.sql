-- collection.questions: what the public asks; a small table that is no resident's, on the coordinator.

-- name: ask
-- One row added; the clock is the database's. Parameters: $1 question_id uuid, $2 scene, $3 element,
-- $4 words, $5 answer within, interval.
INSERT INTO collection.question (question_id, scene, element, words, asked_at, due_at)
VALUES ($1, $2, $3, $4, now(), now() + $5)

-- name: answer
-- By primary key, once. Parameters: $1 question_id uuid, $2 answered_by uuid, $3 the question as
-- published or null, $4 answer.
UPDATE collection.question
   SET answered_at = now(), answered_by = $2, is_published = $3::text IS NOT NULL, question = $3,
       answer = $4
 WHERE question_id = $1 AND answered_at IS NULL
RETURNING question_id

-- name: question
-- By primary key. Parameters: $1 question_id uuid.
SELECT question_id, scene, element, words, asked_at, due_at, answered_at, question, answer
  FROM collection.question
 WHERE question_id = $1

-- name: waiting
-- By the index of open questions, the next due first.
SELECT question_id, scene, element, words, asked_at, due_at, answered_at, question, answer
  FROM collection.question
 WHERE answered_at IS NULL
 ORDER BY due_at, question_id
 LIMIT 200

-- name: published
-- By the index of a rule's questions, or all; the newest first. Parameters: $1 scene or null,
-- $2 element or null, $3 most integer.
SELECT question_id, scene, element, words, asked_at, due_at, answered_at, question, answer
  FROM collection.question
 WHERE answered_at IS NOT NULL AND is_published
   AND ($1::text IS NULL OR scene = $1) AND ($2::text IS NULL OR element = $2)
 ORDER BY asked_at DESC, question_id
 LIMIT $3

-- name: clock
-- All questions, a few hundred a year.
SELECT count(*) FILTER (WHERE answered_at IS NULL AND due_at > now()) AS waiting,
       count(*) FILTER (WHERE answered_at IS NULL AND due_at <= now()) AS overdue,
       count(*) FILTER (WHERE is_published) AS answered,
       count(*) FILTER (WHERE is_published AND answered_at < due_at) AS in_time,
       count(*) FILTER (WHERE NOT is_published) AS set_aside,
       min(due_at) FILTER (WHERE answered_at IS NULL) AS next_due_at
  FROM collection.question
