-- Street by street, under no lock of the table: commands go on meanwhile.

-- migrate:up
DO $$
DECLARE
    each record;
BEGIN
    PERFORM set_config('jusha.street', '*', true);
    FOR each IN SELECT street FROM stream LOOP
        PERFORM set_config('jusha.street', each.street, true);
        UPDATE request SET hash = '' WHERE street = each.street AND hash_key = 0 AND hash <> '';
    END LOOP;
END $$;

-- migrate:down
SELECT 1; -- they are gone
