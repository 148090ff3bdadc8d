-- A follower whose copies are rebuilt keeps the proof of what it has reacted to; and where a version of before moves a
-- position, what it does not know of follows.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- Of the event at `reacted`; NULL: not known.
ALTER TABLE follower ADD COLUMN reacted_id uuid;
-- The owner sees no row otherwise: no street is named here.
ALTER TABLE follower NO FORCE ROW LEVEL SECURITY;
UPDATE follower SET reacted_id = event_id WHERE seq = reacted;
ALTER TABLE follower FORCE ROW LEVEL SECURITY;

-- An id goes with its number. An older version writes seq and reached alone: where the number moves without the id, the
-- id is not known, and whatever was applied was reacted to.
CREATE FUNCTION keep_follower() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.seq <> OLD.seq AND NEW.event_id = OLD.event_id THEN
        NEW.event_id := NULL;
    END IF;
    NEW.reacted := greatest(NEW.reacted, NEW.seq);
    IF NEW.reacted = NEW.seq THEN
        NEW.reacted_id := NEW.event_id;
    ELSIF TG_OP = 'UPDATE' AND NEW.reacted <> OLD.reacted THEN
        NEW.reacted_id := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_follower BEFORE INSERT OR UPDATE ON follower FOR EACH ROW EXECUTE FUNCTION keep_follower();

-- migrate:down
DROP TRIGGER keep_follower ON follower;
DROP FUNCTION keep_follower();
ALTER TABLE follower DROP COLUMN reacted_id;
