-- A part is told to nobody who was told of the whole, within the hour: what a timer does to it weeks later is news.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE told ADD COLUMN event_time timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE told ALTER COLUMN event_time SET DEFAULT now(); -- of a service of the version before

-- migrate:down
ALTER TABLE told DROP COLUMN event_time;
