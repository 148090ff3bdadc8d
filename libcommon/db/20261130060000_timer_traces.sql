-- A timer keeps the trace context of the request that set it, so that what it brings about is seen as part of it.

-- migrate:up
SET LOCAL lock_timeout = '2s';

-- W3C Trace Context; '' where the request had none, and of what a version before wrote.
ALTER TABLE timer ADD COLUMN traceparent text NOT NULL DEFAULT '';

-- migrate:down
ALTER TABLE timer DROP COLUMN traceparent;
