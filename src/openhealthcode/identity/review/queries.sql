-- identity.review: what waits for a registrar. One case lies on its first resident's shard; the queue
-- asks all shards, under a task of its own, and reads no sealed column.

-- name: waiting
-- Every case whose latest answer settles nothing; an answer is one probe of its primary key. Those that
-- contradict what is known come first, then the likeliest. Parameters: $1 institution_id uuid,
-- $2 opened before timestamptz, what is then everybody's, $3 rules that contradict text[],
-- $4 at most integer.
SELECT item.resident_id, item.review_key, item.kind, item.reason, item.other_residents, item.bits,
       item.model_version, item.institution_id, item.opened_at
  FROM identity.review_item AS item
 WHERE (item.institution_id = $1 OR item.institution_id IS NULL OR item.opened_at <= $2)
   AND NOT EXISTS (SELECT FROM identity.review_answer AS given
                    WHERE given.resident_id = item.resident_id
                      AND given.review_key = item.review_key
                      AND given.answer <> 'reopened'
                      AND NOT EXISTS (SELECT FROM identity.review_answer AS later
                                       WHERE later.resident_id = given.resident_id
                                         AND later.review_key = given.review_key
                                         AND later.answered_at > given.answered_at))
 ORDER BY (item.kind = 'set-aside' OR item.reason = ANY ($3::text[])) DESC,
          item.bits DESC NULLS LAST, item.opened_at, item.review_key
 LIMIT $4

-- name: backlog
-- The same cases counted, by what tells their risk. Parameters: $1, $2 as for waiting, $3 the bits from
-- which two are likely one person real.
SELECT item.kind, item.reason, coalesce(item.bits >= $3, false) AS is_likely,
       count(*) AS count, min(item.opened_at) AS oldest_at
  FROM identity.review_item AS item
 WHERE (item.institution_id = $1 OR item.institution_id IS NULL OR item.opened_at <= $2)
   AND NOT EXISTS (SELECT FROM identity.review_answer AS given
                    WHERE given.resident_id = item.resident_id
                      AND given.review_key = item.review_key
                      AND given.answer <> 'reopened'
                      AND NOT EXISTS (SELECT FROM identity.review_answer AS later
                                       WHERE later.resident_id = given.resident_id
                                         AND later.review_key = given.review_key
                                         AND later.answered_at > given.answered_at))
 GROUP BY item.kind, item.reason, coalesce(item.bits >= $3, false)

-- name: latest_answers
-- By index on the time, newest first. Parameters: $1 institution_id uuid, $2 at most integer.
SELECT resident_id, review_key, answer, answered_at, answered_by, institution_id, merge_id,
       worked_seconds
  FROM identity.review_answer
 WHERE institution_id = $1
 ORDER BY answered_at DESC
 LIMIT $2

-- name: item
-- The resident's few rows by primary key. Parameters: $1 resident_id uuid, $2 first half of the key.
SELECT resident_id, review_key, kind, reason, other_residents, bits, model_version, institution_id,
       opened_at, sealed
  FROM identity.review_item
 WHERE resident_id = $1 AND substring(review_key FROM 1 FOR 16) = $2

-- name: items_of
-- The resident's few rows by primary key. Parameters: $1 resident_id uuid.
SELECT resident_id, review_key, kind, reason, other_residents, bits, model_version, institution_id,
       opened_at, sealed
  FROM identity.review_item
 WHERE resident_id = $1
 ORDER BY opened_at, review_key

-- name: answers
-- The case's few rows by primary key, oldest first. Parameters: $1 resident_id uuid, $2 review_key.
SELECT resident_id, review_key, answer, answered_at, answered_by, institution_id, merge_id,
       worked_seconds
  FROM identity.review_answer
 WHERE resident_id = $1 AND review_key = $2
 ORDER BY answered_at

-- name: add_answer
-- One row. Parameters: $1 resident_id uuid, $2 review_key bytea, $3 answered_at timestamptz,
-- $4 answer text, $5 answered_by uuid, $6 institution_id uuid, $7 merge_id uuid or null,
-- $8 worked_seconds integer or null.
INSERT INTO identity.review_answer
       (resident_id, review_key, answered_at, answer, answered_by, institution_id, merge_id,
        worked_seconds)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
