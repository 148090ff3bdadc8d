-- One message tells one person of everything of one kind that one request brought about: it grows while it is unread.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE message ADD COLUMN causation_id text NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN event_count integer NOT NULL DEFAULT 1;
-- Of what the events are about: the first and the last start; NULL where the rule names none.
ALTER TABLE message ADD COLUMN first_time timestamptz, ADD COLUMN last_time timestamptz;
CREATE INDEX message_growing_key ON message (street, causation_id, holder, rule) WHERE read_time IS NULL;

-- Who was told of which event, in whatever message: why nobody is told twice.
CREATE TABLE told (
    street text NOT NULL,
    event_id uuid NOT NULL,
    holder message_holder NOT NULL,
    causation_id text NOT NULL,
    subject text NOT NULL, -- whoever was told of the whole is not told of its parts
    CONSTRAINT told_pkey PRIMARY KEY (street, event_id, holder)
);
CREATE INDEX told_subject_key ON told (street, causation_id, holder, subject);
-- The owner sees no row otherwise: no street is named here.
ALTER TABLE message NO FORCE ROW LEVEL SECURITY;
INSERT INTO told SELECT street, event_id, holder, '', subject FROM message;
ALTER TABLE message FORCE ROW LEVEL SECURITY;
ALTER TABLE message DROP CONSTRAINT message_event_key;

ALTER TABLE told ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON told USING (street = current_setting('jusha.street', true));
GRANT SELECT, INSERT ON told TO notification;

-- Who organises an activity, and whose a resource is: those whom its dates and bookings concern.
ALTER TABLE named ADD COLUMN community_id text NOT NULL DEFAULT ''; -- '': none
ALTER TABLE named ADD COLUMN unit_ids text[] NOT NULL DEFAULT '{}';
ALTER TABLE named ADD COLUMN of_street boolean NOT NULL DEFAULT false; -- the street's own office

-- migrate:down
ALTER TABLE named DROP COLUMN community_id, DROP COLUMN unit_ids, DROP COLUMN of_street;
DROP TABLE told;
DROP INDEX message_growing_key;
ALTER TABLE message DROP COLUMN causation_id, DROP COLUMN event_count, DROP COLUMN first_time, DROP COLUMN last_time;
ALTER TABLE message ADD CONSTRAINT message_event_key UNIQUE (street, event_id, holder);
