-- What a request was is kept as a hash under the service's data key: without one, who has the rows or a backup could
-- try out every phone number until a hash fits.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- Number of the data key; 0: none, by a version of before. What is kept so equals no request any more: nothing is done
-- twice, but a retry across the upgrade is refused, since nobody can tell whether it is one.
ALTER TABLE request ADD COLUMN hash_key smallint NOT NULL DEFAULT 0;

-- migrate:down
ALTER TABLE request DROP COLUMN hash_key;
