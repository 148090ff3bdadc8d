-- What every service keeps since it follows others: time zones, roles of people, positions, timers.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- The street's IANA zone: in it days begin, grants end and series recur. The registry's own column is the truth.
ALTER TABLE stream ADD COLUMN time_zone text NOT NULL DEFAULT 'Asia/Shanghai'
    CONSTRAINT stream_time_zone CHECK (time_zone <> '');

CREATE DOMAIN role_grant_holder AS text CONSTRAINT role_grant_holder CHECK (octet_length(VALUE) BETWEEN 1 AND 64);
CREATE DOMAIN role_grant_role AS text CONSTRAINT role_grant_role CHECK (VALUE IN ('STREET_STAFF',
    'COMMUNITY_STAFF', 'UNIT_CONTACT', 'VOLUNTEER', 'SHOP'));
CREATE DOMAIN role_grant_status AS text CONSTRAINT role_grant_status CHECK (VALUE IN ('IN_FORCE', 'REVOKED'));
-- Roles of people and certificates, with their days (both inclusive, in the street's zone). The registry's table is
-- the truth; every other service has its copy by following.
CREATE TABLE role_grant (
    street text NOT NULL,
    grant_id uuid NOT NULL,
    holder role_grant_holder NOT NULL,
    role role_grant_role NOT NULL,
    community_id uuid,
    unit_id uuid,
    from_on date NOT NULL,
    until_on date NOT NULL,
    status role_grant_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT role_grant_pkey PRIMARY KEY (street, grant_id),
    CONSTRAINT role_grant_days CHECK (from_on <= until_on),
    -- staff of a community name it, contacts and shops their unit, the others the street
    CONSTRAINT role_grant_place CHECK ((community_id IS NOT NULL) = (role = 'COMMUNITY_STAFF')
        AND (unit_id IS NOT NULL) = (role IN ('UNIT_CONTACT', 'SHOP')))
);
CREATE INDEX role_grant_holder_key ON role_grant (street, holder, grant_id);

CREATE DOMAIN follower_seq AS bigint CONSTRAINT follower_seq CHECK (VALUE >= 0);
-- How far this service has applied the journals that it follows. seq < reached: it is being rebuilt.
CREATE TABLE follower (
    street text NOT NULL,
    source text NOT NULL,
    seq follower_seq NOT NULL,
    reached follower_seq NOT NULL CONSTRAINT follower_reached CHECK (reached >= seq),
    CONSTRAINT follower_pkey PRIMARY KEY (street, source)
);

-- What will happen by itself.
CREATE TABLE timer (
    street text NOT NULL,
    name text NOT NULL,
    subject text NOT NULL,
    due timestamptz NOT NULL,
    CONSTRAINT timer_pkey PRIMARY KEY (street, name, subject)
);
CREATE INDEX timer_due_key ON timer (due);

ALTER TABLE role_grant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE follower ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE timer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON role_grant USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON follower USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON timer USING (street = current_setting('jusha.street', true));
CREATE POLICY positions ON follower FOR SELECT USING (current_setting('jusha.street', true) = '*');
CREATE POLICY due ON timer FOR SELECT USING (current_setting('jusha.street', true) = '*');

DO $$
DECLARE
    service constant text := current_schema();
BEGIN
    EXECUTE format('GRANT UPDATE ON stream TO %I', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON role_grant, follower, timer TO %I', service);
END $$;

-- migrate:down
DROP TABLE role_grant, follower, timer;
ALTER TABLE stream DROP COLUMN time_zone;
DROP DOMAIN role_grant_holder, role_grant_role, role_grant_status, follower_seq;
