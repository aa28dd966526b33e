-- terminology: code systems an operator loaded. Reference tables: every process asks its own copy.

-- name: systems
-- Every version of every system, the newest last: a few rows.
SELECT number, url, version, name, chinese, english, source, concepts, loaded_at
  FROM terminology.code_system
 ORDER BY number

-- name: begin
-- A new version, if it was not loaded before; visible to nobody until the whole of it is.
-- Parameters: $1 url text, $2 version text, $3 name text, $4 chinese text, $5 english text,
-- $6 source text, $7 at timestamptz.
INSERT INTO terminology.code_system
       (number, url, version, name, chinese, english, source, concepts, loaded_at)
SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6, 0, $7
  FROM terminology.code_system
ON CONFLICT (url, version) DO NOTHING
RETURNING number

-- name: add
-- A batch of concepts; the primary key refuses a code that comes twice. Parameters: $1 number
-- integer, $2 codes text[], $3 chinese text[], $4 english text[], $5 is_active boolean[], $6 words
-- text[], each with one space between two words.
INSERT INTO terminology.concept (number, code, chinese, english, is_active, words)
SELECT $1, code, chinese, english, is_active, array_to_tsvector(string_to_array(words, ' '))
  FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[])
    AS given (code, chinese, english, is_active, words)

-- name: add_parents
-- Parameters: $1 number integer, $2 codes text[], $3 parents text[].
INSERT INTO terminology.concept_parent (number, code, parent)
SELECT $1, code, parent
  FROM unnest($2::text[], $3::text[]) AS given (code, parent)
ON CONFLICT DO NOTHING

-- name: finish
-- How many concepts it has, counted. Parameters: $1 number integer, $2 concepts integer.
UPDATE terminology.code_system
   SET concepts = $2
 WHERE number = $1

-- name: unknown_parent
-- A parent that is no concept of the system; primary key. Parameters: $1 number integer.
SELECT link.parent
  FROM terminology.concept_parent AS link
 WHERE link.number = $1
   AND NOT EXISTS (SELECT 1
                     FROM terminology.concept AS held
                    WHERE held.number = $1 AND held.code = link.parent)
 LIMIT 1

-- name: concept
-- One concept; primary key. Parameters: $1 number integer, $2 code text.
SELECT held.code, held.chinese, held.english, held.is_active,
       array(SELECT link.parent
               FROM terminology.concept_parent AS link
              WHERE link.number = held.number AND link.code = held.code
              ORDER BY link.parent) AS parents
  FROM terminology.concept AS held
 WHERE held.number = $1 AND held.code = $2

-- name: above
-- Everything a code is a kind of: one step up the primary key for each level.
-- Parameters: $1 number integer, $2 code text.
WITH RECURSIVE above (code) AS (
    SELECT parent FROM terminology.concept_parent WHERE number = $1 AND code = $2
    UNION
    SELECT link.parent
      FROM above
      JOIN terminology.concept_parent AS link ON link.number = $1 AND link.code = above.code
)
SELECT code FROM above

-- name: find
-- Concepts with words that begin so, the shortest names first; index concept_words.
-- Parameters: $1 number integer, $2 words text as a tsquery, $3 most integer.
SELECT code, chinese, english, is_active
  FROM terminology.concept
 WHERE number = $1 AND words @@ $2::text::tsquery
 ORDER BY length(english) + length(chinese), code
 LIMIT $3

-- name: all
-- Concepts in the order of their codes; primary key. Parameters: $1 number integer, $2 most integer.
SELECT code, chinese, english, is_active
  FROM terminology.concept
 WHERE number = $1
 ORDER BY code
 LIMIT $2

-- name: find_below
-- What is a kind of a code, itself included; index concept_children for each level down.
-- Parameters: $1 number integer, $2 words text as a tsquery or null, $3 most integer, $4 below text.
WITH RECURSIVE below (code) AS (
    SELECT $4::text
    UNION
    SELECT link.code
      FROM below
      JOIN terminology.concept_parent AS link ON link.number = $1 AND link.parent = below.code
)
SELECT held.code, held.chinese, held.english, held.is_active
  FROM below
  JOIN terminology.concept AS held ON held.number = $1 AND held.code = below.code
 WHERE $2::text IS NULL OR held.words @@ $2::text::tsquery
 ORDER BY length(held.english) + length(held.chinese), held.code
 LIMIT $3
