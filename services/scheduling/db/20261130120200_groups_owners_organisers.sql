-- Groups that communities and units speak for, owners of resources; groups of activities, and organisers that agreed. Copies
-- that were made before lack them until they are made anew (Rebuild).

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE community ADD COLUMN groups text[] NOT NULL DEFAULT '{}';
ALTER TABLE unit ADD COLUMN groups text[] NOT NULL DEFAULT '{}';
ALTER TABLE resource ADD COLUMN community_id uuid, ADD COLUMN unit_id uuid;
ALTER TABLE activity ADD COLUMN groups text[] NOT NULL DEFAULT '{}', ADD COLUMN agreed_unit_ids uuid[] NOT NULL DEFAULT '{}';

-- migrate:down
ALTER TABLE activity DROP COLUMN groups, DROP COLUMN agreed_unit_ids;
ALTER TABLE resource DROP COLUMN community_id, DROP COLUMN unit_id;
ALTER TABLE unit DROP COLUMN groups;
ALTER TABLE community DROP COLUMN groups;
