-- Alliances end, and so does the claim of their names.

-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE DOMAIN alliance_status AS text CONSTRAINT alliance_status CHECK (VALUE IN ('ACTIVE', 'ENDED'));
-- The default is for processes of the version before, which know no status.
ALTER TABLE alliance ADD COLUMN status alliance_status NOT NULL DEFAULT 'ACTIVE';
ALTER TABLE alliance DROP CONSTRAINT alliance_name_key;
CREATE UNIQUE INDEX alliance_name_key ON alliance (street, name) WHERE status <> 'ENDED';

-- migrate:down
DROP INDEX alliance_name_key;
ALTER TABLE alliance ADD CONSTRAINT alliance_name_key UNIQUE (street, name);
ALTER TABLE alliance DROP COLUMN status;
DROP DOMAIN alliance_status;
