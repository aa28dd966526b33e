-- healthcode.national_card: whose a national card is, and the codes that were made for it here.

-- name: add_card
-- One row, one shard; again changes nothing. Parameters: $1 card_key bytea, $2 resident_id uuid,
-- $3 linked_at timestamptz.
INSERT INTO healthcode.national_card (card_key, resident_id, linked_at)
VALUES ($1, $2, $3)
ON CONFLICT (card_key) DO NOTHING

-- name: holder_of_card
-- By primary key, one shard; the transaction names the key. Parameters: $1 card_key bytea.
SELECT resident_id FROM healthcode.national_card WHERE card_key = $1

-- name: has_card
-- By the index on residents. Parameters: $1 resident_id uuid.
SELECT true FROM healthcode.national_card WHERE resident_id = $1 LIMIT 1

-- name: remove_cards
-- By the index on residents. Parameters: $1 resident_id uuid.
DELETE FROM healthcode.national_card WHERE resident_id = $1

-- name: remove_codes
-- By the index on residents. Parameters: $1 resident_id uuid.
DELETE FROM healthcode.national_card_code WHERE resident_id = $1

-- name: remove_temporary_codes
-- By the index on residents. Parameters: $1 resident_id uuid.
DELETE FROM healthcode.national_card_code WHERE resident_id = $1 AND form = 'temporary'

-- name: take_time
-- The primary key gives a time to exactly one of any number of cards; one shard. Parameters:
-- $1 time_key bytea, $2 until timestamptz.
INSERT INTO healthcode.national_card_time (time_key, until) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: add_code
-- One row, one shard. Parameters: $1 code_key bytea, $2 resident_id uuid, $3 form text,
-- $4 until timestamptz.
INSERT INTO healthcode.national_card_code (code_key, resident_id, form, until)
VALUES ($1, $2, $3, $4)

-- name: stored_code
-- By primary key, one shard; the transaction names the key. Parameters: $1 code_key bytea.
SELECT resident_id, until, redeemed_at FROM healthcode.national_card_code WHERE code_key = $1

-- name: spend_code
-- By primary key: of any number of redeemers exactly one changes it. Parameters: $1 code_key bytea,
-- $2 redeemed_at timestamptz.
UPDATE healthcode.national_card_code
   SET redeemed_at = $2
 WHERE code_key = $1 AND redeemed_at IS NULL

-- name: purge_codes
-- By the index on ends, all shards, off the hot path. Parameters: $1 before timestamptz.
DELETE FROM healthcode.national_card_code WHERE until < $1

-- name: purge_times
-- As above. Parameters: $1 before timestamptz.
DELETE FROM healthcode.national_card_time WHERE until < $1
