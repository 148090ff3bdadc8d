-- Who acted for the units of a claim; a project whose last unit declined stays, without one.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE claim ADD COLUMN claimed_by text NOT NULL DEFAULT '', ADD COLUMN finished_by text NOT NULL DEFAULT '';
ALTER DOMAIN project_unit_ids DROP CONSTRAINT project_unit_ids;
ALTER DOMAIN project_unit_ids ADD CONSTRAINT project_unit_ids CHECK (cardinality(VALUE) <= 50);
ALTER TABLE project DROP CONSTRAINT project_lead; -- NULL is no member of an empty array
ALTER TABLE project ADD CONSTRAINT project_lead CHECK (lead_unit_id IS NULL OR lead_unit_id = ANY (unit_ids));

-- migrate:down
ALTER DOMAIN project_unit_ids DROP CONSTRAINT project_unit_ids;
ALTER DOMAIN project_unit_ids ADD CONSTRAINT project_unit_ids CHECK (cardinality(VALUE) BETWEEN 1 AND 50);
ALTER TABLE project DROP CONSTRAINT project_lead;
ALTER TABLE project ADD CONSTRAINT project_lead CHECK (lead_unit_id = ANY (unit_ids));
ALTER TABLE claim DROP COLUMN claimed_by, DROP COLUMN finished_by;
