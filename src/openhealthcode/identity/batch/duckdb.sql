-- identity.batch: what batch linkage asks DuckDB, in this process's memory; Splink writes the rest.
-- ``registration`` holds one row per registration: keyed stand-ins, and who as a place in a list.

-- name: create
-- Empty, in the shape of what arrives. {columns} are the table's.
CREATE TABLE registration AS SELECT {columns} FROM arriving

-- name: take_in
-- Columns as Arrow holds them; nothing is converted. {columns} are the table's.
INSERT INTO registration ({columns}) SELECT {columns} FROM arriving

-- name: leave_out_hot_keys
-- A key that more registrations share than the bound says too little to be followed. {block} is a
-- column. Parameter: $1 the bound.
UPDATE registration SET {block} = NULL
 WHERE {block} IN (SELECT {block} FROM registration GROUP BY {block} HAVING count(*) > $1)

-- name: without_number
-- What the number decides is learnt and judged without it: those whose number any registration
-- tells, in one half of the residents. {table} is to be made, {others} are all columns but the number.
-- Parameter: $1 the half (0, 1).
CREATE TABLE {table} AS
SELECT {others}, NULL::BIGINT AS number
  FROM registration
 WHERE hash(person) % 2 = $1
   AND person IN (SELECT person FROM registration WHERE number IS NOT NULL)

-- name: labels
-- Pairs of one person, at most ten each: several registrations under one number. {table} is the
-- table they are of, {labels} is to be made. Parameter: none.
CREATE TABLE {labels} AS
WITH numbered AS (
    SELECT id, person, row_number() OVER (PARTITION BY person ORDER BY hash(id)) AS place FROM {table}
)
SELECT l.id AS id_l, r.id AS id_r
  FROM numbered l JOIN numbered r ON l.person = r.person AND l.place < r.place
 WHERE r.place <= 5

-- name: strangers_who_share
-- How many pairs of different residents share a value. {value} is an expression. Parameter: none.
SELECT coalesce(sum(n * (n - 1) / 2) - sum(own), 0)
  FROM (SELECT sum(n) AS n, sum(n * (n - 1) / 2) AS own
          FROM (SELECT {value} AS value, person, count(*) AS n
                  FROM {table}
                 WHERE {said}
                 GROUP BY ALL)
         GROUP BY value)

-- name: pairs_of_strangers
-- How many pairs of different residents there are. {table} as above. Parameter: none.
SELECT sum(n) * (sum(n) - 1) / 2 - sum(n * (n - 1) / 2)
  FROM (SELECT count(*) AS n FROM {table} GROUP BY person)

-- name: frequency_of_the_rest
-- The chance that a stranger has the same, of a value too rare to be listed: which fewer than {least}
-- registrations say. {column} is the column. Parameter: none.
WITH said AS (SELECT "{column}" AS value, person FROM registration WHERE "{column}" IS NOT NULL)
SELECT coalesce(greatest(sum(n * (n - 1)), 1) / sum(n)
                / (SELECT count(DISTINCT person) FROM said), 0)
  FROM (SELECT count(DISTINCT person) AS n FROM said GROUP BY value HAVING count(*) < {least})

-- name: judged
-- Held-out pairs with their bits and whether they are one person. {predicted} is Splink's table,
-- {table} what it scored. Parameter: none.
SELECT p.match_weight AS bits, l.person = r.person AS is_match
  FROM {predicted} p
  JOIN {table} l ON l.id = p.id_l
  JOIN {table} r ON r.id = p.id_r

-- name: possible_matches
-- Every pair of one person in a table, to hold what was found against. Parameter: none.
SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM (SELECT count(*) AS n FROM {table} GROUP BY person)

-- name: suggestions
-- The best pair of registrations of each two residents, the likeliest first. One who has a valid
-- number is compared by registrations that show it, if there are any. {predicted} is Splink's table.
SELECT person_l, person_r, max_by(match_weight, weight) AS bits,
       bool_or(is_contradicted) AS is_contradicted, bool_or(is_newborn) AS is_newborn
  FROM (SELECT least(l.person, r.person) AS person_l, greatest(l.person, r.person) AS person_r,
               p.match_weight, l.is_newborn OR r.is_newborn AS is_newborn,
               coalesce(l.number <> r.number, false) AS is_contradicted,
               row(l.number IS NOT NULL AND r.number IS NOT NULL, p.match_weight) AS weight
          FROM {predicted} p
          JOIN registration l ON l.id = p.id_l
          JOIN registration r ON r.id = p.id_r)
 GROUP BY person_l, person_r
 ORDER BY bits DESC, person_l, person_r

-- name: keep
-- A table of what was handed in, which is gone afterwards. {table} is to be made, of {columns}.
CREATE OR REPLACE TABLE {table} AS SELECT {columns} FROM {arriving}

-- name: count
-- From the table's own count. Parameter: none.
SELECT count(*) FROM {table}

-- name: residents
-- One column is read. Parameter: none.
SELECT count(DISTINCT person) FROM {table}

-- name: with_pseudonyms
-- Everything, with what stands for a resident outside instead of the place in our list. {others} are all
-- columns but that.
SELECT arriving.pseudonym AS person, {others}
  FROM registration JOIN arriving ON arriving.place_in_list = registration.person
 ORDER BY id

-- name: as_frequent_as_the_least
-- Values the model has not counted: without a row Splink would take them for average.
INSERT INTO {table}
SELECT DISTINCT {column}, CAST(? AS DOUBLE) FROM {of}
WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {column} FROM {table})
