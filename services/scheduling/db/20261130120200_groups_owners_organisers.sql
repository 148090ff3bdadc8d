-- Groups that communities and units speak for; groups of activities, and organisers that agreed. Copies
-- that were made before lack them until they are rebuilt (Rebuild).

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE community ADD COLUMN groups text[] NOT NULL DEFAULT '{}';
ALTER TABLE unit ADD COLUMN groups text[] NOT NULL DEFAULT '{}';
ALTER TABLE activity ADD COLUMN groups text[] NOT NULL DEFAULT '{}', ADD COLUMN agreed_unit_ids uuid[] NOT NULL DEFAULT '{}';

-- migrate:down
ALTER TABLE activity DROP COLUMN groups, DROP COLUMN agreed_unit_ids;
ALTER TABLE unit DROP COLUMN groups;
ALTER TABLE community DROP COLUMN groups;
