-- What a request was is kept as a hash under the service's data key: without one, who has the rows or a backup could try
-- out every phone number until a hash fits.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE request ADD COLUMN hash_key smallint NOT NULL DEFAULT 1; -- number of the data key
ALTER TABLE request ALTER COLUMN hash_key DROP DEFAULT;
-- The hashes of before go. Their answers stay, so that nothing is done twice, but a retry of one is refused as another
-- request: nobody can tell whether it is.
ALTER TABLE request NO FORCE ROW LEVEL SECURITY;
UPDATE request SET hash = '' WHERE hash <> '';
ALTER TABLE request FORCE ROW LEVEL SECURITY;

-- migrate:down
ALTER TABLE request DROP COLUMN hash_key;
