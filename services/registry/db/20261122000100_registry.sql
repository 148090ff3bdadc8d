-- Streets, communities, units. Every key leads with the street.
--
-- Communities and units have no foreign key to street: their policies let a row in only under the street that
-- its transaction opened, and opening looks the street up. (The key cost a fifth of RegisterUnit's throughput,
-- regular expressions in checks a third, so those stand only where rows are few.)

-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE DOMAIN street_slug AS text CONSTRAINT street_slug CHECK (VALUE ~ '^[a-z][a-z0-9-]{1,31}$');
CREATE DOMAIN street_name AS text CONSTRAINT street_name CHECK (char_length(VALUE) BETWEEN 1 AND 60);
CREATE DOMAIN street_district AS text CONSTRAINT street_district CHECK (char_length(VALUE) <= 60);
CREATE DOMAIN street_division_code AS text CONSTRAINT street_division_code CHECK (VALUE ~ '^([0-9]{9})?$');
CREATE DOMAIN street_time_zone AS text CONSTRAINT street_time_zone CHECK (VALUE <> '');
CREATE TABLE street (
    street street_slug NOT NULL,
    name street_name NOT NULL,
    district street_district NOT NULL,
    division_code street_division_code NOT NULL,
    time_zone street_time_zone NOT NULL,
    office jsonb,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT street_pkey PRIMARY KEY (street)
);

CREATE DOMAIN community_name AS text CONSTRAINT community_name CHECK (char_length(VALUE) BETWEEN 1 AND 60);
CREATE DOMAIN community_division_code AS text CONSTRAINT community_division_code CHECK (VALUE ~ '^([0-9]{12})?$');
CREATE DOMAIN community_address AS text CONSTRAINT community_address CHECK (char_length(VALUE) <= 200);
CREATE DOMAIN community_status AS text CONSTRAINT community_status CHECK (VALUE IN ('ACTIVE', 'DISSOLVED'));
CREATE TABLE community (
    street text NOT NULL,
    community_id uuid NOT NULL,
    name community_name NOT NULL,
    division_code community_division_code NOT NULL,
    address community_address NOT NULL,
    status community_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT community_pkey PRIMARY KEY (street, community_id)
);
CREATE UNIQUE INDEX community_name_key ON community (street, name) WHERE status <> 'DISSOLVED';
CREATE UNIQUE INDEX community_division_code_key ON community (street, division_code)
    WHERE status <> 'DISSOLVED' AND division_code <> '';

CREATE DOMAIN unit_name AS text CONSTRAINT unit_name CHECK (char_length(VALUE) BETWEEN 1 AND 120);
CREATE DOMAIN unit_kind AS text CONSTRAINT unit_kind CHECK (VALUE IN ('GOVERNMENT', 'PUBLIC_SECURITY',
    'PUBLIC_UTILITY', 'HOSPITAL', 'SCHOOL', 'UNIVERSITY', 'BANK', 'PROPERTY_MANAGER', 'PLATFORM_COMPANY',
    'ENTERPRISE', 'CONSTRUCTION_PROJECT', 'SHOP', 'SOCIAL_ORGANISATION', 'OTHER'));
CREATE DOMAIN unit_credit_code AS text CONSTRAINT unit_credit_code CHECK (VALUE = '' OR char_length(VALUE) = 18
    AND translate(VALUE, '0123456789ABCDEFGHJKLMNPQRTUWXY', '') = '');
CREATE DOMAIN unit_address AS text CONSTRAINT unit_address CHECK (char_length(VALUE) <= 200);
CREATE DOMAIN unit_status AS text CONSTRAINT unit_status CHECK (VALUE IN ('PROSPECT', 'SIGNED', 'SUSPENDED',
    'WITHDRAWN'));
CREATE TABLE unit (
    street text NOT NULL,
    unit_id uuid NOT NULL,
    name unit_name NOT NULL,
    kind unit_kind NOT NULL,
    credit_code unit_credit_code NOT NULL,
    party_organisation jsonb,
    address unit_address NOT NULL,
    status unit_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
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
DROP DOMAIN street_slug, street_name, street_district, street_division_code, street_time_zone, community_name,
    community_division_code, community_address, community_status, unit_name, unit_kind, unit_credit_code,
    unit_address, unit_status;
