-- What every service keeps beside its own tables: streets, journal, requests, cursors.
-- Runs once per service with search_path = <service>, as <service>_owner.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- What a value may be is a domain's CHECK, here and in every service: it is parsed once a session. A table's CHECKs are
-- parsed again by every INSERT, which took a quarter of RegisterUnit's throughput; so those say only what holds between
-- columns.
CREATE DOMAIN revision AS bigint CONSTRAINT revision CHECK (VALUE > 0);

CREATE DOMAIN stream_slug AS text CONSTRAINT stream_slug CHECK (VALUE ~ '^[a-z][a-z0-9-]{1,31}$');
CREATE DOMAIN stream_state AS text CONSTRAINT stream_state CHECK (VALUE IN ('HERE', 'MOVED'));
-- A street without a HERE row is refused. MOVED: another database has it.
CREATE TABLE stream (
    street stream_slug NOT NULL,
    state stream_state NOT NULL DEFAULT 'HERE',
    CONSTRAINT stream_pkey PRIMARY KEY (street)
);

CREATE DOMAIN journal_seq AS bigint CONSTRAINT journal_seq CHECK (VALUE > 0);
-- What happened: gapless per street, never changed. The street's advisory lock orders the writers.
CREATE TABLE journal (
    street text NOT NULL,
    seq journal_seq NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    time timestamptz NOT NULL,
    actor text NOT NULL,
    traceparent text NOT NULL,
    data bytea NOT NULL,
    CONSTRAINT journal_pkey PRIMARY KEY (street, seq)
);

-- Answers by request_id, for 30 days and the rest of a week. The id is a UUIDv7, so its range is its time.
CREATE TABLE request (
    street text NOT NULL,
    request_id uuid NOT NULL,
    hash bytea NOT NULL, -- of method, actor and payload
    reply bytea NOT NULL, -- the packed response, of a refusal the packed ReplyHeader
    seq bigint NOT NULL, -- the journal's head after it; -1: it was refused
    CONSTRAINT request_pkey PRIMARY KEY (street, request_id)
) PARTITION BY RANGE (request_id);

CREATE DOMAIN cursor_seq AS bigint CONSTRAINT cursor_seq CHECK (VALUE >= 0);
-- How far named subscribers have come.
CREATE TABLE cursor (
    street text NOT NULL,
    owner text NOT NULL,
    name text NOT NULL,
    seq cursor_seq NOT NULL,
    CONSTRAINT cursor_pkey PRIMARY KEY (street, owner, name)
);

-- The smallest UUID of a moment.
CREATE FUNCTION uuid_from(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the weekly partitions that requests of now may fall into and drops those that no request may name any
-- more. Services call it at the start and every hour; running it twice changes nothing.
CREATE FUNCTION keep_request_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    week constant interval := '7 days';
    oldest constant timestamptz := date_bin(week, now() - interval '31 days', 'epoch');
    begins timestamptz := oldest;
    partition record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema() || '/request_partitions'));
    WHILE begins < now() + interval '15 days' LOOP
        IF to_regclass(format('request_%s', to_char(begins, 'YYYYMMDD'))) IS NULL THEN
            EXECUTE format('CREATE TABLE request_%s (LIKE request INCLUDING ALL)', to_char(begins, 'YYYYMMDD'));
            EXECUTE format('ALTER TABLE request ATTACH PARTITION request_%s FOR VALUES FROM (%L) TO (%L)',
                to_char(begins, 'YYYYMMDD'), uuid_from(begins), uuid_from(begins + week));
        END IF;
        begins := begins + week;
    END LOOP;
    FOR partition IN
        SELECT inhrelid::regclass AS name FROM pg_inherits WHERE inhparent = 'request'::regclass
        AND inhrelid::regclass::text < format('request_%s', to_char(oldest, 'YYYYMMDD'))
    LOOP
        EXECUTE format('DROP TABLE %s', partition.name);
    END LOOP;
END
$$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION keep_request_partitions() SET search_path = %I, pg_temp', current_schema());
    ALTER FUNCTION keep_request_partitions() SET timezone = 'UTC'; -- weeks and names must not move with the session
END $$;
SELECT keep_request_partitions();

-- Each transaction sees the one street that it named; '*' is for reads that span streets.
ALTER TABLE stream ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE journal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE cursor ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON stream USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON journal USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON request USING (street = current_setting('jusha.street', true));
CREATE POLICY street ON cursor USING (street = current_setting('jusha.street', true));
CREATE POLICY heads ON stream FOR SELECT USING (current_setting('jusha.street', true) = '*');
CREATE POLICY heads ON journal FOR SELECT USING (current_setting('jusha.street', true) = '*');

-- Roles are named after the service: <service> works, <service>_relay reads what it publishes.
DO $$
DECLARE
    service constant text := current_schema();
    relay constant text := current_schema() || '_relay';
BEGIN
    EXECUTE format('CREATE POLICY relay ON stream FOR SELECT TO %I USING (true)', relay);
    EXECUTE format('CREATE POLICY relay ON journal FOR SELECT TO %I USING (true)', relay);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I, %I', service, service, relay);
    EXECUTE format('GRANT SELECT, INSERT ON stream, journal, request TO %I', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON cursor TO %I', service);
    EXECUTE format('GRANT SELECT ON stream, journal TO %I', relay);
    EXECUTE format('REVOKE ALL ON FUNCTION keep_request_partitions() FROM PUBLIC');
    EXECUTE format('GRANT EXECUTE ON FUNCTION keep_request_partitions() TO %I', service);
END $$;

-- migrate:down
DROP TABLE stream, journal, request, cursor;
DROP FUNCTION keep_request_partitions(), uuid_from(timestamptz);
DROP DOMAIN revision, stream_slug, stream_state, journal_seq, cursor_seq;
