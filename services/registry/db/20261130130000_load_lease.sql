-- Who loads data into a street: one at a time.

-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE TABLE load_lease (
    street text NOT NULL,
    lease_id uuid NOT NULL,
    holder text NOT NULL,
    until_time timestamptz NOT NULL,
    CONSTRAINT load_lease_pkey PRIMARY KEY (street)
);
ALTER TABLE load_lease ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON load_lease USING (street = current_setting('jusha.street', true));
GRANT SELECT, INSERT, UPDATE ON load_lease TO registry;

-- migrate:down
DROP TABLE load_lease;
