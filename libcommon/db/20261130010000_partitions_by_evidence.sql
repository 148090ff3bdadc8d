-- Kept answers go when more than one reading of a clock says that nobody may ask for them any more: while PostgreSQL
-- and the services went by one clock that was wrong, weeks were dropped whose ids were asked again when it was right.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- What the service remembers of its own upkeep, by street; '*' is of all.
CREATE TABLE upkeep (
    street text NOT NULL,
    what text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT upkeep_pkey PRIMARY KEY (street, what)
);
ALTER TABLE upkeep ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON upkeep USING (street = current_setting('jusha.street', true));
-- keep_request_partitions() runs as the owner.
CREATE POLICY upkeep ON request FOR SELECT TO CURRENT_USER USING (true);

-- On how many days behind this moment ids were made whose answers are stored, the latest first; at most `enough` are
-- looked for, on 60 days.
CREATE FUNCTION days_with_answers(since timestamptz, enough integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM (
        SELECT FROM generate_series(date_trunc('day', now()),
            greatest(date_trunc('day', since) + interval '1 day', now() - interval '60 days'), '-1 day') AS day
        WHERE EXISTS (SELECT FROM stream s, LATERAL (SELECT FROM request r WHERE r.street = s.street
            AND r.request_id >= uuid_from(day) AND r.request_id < uuid_from(day + interval '1 day') LIMIT 1) answer)
        LIMIT enough) days
$$;

-- Makes the weekly partitions that requests of now may fall into. Of the others those go that are empty; and one a day
-- that is not, if ids of at least 14 days have been answered since the last of its own was 30 days old. Services call
-- it at the start, every hour and where a week is missing; running it twice changes nothing.
CREATE OR REPLACE FUNCTION keep_request_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    week constant interval := '7 days';
    oldest constant timestamptz := date_bin(week, now() - interval '31 days', 'epoch');
    newest constant timestamptz := now() + interval '15 days';
    begins timestamptz := oldest;
    partition text;
    has_answers boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema() || '/request_partitions'));
    PERFORM set_config('jusha.street', '*', true);
    WHILE begins < newest LOOP
        IF to_regclass(format('request_%s', to_char(begins, 'YYYYMMDD'))) IS NULL THEN
            EXECUTE format('CREATE TABLE request_%s (LIKE request INCLUDING ALL)', to_char(begins, 'YYYYMMDD'));
            EXECUTE format('ALTER TABLE request ATTACH PARTITION request_%s FOR VALUES FROM (%L) TO (%L)',
                to_char(begins, 'YYYYMMDD'), uuid_from(begins), uuid_from(begins + week));
        END IF;
        begins := begins + week;
    END LOOP;
    FOR partition IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'request'::regclass ORDER BY 1 LOOP
        begins := to_timestamp(right(partition, 8), 'YYYYMMDD');
        CONTINUE WHEN begins BETWEEN oldest AND newest;
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', partition) INTO has_answers;
        CONTINUE WHEN has_answers AND (begins > newest
            OR EXISTS (SELECT FROM upkeep WHERE what = 'answers_dropped' AND at BETWEEN now() - interval '1 day' AND now())
            OR days_with_answers(begins + week + interval '30 days', 14) < 14);
        LOCK TABLE request IN ACCESS EXCLUSIVE MODE; -- before its partition, as everybody takes them
        IF has_answers THEN
            INSERT INTO upkeep VALUES ('*', 'answers_dropped', now())
                ON CONFLICT (street, what) DO UPDATE SET at = excluded.at;
        ELSE
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', partition) INTO has_answers;
            CONTINUE WHEN has_answers; -- somebody was answered meanwhile
        END IF;
        EXECUTE format('DROP TABLE %s', partition);
    END LOOP;
END
$$;

DO $$
DECLARE
    service constant text := current_schema();
BEGIN
    EXECUTE format('ALTER FUNCTION keep_request_partitions() SET search_path = %I, pg_temp', service);
    -- weeks and names must not move with the session
    ALTER FUNCTION keep_request_partitions() SET timezone = 'UTC';
    EXECUTE 'REVOKE ALL ON FUNCTION days_with_answers(timestamptz, integer) FROM PUBLIC';
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON upkeep TO %I', service);
END $$;

-- migrate:down
CREATE OR REPLACE FUNCTION keep_request_partitions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
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
DROP POLICY upkeep ON request;
DROP TABLE upkeep;
DROP FUNCTION days_with_answers(timestamptz, integer);
