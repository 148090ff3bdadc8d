-- Drafts of programmes and open sheets are dropped; their names and places are free again.

-- migrate:up
SET LOCAL lock_timeout = '2s';

ALTER DOMAIN programme_status DROP CONSTRAINT programme_status;
ALTER DOMAIN programme_status ADD CONSTRAINT programme_status CHECK (VALUE IN ('DRAFT', 'PUBLISHED', 'CLOSED',
    'DROPPED'));
ALTER TABLE programme DROP CONSTRAINT programme_name_key;
CREATE UNIQUE INDEX programme_name_key ON programme (street, year, name) WHERE status <> 'DROPPED';

ALTER DOMAIN tick_sheet_status DROP CONSTRAINT tick_sheet_status;
ALTER DOMAIN tick_sheet_status ADD CONSTRAINT tick_sheet_status CHECK (VALUE IN ('DRAFT', 'SUBMITTED', 'CONFIRMED',
    'RETURNED', 'DROPPED'));
ALTER TABLE tick_sheet DROP CONSTRAINT tick_sheet_unit_key;
CREATE UNIQUE INDEX tick_sheet_unit_key ON tick_sheet (street, programme_id, unit_id) WHERE status <> 'DROPPED';

-- migrate:down
DROP INDEX programme_name_key, tick_sheet_unit_key;
ALTER TABLE programme ADD CONSTRAINT programme_name_key UNIQUE (street, year, name);
ALTER TABLE tick_sheet ADD CONSTRAINT tick_sheet_unit_key UNIQUE (street, programme_id, unit_id);
ALTER DOMAIN programme_status DROP CONSTRAINT programme_status;
ALTER DOMAIN programme_status ADD CONSTRAINT programme_status CHECK (VALUE IN ('DRAFT', 'PUBLISHED', 'CLOSED'));
ALTER DOMAIN tick_sheet_status DROP CONSTRAINT tick_sheet_status;
ALTER DOMAIN tick_sheet_status ADD CONSTRAINT tick_sheet_status CHECK (VALUE IN ('DRAFT', 'SUBMITTED', 'CONFIRMED',
    'RETURNED'));
