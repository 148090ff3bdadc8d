-- What two names are equal by; see the registry's migration of this name.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE programme ADD COLUMN name_key text NOT NULL DEFAULT '';
ALTER TABLE resource ADD COLUMN name_key text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX programme_name_key_key ON programme (street, year, name_key) WHERE status <> 'DROPPED' AND name_key <> '';
CREATE UNIQUE INDEX resource_name_key_key ON resource (street, name_key, coalesce(community_id, unit_id,
    '00000000-0000-0000-0000-000000000000')) WHERE status <> 'WITHDRAWN' AND name_key <> '';

-- migrate:down
ALTER TABLE programme DROP COLUMN name_key;
ALTER TABLE resource DROP COLUMN name_key;
