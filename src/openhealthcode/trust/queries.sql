-- trust: the published lists; a few rows for each authority and key.

-- name: newest_lists
-- By primary key, the newest of each authority; the document only of those not held yet. A few rows.
SELECT DISTINCT ON (l.authority) l.authority, l.number, l.document, l.published_at
  FROM trust.published_list l
  LEFT JOIN unnest($1::text[], $2::bigint[]) AS held (authority, number)
         ON held.authority = l.authority
 WHERE l.number > coalesce(held.number, 0)
 ORDER BY l.authority, l.number DESC

-- name: add_list
-- By primary key; a list that was published stays as it is.
INSERT INTO trust.published_list (authority, number, document, published_at)
VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: list_document
-- By primary key.
SELECT document FROM trust.published_list WHERE authority = $1 ORDER BY number DESC LIMIT 1

-- name: history
-- A hundred rows, for a page; off the hot path.
SELECT authority, number, published_at, sha256(document) AS digest
  FROM trust.published_list
 ORDER BY published_at DESC, authority, number DESC LIMIT 100

-- name: newer_status
-- By primary key, for each issuer on a list; only what is newer than what is held.
SELECT s.key_id, s.region, s.issued_at, s.cwt, s.jwt
  FROM unnest($1::integer[], $2::bytea[], $3::timestamptz[]) AS held (region, key_id, issued_at)
  JOIN trust.status_list s ON s.region = held.region AND s.key_id = held.key_id
 WHERE held.issued_at IS NULL OR s.issued_at > held.issued_at

-- name: status_digests
-- A few rows.
SELECT key_id, region, issued_at, digest FROM trust.status_list

-- name: every_status
-- A few rows, each some kilobytes.
SELECT key_id, region, cwt, jwt FROM trust.status_list ORDER BY region, key_id

-- name: status_of
-- By primary key.
SELECT cwt, jwt, issued_at FROM trust.status_list WHERE region = $1 AND key_id = $2

-- name: put_status
-- By primary key; an older list never replaces a newer one.
INSERT INTO trust.status_list (key_id, region, issued_at, digest, cwt, jwt)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (region, key_id) DO UPDATE
   SET issued_at = excluded.issued_at, digest = excluded.digest, cwt = excluded.cwt, jwt = excluded.jwt
 WHERE trust.status_list.issued_at < excluded.issued_at
