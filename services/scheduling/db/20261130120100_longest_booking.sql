-- Lists look at what overlaps a time: how far before it something may have begun says the longest.

-- migrate:up
SET LOCAL lock_timeout = '2s';

CREATE INDEX booking_length_key ON booking (street, (end_time - start_time));

-- migrate:down
DROP INDEX booking_length_key;
