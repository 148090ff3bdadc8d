-- Events and timers say which request they follow from, so that many of one request can be told as one.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- Id of the request that it all began with; '' of what a version before wrote.
ALTER TABLE journal ADD COLUMN causation text NOT NULL DEFAULT '';
ALTER TABLE timer ADD COLUMN causation text NOT NULL DEFAULT '';

-- migrate:down
ALTER TABLE timer DROP COLUMN causation;
ALTER TABLE journal DROP COLUMN causation;
