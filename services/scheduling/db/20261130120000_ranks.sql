-- A waitlist is in the order of arrival, which ids have; place is the rank that somebody had then.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE sign_up DROP CONSTRAINT sign_up_place;
DROP INDEX sign_up_place_key;
CREATE INDEX sign_up_waiting_key ON sign_up (street, occurrence_id, sign_up_id) WHERE status = 'WAITING';

-- migrate:down
DROP INDEX sign_up_waiting_key;
UPDATE sign_up SET place = 0 WHERE status <> 'WAITING';
UPDATE sign_up SET place = r.place FROM (SELECT street, sign_up_id, row_number() OVER (PARTITION BY street, occurrence_id
    ORDER BY sign_up_id) AS place FROM sign_up WHERE status = 'WAITING') r
    WHERE sign_up.street = r.street AND sign_up.sign_up_id = r.sign_up_id;
CREATE UNIQUE INDEX sign_up_place_key ON sign_up (street, occurrence_id, place) WHERE status = 'WAITING';
ALTER TABLE sign_up ADD CONSTRAINT sign_up_place CHECK ((place > 0) = (status = 'WAITING'));
