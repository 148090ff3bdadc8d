-- Who looks for a rival, or for uses nearby, walks past no booking that was cancelled: a venue that is booked and given
-- back all the time has a hundred of them for each that stands.

-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE INDEX booking_standing_key ON scheduling.booking (street, resource_id, start_time) WHERE status = 'BOOKED';

-- migrate:down
DROP INDEX scheduling.booking_standing_key;
