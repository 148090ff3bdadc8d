-- Whose a resource is: a resource of who takes no part is not booked, and its owner may take bookings back. Filled by
-- the resource's next event, or by Rebuild.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER TABLE resource ADD COLUMN community_id uuid, ADD COLUMN unit_id uuid;

-- migrate:down
ALTER TABLE resource DROP COLUMN community_id, DROP COLUMN unit_id;
