-- A position in a journal is a number and the id of its event; a restored journal is another incarnation.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- NULL: nobody told it, or the position is 0.
ALTER TABLE cursor ADD COLUMN event_id uuid;
-- Of the journal when the cursor was moved; 0 before the first restore.
ALTER TABLE cursor ADD COLUMN incarnation bigint NOT NULL DEFAULT 0;

ALTER TABLE follower ADD COLUMN event_id uuid;
-- Reactions were done up to here; more than seq while copies are rebuilt.
ALTER TABLE follower ADD COLUMN reacted follower_seq NOT NULL DEFAULT 0;
-- The owner sees no row otherwise: no street is named here.
ALTER TABLE follower NO FORCE ROW LEVEL SECURITY;
UPDATE follower SET reacted = reached;
ALTER TABLE follower FORCE ROW LEVEL SECURITY;

-- The lives of a journal from its first restore on. Its numbers up to since_seq are those of the life before.
CREATE TABLE incarnation (
    street text NOT NULL,
    number bigint NOT NULL CONSTRAINT incarnation_number CHECK (number > 0),
    id uuid NOT NULL,
    since_seq bigint NOT NULL CONSTRAINT incarnation_since_seq CHECK (since_seq >= 0),
    CONSTRAINT incarnation_pkey PRIMARY KEY (street, number)
);
ALTER TABLE incarnation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY street ON incarnation USING (current_setting('jusha.street', true) IN (street, '*'));

-- The cluster that these tables are in, one row.
CREATE TABLE home (system_identifier bigint NOT NULL);
INSERT INTO home SELECT system_identifier FROM pg_control_system();

-- The journals of all streets begin another life: to be called when the database was restored, before anybody writes.
CREATE FUNCTION begin_incarnation() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM set_config('jusha.street', '*', true);
    INSERT INTO incarnation (street, number, id, since_seq)
        SELECT s.street, coalesce((SELECT max(i.number) FROM incarnation i WHERE i.street = s.street), 0) + 1,
            -- its time, then chance: an event's id is greater if it was made after this
            (left(uuid_from(clock_timestamp())::text, 13) || right(gen_random_uuid()::text, 23))::uuid,
            coalesce((SELECT j.seq FROM journal j WHERE j.street = s.street ORDER BY j.seq DESC LIMIT 1), 0)
        FROM stream s;
END
$$;

-- Tables that have come into another cluster were restored there, whether anybody says so or not. Every session calls
-- it before it does anything else. True: it was so.
CREATE FUNCTION keep_home() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    here constant bigint := (SELECT system_identifier FROM pg_control_system());
BEGIN
    IF EXISTS (SELECT FROM home WHERE system_identifier = here) THEN
        RETURN false;
    END IF;
    UPDATE home SET system_identifier = here WHERE system_identifier <> here; -- one of several sessions at a time
    IF FOUND THEN
        PERFORM begin_incarnation();
    END IF;
    RETURN FOUND;
END
$$;

DO $$
DECLARE
    service constant text := current_schema();
    relay constant text := current_schema() || '_relay';
BEGIN
    EXECUTE format('ALTER FUNCTION begin_incarnation() SET search_path = %I, pg_temp', service);
    EXECUTE format('ALTER FUNCTION keep_home() SET search_path = %I, pg_temp', service);
    EXECUTE format('REVOKE ALL ON FUNCTION begin_incarnation(), keep_home() FROM PUBLIC');
    EXECUTE format('GRANT EXECUTE ON FUNCTION keep_home() TO %I, %I', service, relay);
    EXECUTE format('CREATE POLICY relay ON incarnation FOR SELECT TO %I USING (true)', relay);
    EXECUTE format('GRANT SELECT ON incarnation TO %I, %I', service, relay);
END $$;

-- migrate:down
DROP FUNCTION keep_home(), begin_incarnation();
DROP TABLE home, incarnation;
ALTER TABLE follower DROP COLUMN event_id, DROP COLUMN reacted;
ALTER TABLE cursor DROP COLUMN event_id, DROP COLUMN incarnation;
