-- A window that ends before it begins ends on the next day.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE resource DROP CONSTRAINT resource_opening;
ALTER TABLE resource ADD CONSTRAINT resource_opening
    CHECK (NOT jsonb_path_exists(opening, '$.windows[*] ? (@.from == @.until)'));

-- migrate:down
ALTER TABLE resource DROP CONSTRAINT resource_opening;
ALTER TABLE resource ADD CONSTRAINT resource_opening
    CHECK (NOT jsonb_path_exists(opening, '$.windows[*] ? (@.from >= @.until)'));
