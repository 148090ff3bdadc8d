-- What a street says of its working days itself.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE street ADD COLUMN calendar jsonb;

-- migrate:down
ALTER TABLE street DROP COLUMN calendar;
