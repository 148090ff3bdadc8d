-- A timer's note is what its handler has to know beside the subject, such as the reason that somebody gave.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE timer ADD COLUMN note text NOT NULL DEFAULT '';

-- migrate:down
ALTER TABLE timer DROP COLUMN note;
