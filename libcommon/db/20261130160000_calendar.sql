-- What a street says of its working days itself, in every service, as its time zone.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- jusha.registry.v1.Calendar; NULL: the State Council's notices alone.
ALTER TABLE stream ADD COLUMN calendar jsonb;

-- migrate:down
ALTER TABLE stream DROP COLUMN calendar;
