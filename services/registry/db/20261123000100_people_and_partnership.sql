-- People, pairings, alliances, agreements. Role grants and time zones lie in the runtime's tables, which other
-- services copy; the registry's are the truth.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- The zones of the streets that are there. The owner is held by the policies, too, so they rest meanwhile.
ALTER TABLE stream NO FORCE ROW LEVEL SECURITY;
ALTER TABLE street NO FORCE ROW LEVEL SECURITY;
UPDATE stream SET time_zone = street.time_zone FROM street WHERE street.street = stream.street;
ALTER TABLE stream FORCE ROW LEVEL SECURITY;
ALTER TABLE street FORCE ROW LEVEL SECURITY;

CREATE DOMAIN person_name AS text CONSTRAINT person_name CHECK (char_length(VALUE) <= 60);
CREATE DOMAIN person_kind AS text CONSTRAINT person_kind CHECK (VALUE IN ('STAFF', 'CONTACT', 'VOLUNTEER'));
CREATE DOMAIN person_status AS text CONSTRAINT person_status CHECK (VALUE IN ('ACTIVE', 'LEFT'));
CREATE TABLE person (
    street text NOT NULL,
    person_id uuid NOT NULL,
    name person_name NOT NULL,
    kind person_kind NOT NULL,
    community_id uuid,
    unit_id uuid,
    phone_sealed bytea NOT NULL, -- see seal.h; empty if there is none
    party_member boolean NOT NULL,
    status person_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT person_pkey PRIMARY KEY (street, person_id),
    CONSTRAINT person_community FOREIGN KEY (street, community_id) REFERENCES community,
    CONSTRAINT person_unit FOREIGN KEY (street, unit_id) REFERENCES unit,
    CONSTRAINT person_erased CHECK (CASE status WHEN 'LEFT' THEN name = '' AND phone_sealed = '' ELSE name <> '' END)
);

CREATE DOMAIN pairing_status AS text CONSTRAINT pairing_status CHECK (VALUE IN ('ACTIVE', 'ENDED'));
CREATE TABLE pairing (
    street text NOT NULL,
    pairing_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    community_id uuid NOT NULL,
    leads boolean NOT NULL,
    since_on date NOT NULL,
    ended_on date,
    status pairing_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT pairing_pkey PRIMARY KEY (street, pairing_id),
    CONSTRAINT pairing_unit FOREIGN KEY (street, unit_id) REFERENCES unit,
    CONSTRAINT pairing_community FOREIGN KEY (street, community_id) REFERENCES community,
    CONSTRAINT pairing_ended CHECK (ended_on IS NOT NULL OR status <> 'ENDED')
);
CREATE UNIQUE INDEX pairing_active_key ON pairing (street, unit_id, community_id) WHERE status = 'ACTIVE';
CREATE UNIQUE INDEX pairing_lead_key ON pairing (street, community_id) WHERE status = 'ACTIVE' AND leads;

CREATE DOMAIN alliance_name AS text CONSTRAINT alliance_name CHECK (char_length(VALUE) BETWEEN 1 AND 60);
CREATE DOMAIN alliance_level AS text CONSTRAINT alliance_level CHECK (VALUE IN ('STREET', 'COMMUNITY'));
CREATE TABLE alliance (
    street text NOT NULL,
    alliance_id uuid NOT NULL,
    name alliance_name NOT NULL,
    level alliance_level NOT NULL,
    community_id uuid,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT alliance_pkey PRIMARY KEY (street, alliance_id),
    CONSTRAINT alliance_name_key UNIQUE (street, name),
    CONSTRAINT alliance_community FOREIGN KEY (street, community_id) REFERENCES community,
    CONSTRAINT alliance_place CHECK ((community_id IS NOT NULL) = (level = 'COMMUNITY'))
);

CREATE DOMAIN alliance_member_status AS text CONSTRAINT alliance_member_status CHECK (VALUE IN ('ACTIVE', 'LEFT'));
CREATE TABLE alliance_member (
    street text NOT NULL,
    membership_id uuid NOT NULL,
    alliance_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    joined_on date NOT NULL,
    left_on date,
    status alliance_member_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT alliance_member_pkey PRIMARY KEY (street, membership_id),
    CONSTRAINT alliance_member_alliance FOREIGN KEY (street, alliance_id) REFERENCES alliance,
    CONSTRAINT alliance_member_unit FOREIGN KEY (street, unit_id) REFERENCES unit,
    CONSTRAINT alliance_member_left CHECK (left_on IS NOT NULL OR status <> 'LEFT')
);
CREATE UNIQUE INDEX alliance_member_active_key ON alliance_member (street, unit_id, alliance_id)
    WHERE status = 'ACTIVE';

CREATE DOMAIN agreement_commitments AS text CONSTRAINT agreement_commitments CHECK (char_length(VALUE) <= 2000);
CREATE DOMAIN agreement_document AS text CONSTRAINT agreement_document CHECK (char_length(VALUE) <= 500);
CREATE DOMAIN agreement_status AS text CONSTRAINT agreement_status CHECK (VALUE IN ('DRAFT', 'IN_FORCE', 'LAPSED',
    'TERMINATED', 'RENEWED'));
CREATE TABLE agreement (
    street text NOT NULL,
    agreement_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    community_id uuid,
    signed_on date,
    valid_to_on date NOT NULL,
    commitments agreement_commitments NOT NULL,
    document agreement_document NOT NULL,
    renews_agreement_id uuid,
    status agreement_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT agreement_pkey PRIMARY KEY (street, agreement_id),
    CONSTRAINT agreement_of_unit_key UNIQUE (street, unit_id, agreement_id),
    CONSTRAINT agreement_unit FOREIGN KEY (street, unit_id) REFERENCES unit,
    CONSTRAINT agreement_community FOREIGN KEY (street, community_id) REFERENCES community,
    -- of the same unit
    CONSTRAINT agreement_renews FOREIGN KEY (street, unit_id, renews_agreement_id)
        REFERENCES agreement (street, unit_id, agreement_id),
    CONSTRAINT agreement_renews_another CHECK (renews_agreement_id <> agreement_id),
    CONSTRAINT agreement_term CHECK (signed_on <= valid_to_on),
    CONSTRAINT agreement_signed CHECK (signed_on IS NOT NULL OR status IN ('DRAFT', 'TERMINATED'))
);

ALTER TABLE person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE pairing ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE alliance ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE alliance_member ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE agreement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON person USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON pairing USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON alliance USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON alliance_member USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON agreement USING (street = current_setting('jusha.street', true));

GRANT SELECT, INSERT, UPDATE ON person, pairing, alliance, alliance_member, agreement TO registry;

-- migrate:down
DROP TABLE person, pairing, alliance_member, alliance, agreement;
DROP DOMAIN person_name, person_kind, person_status, pairing_status, alliance_name, alliance_level,
    alliance_member_status, agreement_commitments, agreement_document, agreement_status;
