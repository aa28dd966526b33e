-- terminology: a reference table of a few rows, beside every process.

-- name: in_force
-- The newest approved edition, its text only if it is not the one known already; index
-- edition_in_force. Parameters: $1 seal bytea of the edition known.
SELECT number, base, author_id, author, decider_id, decider, decided_at, seal,
       CASE WHEN seal IS DISTINCT FROM $1 THEN document END AS document
  FROM terminology.edition
 WHERE state = 'approved'
 ORDER BY number DESC
 LIMIT 1

-- name: editions
-- All of them, the newest first.
SELECT number, base, state, document, reason, author_id, author, begun_at, proposed_at,
       decider_id, decider, decided_at
  FROM terminology.edition
 ORDER BY number DESC

-- name: begin
-- A new draft, unless one is being worked on; the unique index decides between two at once.
-- Parameters: $1 base text, $2 document text, $3 author_id uuid, $4 author text, $5 at timestamptz.
INSERT INTO terminology.edition (number, base, state, document, reason, author_id, author, begun_at)
SELECT coalesce(max(number), 0) + 1, $1, 'draft', $2, '', $3, $4, $5
  FROM terminology.edition
ON CONFLICT DO NOTHING
RETURNING number

-- name: revise
-- A new text of a draft, if it is still the one its author saw.
-- Parameters: $1 number integer, $2 author_id uuid, $3 document text, $4 seen text.
UPDATE terminology.edition
   SET document = $3
 WHERE number = $1 AND author_id = $2 AND state = 'draft' AND document = $4
RETURNING number

-- name: propose
-- A draft is handed to somebody else. Parameters: $1 number integer, $2 author_id uuid,
-- $3 reason text, $4 at timestamptz, $5 seen text.
UPDATE terminology.edition
   SET state = 'proposed', reason = $3, proposed_at = $4
 WHERE number = $1 AND author_id = $2 AND state = 'draft' AND document = $5
RETURNING number

-- name: give_up
-- Its author takes an edition back. Parameters: $1 number integer, $2 author_id uuid.
UPDATE terminology.edition
   SET state = 'given-up'
 WHERE number = $1 AND author_id = $2 AND state IN ('draft', 'proposed')
RETURNING number

-- name: decide
-- Somebody else approves or refuses what they saw. Parameters: $1 number integer, $2 decider_id
-- uuid, $3 decider text, $4 at timestamptz, $5 state text, $6 seal bytea or null, $7 seen text.
UPDATE terminology.edition
   SET state = $5, decider_id = $2, decider = $3, decided_at = $4, seal = $6
 WHERE number = $1 AND author_id <> $2 AND state = 'proposed' AND document = $7
RETURNING number
