-- What two names are equal by, whatever their case, width and invisible characters (text_key in text_form.h): names are
-- unique and searched by it. Rows that are there have '' until MakeNameKeys (jusha names) makes it; until then, the
-- unique indexes on the names themselves hold what they held.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE community ADD COLUMN name_key text NOT NULL DEFAULT '';
ALTER TABLE unit ADD COLUMN name_key text NOT NULL DEFAULT '';
ALTER TABLE alliance ADD COLUMN name_key text NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN name_key text NOT NULL DEFAULT '',
    DROP CONSTRAINT person_erased,
    ADD CONSTRAINT person_erased CHECK (CASE status WHEN 'LEFT' THEN name = '' AND name_key = '' AND phone_sealed = ''
        ELSE name <> '' END);
CREATE UNIQUE INDEX community_name_key_key ON community (street, name_key) WHERE status <> 'DISSOLVED' AND name_key <> '';
CREATE UNIQUE INDEX unit_name_key_key ON unit (street, name_key) WHERE status <> 'WITHDRAWN' AND name_key <> '';
CREATE UNIQUE INDEX alliance_name_key_key ON alliance (street, name_key) WHERE status <> 'ENDED' AND name_key <> '';

-- migrate:down
ALTER TABLE community DROP COLUMN name_key;
ALTER TABLE unit DROP COLUMN name_key;
ALTER TABLE alliance DROP COLUMN name_key;
ALTER TABLE person DROP CONSTRAINT person_erased,
    ADD CONSTRAINT person_erased CHECK (CASE status WHEN 'LEFT' THEN name = '' AND phone_sealed = '' ELSE name <> '' END),
    DROP COLUMN name_key;
