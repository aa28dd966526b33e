-- terminology.interactions: reference tables, beside every process.

-- name: interaction_edition
-- Which loaded table is in force; one row at the most.
SELECT edition, pairs, loaded_at
  FROM terminology.interaction_edition

-- name: interactions_with
-- The pairs one of these codes belongs to, on either side; primary key and interaction_other.
-- Parameters: $1 codes text[].
SELECT one, other, severity, says_zh, says_en, source
  FROM terminology.interaction
 WHERE one = ANY ($1) OR other = ANY ($1)
 ORDER BY one, other

-- name: empty_interactions
-- Before another table is loaded, in the same transaction.
DELETE FROM terminology.interaction

-- name: add_interactions
-- Some thousand pairs in one statement. Parameters: $1 one text[], $2 other text[], $3 severity
-- text[], $4 says_zh text[], $5 says_en text[], $6 source text[].
INSERT INTO terminology.interaction (one, other, severity, says_zh, says_en, source)
SELECT n.one, n.other, n.severity, n.says_zh, n.says_en, n.source
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
       AS n (one, other, severity, says_zh, says_en, source)

-- name: forget_interactions
-- No loaded table is in force any more.
DELETE FROM terminology.interaction_edition

-- name: name_interactions
-- The table just loaded is in force. Parameters: $1 edition text, $2 pairs integer, $3 at timestamptz.
INSERT INTO terminology.interaction_edition (the_one, edition, pairs, loaded_at)
VALUES (true, $1, $2, $3)
