-- erase.sql - erases again who was erased after the backup was made, as ChangePerson does it: row, event, timer
--
-- By psql in the restored database, when its journals have begun another incarnation and before services write to it.
-- In its environment: ERASED, a file of "STREET PERSON_ID", and PACKED, one to write. jusha-open packs the event, the
-- registry's timer person_left revokes the roles. Prints how many there were.
\set ON_ERROR_STOP on
SET timezone = 'UTC';
BEGIN;
CREATE TEMP TABLE erased (street text, person_id uuid) ON COMMIT DROP;
\copy erased FROM PROGRAM 'tr " " "\t" <"$ERASED"'
CREATE TEMP TABLE due ON COMMIT DROP AS
    SELECT street, person_id FROM registry.person JOIN erased USING (street, person_id) WHERE status <> 'LEFT';
UPDATE registry.person p SET status = 'LEFT', name = '', name_key = '', phone_sealed = '', revision = revision + 1,
    update_time = now() FROM due WHERE p.street = due.street AND p.person_id = due.person_id;
COPY (SELECT street, person_id, 'jusha.registry.v1.PersonChanged', jsonb_build_object(
    'action', 'PERSON_ACTION_LEAVE', 'reason', 'erased again after a restore',
    'person', jsonb_strip_nulls(jsonb_build_object('personId', person_id, 'kind', 'PERSON_KIND_' || kind,
        'communityId', community_id, 'unitId', unit_id, 'status', 'PERSON_STATUS_' || status,
        'createTime', to_char(create_time, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'updateTime', to_char(update_time, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'revision', revision)))
    FROM registry.person JOIN due USING (street, person_id)) TO STDOUT \g |jusha-open pack >"$PACKED"
CREATE TEMP TABLE packed (street text, person_id uuid, type text, data text) ON COMMIT DROP;
\copy packed FROM PROGRAM 'cat "$PACKED"'
-- Ids are UUIDv7 that grow with the numbers.
INSERT INTO registry.journal (street, seq, id, type, subject, time, actor, traceparent, data)
SELECT p.street, head.seq + n, (left(registry.uuid_from(clock_timestamp() + n * interval '1 ms')::text, 13)
        || '-7' || right(gen_random_uuid()::text, 21))::uuid, type, person_id, now(), 'operator', '', decode(data, 'hex')
FROM (SELECT *, row_number() OVER (PARTITION BY street ORDER BY person_id) AS n FROM packed) p
CROSS JOIN LATERAL (SELECT coalesce(max(seq), 0) AS seq FROM registry.journal j WHERE j.street = p.street) head;
INSERT INTO registry.timer (street, name, subject, due) SELECT street, 'person_left', person_id, now() FROM packed
ON CONFLICT (street, name, subject) DO NOTHING;
\pset format unaligned
\pset tuples_only on
SELECT count(*) FROM packed;
COMMIT;
