-- Whom units and communities speak for: what conditions of use call them.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE unit ADD COLUMN groups text[] NOT NULL DEFAULT '{}';
ALTER TABLE community ADD COLUMN groups text[] NOT NULL DEFAULT '{}';

-- migrate:down
ALTER TABLE community DROP COLUMN groups;
ALTER TABLE unit DROP COLUMN groups;
