-- Inboxes, and copies of what notices are made of: names of objects, sign-ups, people who left.

-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE DOMAIN message_holder AS text CONSTRAINT message_holder CHECK (octet_length(VALUE) BETWEEN 1 AND 64);
CREATE DOMAIN message_seq AS bigint CONSTRAINT message_seq CHECK (VALUE > 0);
-- One row for each event and person; message_event_key is why nobody is told twice.
CREATE TABLE message (
    street text NOT NULL,
    message_id uuid NOT NULL,
    holder message_holder NOT NULL,
    rule text NOT NULL,
    event_id uuid NOT NULL,
    service text NOT NULL,
    seq message_seq NOT NULL,
    event_type text NOT NULL,
    subject text NOT NULL,
    event_time timestamptz NOT NULL,
    facts jsonb,
    title_zh text NOT NULL,
    title_en text NOT NULL,
    create_time timestamptz NOT NULL,
    read_time timestamptz,
    CONSTRAINT message_pkey PRIMARY KEY (street, message_id),
    CONSTRAINT message_event_key UNIQUE (street, event_id, holder)
);
CREATE UNIQUE INDEX message_inbox_key ON message (street, holder, message_id);
CREATE UNIQUE INDEX message_unread_key ON message (street, holder, message_id) WHERE read_time IS NULL;

-- What the units, programmes and resources of the street are called. Never people themselves: no service but the
-- registry knows their names.
CREATE TABLE named (
    street text NOT NULL,
    object_id uuid NOT NULL,
    name text NOT NULL,
    service text NOT NULL, -- whose journal said so
    revision revision NOT NULL,
    CONSTRAINT named_pkey PRIMARY KEY (street, object_id)
);

CREATE TABLE sign_up (
    street text NOT NULL,
    sign_up_id uuid NOT NULL,
    occurrence_id uuid NOT NULL,
    holder text NOT NULL, -- the person
    status text NOT NULL,
    revision revision NOT NULL,
    CONSTRAINT sign_up_pkey PRIMARY KEY (street, sign_up_id)
);
CREATE INDEX sign_up_occurrence_key ON sign_up (street, occurrence_id) WHERE status IN ('SIGNED_UP', 'WAITING');

-- People who left the street's cooperation; that is final.
CREATE TABLE departed (
    street text NOT NULL,
    holder text NOT NULL,
    CONSTRAINT departed_pkey PRIMARY KEY (street, holder)
);

-- Who holds a role where, the other way round than the runtime asks.
CREATE INDEX role_grant_audience_key ON role_grant (street, role, community_id, unit_id) WHERE status = 'IN_FORCE';

ALTER TABLE message ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE named ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE sign_up ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE departed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON message USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON named USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON sign_up USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON departed USING (street = current_setting('jusha.street', true));

GRANT SELECT, INSERT, UPDATE ON message TO notification;
GRANT SELECT, INSERT, UPDATE, DELETE ON named, sign_up TO notification;
GRANT SELECT, INSERT, DELETE ON departed TO notification;

-- migrate:down
DROP INDEX role_grant_audience_key;
DROP TABLE message, named, sign_up, departed;
DROP DOMAIN message_holder, message_seq;
