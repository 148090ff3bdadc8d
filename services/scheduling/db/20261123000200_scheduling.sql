-- Activities and their occurrences, bookings, sign-ups; copies of the registry's communities, units and people and of
-- selection's resources. Every key leads with the street.
--
-- booking_overlap needs the extension btree_gist, which whoever creates the database installs (ops/lib/database).
--
-- What a field may be without looking at others is a rule of the service; what fields must be to each other stands
-- here, under a name.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- The copies: what the others said last.
CREATE TABLE community (
    street text NOT NULL,
    community_id uuid NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT community_pkey PRIMARY KEY (street, community_id)
);
CREATE TABLE unit (
    street text NOT NULL,
    unit_id uuid NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT unit_pkey PRIMARY KEY (street, unit_id)
);
CREATE TABLE person (
    street text NOT NULL,
    person_id uuid NOT NULL,
    unit_id uuid,
    status text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT person_pkey PRIMARY KEY (street, person_id)
);
CREATE TABLE resource (
    street text NOT NULL,
    resource_id uuid NOT NULL,
    opening jsonb,
    conditions jsonb,
    conditions_version bigint NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT resource_pkey PRIMARY KEY (street, resource_id)
);

CREATE DOMAIN activity_title AS text CONSTRAINT activity_title CHECK (char_length(VALUE) BETWEEN 1 AND 120);
CREATE DOMAIN activity_description AS text CONSTRAINT activity_description CHECK (char_length(VALUE) <= 2000);
CREATE DOMAIN activity_kind AS text CONSTRAINT activity_kind CHECK (VALUE IN ('VOLUNTEER_SERVICE',
    'SERVICE_POINT', 'JOINT_MEETING', 'SYMPOSIUM', 'LECTURE', 'VISIT', 'CEREMONY', 'TRAINING', 'RESTOCK',
    'OTHER'));
CREATE DOMAIN activity_capacity AS integer CONSTRAINT activity_capacity CHECK (VALUE BETWEEN 0 AND 10000);
CREATE DOMAIN activity_waitlist AS integer CONSTRAINT activity_waitlist CHECK (VALUE BETWEEN 0 AND 10000);
CREATE DOMAIN activity_status AS text CONSTRAINT activity_status CHECK (VALUE IN ('DRAFT', 'PUBLISHED', 'ONGOING',
    'COMPLETED', 'CANCELLED'));
CREATE TABLE activity (
    street text NOT NULL,
    activity_id uuid NOT NULL,
    title activity_title NOT NULL,
    description activity_description NOT NULL,
    kind activity_kind NOT NULL,
    community_id uuid,
    unit_ids uuid[] NOT NULL,
    project_id uuid,
    resource_id uuid,
    schedule jsonb NOT NULL,
    capacity activity_capacity NOT NULL,
    waitlist activity_waitlist NOT NULL,
    sign_up_opens_days integer NOT NULL,
    sign_up_closes_minutes integer NOT NULL,
    status activity_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL
);

CREATE DOMAIN occurrence_status AS text CONSTRAINT occurrence_status CHECK (VALUE IN ('SCHEDULED', 'CANCELLED'));
-- occurrence_id is made of the activity and the original start, so that a date is made once.
CREATE TABLE occurrence (
    street text NOT NULL,
    occurrence_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    original_start_local text NOT NULL,
    start_local text NOT NULL,
    duration_minutes integer NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    sign_up_from_time timestamptz NOT NULL,
    sign_up_until_time timestamptz NOT NULL,
    community_id uuid,
    title text NOT NULL,
    kind text NOT NULL,
    resource_id uuid,
    booking_id uuid,
    capacity integer NOT NULL,
    waitlist integer NOT NULL,
    taken integer NOT NULL,
    waiting integer NOT NULL,
    status occurrence_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT occurrence_times CHECK (start_time < end_time AND sign_up_until_time <= start_time),
    CONSTRAINT occurrence_taken CHECK (taken BETWEEN 0 AND capacity),
    CONSTRAINT occurrence_waiting CHECK (waiting BETWEEN 0 AND waitlist),
    CONSTRAINT occurrence_booking CHECK (booking_id IS NULL OR (resource_id IS NOT NULL AND status = 'SCHEDULED'))
);
CREATE UNIQUE INDEX occurrence_series_key ON occurrence (street, activity_id, original_start_local);
CREATE INDEX occurrence_time_key ON occurrence (street, start_time, occurrence_id);
CREATE INDEX occurrence_activity_key ON occurrence (street, activity_id, start_time, occurrence_id);

CREATE DOMAIN booking_purpose AS text CONSTRAINT booking_purpose CHECK (char_length(VALUE) <= 200);
CREATE DOMAIN booking_status AS text CONSTRAINT booking_status CHECK (VALUE IN ('BOOKED', 'CANCELLED'));
CREATE TABLE booking (
    street text NOT NULL,
    booking_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    community_id uuid,
    unit_id uuid,
    groups text[] NOT NULL,
    occurrence_id uuid,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    purpose booking_purpose NOT NULL,
    conditions jsonb,
    conditions_version bigint NOT NULL,
    status booking_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT booking_times CHECK (start_time < end_time),
    CONSTRAINT booking_owner CHECK (community_id IS NULL OR unit_id IS NULL),
    CONSTRAINT booking_overlap EXCLUDE USING gist (street WITH =, resource_id WITH =,
        tstzrange(start_time, end_time) WITH &&) WHERE (status = 'BOOKED')
);
CREATE INDEX booking_time_key ON booking (street, start_time, booking_id);
CREATE INDEX booking_resource_key ON booking (street, resource_id, start_time, booking_id);

CREATE DOMAIN sign_up_status AS text CONSTRAINT sign_up_status CHECK (VALUE IN ('SIGNED_UP', 'WAITING', 'CANCELLED'));
CREATE TABLE sign_up (
    street text NOT NULL,
    sign_up_id uuid NOT NULL,
    occurrence_id uuid NOT NULL,
    person_id uuid NOT NULL,
    community_id uuid,
    unit_id uuid,
    place integer NOT NULL,
    status sign_up_status NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT sign_up_place CHECK ((place > 0) = (status = 'WAITING'))
);
CREATE UNIQUE INDEX sign_up_live_key ON sign_up (street, occurrence_id, person_id) WHERE status <> 'CANCELLED';
CREATE UNIQUE INDEX sign_up_place_key ON sign_up (street, occurrence_id, place) WHERE status = 'WAITING';
CREATE INDEX sign_up_occurrence_key ON sign_up (street, occurrence_id, sign_up_id);
CREATE INDEX sign_up_person_key ON sign_up (street, person_id, sign_up_id);

-- Primary keys come last. On an empty table all indexes that begin with the street cost the same, and of those the
-- youngest is taken: a look-up by id must walk its key.
ALTER TABLE activity ADD CONSTRAINT activity_pkey PRIMARY KEY (street, activity_id);
ALTER TABLE occurrence ADD CONSTRAINT occurrence_pkey PRIMARY KEY (street, occurrence_id),
    ADD CONSTRAINT occurrence_activity FOREIGN KEY (street, activity_id) REFERENCES activity;
ALTER TABLE booking ADD CONSTRAINT booking_pkey PRIMARY KEY (street, booking_id);
ALTER TABLE sign_up ADD CONSTRAINT sign_up_pkey PRIMARY KEY (street, sign_up_id),
    ADD CONSTRAINT sign_up_occurrence FOREIGN KEY (street, occurrence_id) REFERENCES occurrence;

-- Each transaction sees the one street that it named.
ALTER TABLE community ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE unit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE resource ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE activity ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE occurrence ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE booking ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_up ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON community USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON unit USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON person USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON resource USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON activity USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON occurrence USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON booking USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON sign_up USING (street = current_setting('jusha.street', true));

GRANT SELECT, INSERT, UPDATE, DELETE ON community, unit, person, resource TO scheduling;
GRANT SELECT, INSERT, UPDATE ON activity, occurrence, booking, sign_up TO scheduling;

-- migrate:down
DROP TABLE sign_up, booking, occurrence, activity, resource, person, unit, community;
DROP DOMAIN activity_title, activity_description, activity_kind, activity_capacity, activity_waitlist,
    activity_status, occurrence_status, booking_purpose, booking_status, sign_up_status;
