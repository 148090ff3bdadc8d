-- Streets, communities, units. Every key leads with the street.
--
-- Communities and units have no foreign key to street: their policies let a row in only under the street that
-- its transaction opened, and opening looks the street up. (The key cost a fifth of RegisterUnit's throughput,
-- regular expressions in CHECK a third, so those stand only where rows are few.)

-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE TABLE street (
    street text NOT NULL CONSTRAINT street_slug CHECK (street ~ '^[a-z][a-z0-9-]{1,31}$'),
    name text NOT NULL CONSTRAINT street_name CHECK (char_length(name) BETWEEN 1 AND 60),
    district text NOT NULL CONSTRAINT street_district CHECK (char_length(district) <= 60),
    division_code text NOT NULL CONSTRAINT street_division_code CHECK (division_code ~ '^([0-9]{9})?$'),
    time_zone text NOT NULL CONSTRAINT street_time_zone CHECK (time_zone <> ''),
    office jsonb,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL CONSTRAINT street_revision CHECK (revision > 0),
    CONSTRAINT street_pkey PRIMARY KEY (street)
);

CREATE TABLE community (
    street text NOT NULL,
    community_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT community_name CHECK (char_length(name) BETWEEN 1 AND 60),
    division_code text NOT NULL CONSTRAINT community_division_code CHECK (division_code ~ '^([0-9]{12})?$'),
    address text NOT NULL CONSTRAINT community_address CHECK (char_length(address) <= 200),
    status text NOT NULL CONSTRAINT community_status CHECK (status IN ('ACTIVE', 'DISSOLVED')),
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL CONSTRAINT community_revision CHECK (revision > 0),
    CONSTRAINT community_pkey PRIMARY KEY (street, community_id)
);
CREATE UNIQUE INDEX community_name_key ON community (street, name) WHERE status <> 'DISSOLVED';
CREATE UNIQUE INDEX community_division_code_key ON community (street, division_code)
    WHERE status <> 'DISSOLVED' AND division_code <> '';

CREATE TABLE unit (
    street text NOT NULL,
    unit_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT unit_name CHECK (char_length(name) BETWEEN 1 AND 120),
    kind text NOT NULL CONSTRAINT unit_kind CHECK (kind IN ('GOVERNMENT', 'PUBLIC_SECURITY', 'PUBLIC_UTILITY',
        'HOSPITAL', 'SCHOOL', 'UNIVERSITY', 'BANK', 'PROPERTY_MANAGER', 'PLATFORM_COMPANY', 'ENTERPRISE',
        'CONSTRUCTION_PROJECT', 'SHOP', 'SOCIAL_ORGANISATION', 'OTHER')),
    credit_code text NOT NULL CONSTRAINT unit_credit_code CHECK (credit_code = '' OR char_length(credit_code) = 18
        AND translate(credit_code, '0123456789ABCDEFGHJKLMNPQRTUWXY', '') = ''),
    party_organisation jsonb,
    address text NOT NULL CONSTRAINT unit_address CHECK (char_length(address) <= 200),
    status text NOT NULL CONSTRAINT unit_status CHECK (status IN ('PROSPECT', 'SIGNED', 'SUSPENDED', 'WITHDRAWN')),
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL CONSTRAINT unit_revision CHECK (revision > 0),
    CONSTRAINT unit_pkey PRIMARY KEY (street, unit_id)
);
CREATE UNIQUE INDEX unit_name_key ON unit (street, name) WHERE status <> 'WITHDRAWN';
CREATE UNIQUE INDEX unit_credit_code_key ON unit (street, credit_code)
    WHERE status <> 'WITHDRAWN' AND credit_code <> '';

-- Each transaction sees the one street that it named; '*' is for lists that span streets.
ALTER TABLE street ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE community ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE unit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON street USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON community USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON unit USING (street = current_setting('jusha.street', true));
CREATE POLICY list ON street FOR SELECT USING (current_setting('jusha.street', true) = '*');

GRANT SELECT, INSERT, UPDATE ON street, community, unit TO registry;

-- migrate:down
DROP TABLE unit, community, street;
