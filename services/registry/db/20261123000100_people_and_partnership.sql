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

CREATE TABLE person (
    street text NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT person_name CHECK (char_length(name) <= 60),
    kind text NOT NULL CONSTRAINT person_kind CHECK (kind IN ('STAFF', 'CONTACT', 'VOLUNTEER')),
    community_id uuid,
    unit_id uuid,
    phone_sealed bytea NOT NULL, -- see seal.h; empty if there is none
    party_member boolean NOT NULL,
    status text NOT NULL CONSTRAINT person_status CHECK (status IN ('ACTIVE', 'LEFT')),
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL CONSTRAINT person_revision CHECK (revision > 0),
    CONSTRAINT person_pkey PRIMARY KEY (street, person_id),
    CONSTRAINT person_community FOREIGN KEY (street, community_id) REFERENCES community,
    CONSTRAINT person_unit FOREIGN KEY (street, unit_id) REFERENCES unit,
    CONSTRAINT person_erased CHECK (CASE status WHEN 'LEFT' THEN name = '' AND phone_sealed = '' ELSE name <> '' END)
);

CREATE TABLE pairing (
    street text NOT NULL,
    pairing_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    community_id uuid NOT NULL,
    leads boolean NOT NULL,
    since_on date NOT NULL,
    ended_on date,
    status text NOT NULL CONSTRAINT pairing_status CHECK (status IN ('ACTIVE', 'ENDED')),
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL CONSTRAINT pairing_revision CHECK (revision > 0),
    CONSTRAINT pairing_pkey PRIMARY KEY (street, pairing_id),
    CONSTRAINT pairing_unit FOREIGN KEY (street, unit_id) REFERENCES unit,
    CONSTRAINT pairing_community FOREIGN KEY (street, community_id) REFERENCES community,
    CONSTRAINT pairing_ended CHECK (ended_on IS NOT NULL OR status <> 'ENDED')
);
CREATE UNIQUE INDEX pairing_active_key ON pairing (street, unit_id, community_id) WHERE status = 'ACTIVE';
CREATE UNIQUE INDEX pairing_lead_key ON pairing (street, community_id) WHERE status = 'ACTIVE' AND leads;

CREATE TABLE alliance (
    street text NOT NULL,
    alliance_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT alliance_name CHECK (char_length(name) BETWEEN 1 AND 60),
    level text NOT NULL CONSTRAINT alliance_level CHECK (level IN ('STREET', 'COMMUNITY')),
    community_id uuid,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL CONSTRAINT alliance_revision CHECK (revision > 0),
    CONSTRAINT alliance_pkey PRIMARY KEY (street, alliance_id),
    CONSTRAINT alliance_name_key UNIQUE (street, name),
    CONSTRAINT alliance_community FOREIGN KEY (street, community_id) REFERENCES community,
    CONSTRAINT alliance_place CHECK ((community_id IS NOT NULL) = (level = 'COMMUNITY'))
);

CREATE TABLE alliance_member (
    street text NOT NULL,
    membership_id uuid NOT NULL,
    alliance_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    joined_on date NOT NULL,
    left_on date,
    status text NOT NULL CONSTRAINT alliance_member_status CHECK (status IN ('ACTIVE', 'LEFT')),
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL CONSTRAINT alliance_member_revision CHECK (revision > 0),
    CONSTRAINT alliance_member_pkey PRIMARY KEY (street, membership_id),
    CONSTRAINT alliance_member_alliance FOREIGN KEY (street, alliance_id) REFERENCES alliance,
    CONSTRAINT alliance_member_unit FOREIGN KEY (street, unit_id) REFERENCES unit,
    CONSTRAINT alliance_member_left CHECK (left_on IS NOT NULL OR status <> 'LEFT')
);
CREATE UNIQUE INDEX alliance_member_active_key ON alliance_member (street, unit_id, alliance_id)
    WHERE status = 'ACTIVE';

CREATE TABLE agreement (
    street text NOT NULL,
    agreement_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    community_id uuid,
    signed_on date,
    valid_to_on date NOT NULL,
    commitments text NOT NULL CONSTRAINT agreement_commitments CHECK (char_length(commitments) <= 2000),
    document text NOT NULL CONSTRAINT agreement_document CHECK (char_length(document) <= 500),
    renews_agreement_id uuid,
    status text NOT NULL CONSTRAINT agreement_status CHECK (status IN ('DRAFT', 'IN_FORCE', 'LAPSED', 'TERMINATED',
        'RENEWED')),
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL CONSTRAINT agreement_revision CHECK (revision > 0),
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
