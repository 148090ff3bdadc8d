-- snapshot.sql - the dump, and the facts of its manifest as of the same moment
--
-- By psql; in its environment: FACTS and DUMP, the files to write.
\set ON_ERROR_STOP on
SET timezone = 'UTC';
\pset format unaligned
\pset tuples_only on
\getenv facts FACTS
CREATE TEMP VIEW service AS
    SELECT n.nspname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'journal' AND c.relkind = 'r';
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
\! pg_dump -Fc --lock-wait-timeout=60s --snapshot="$SNAPSHOT" --file="$DUMP.part" && mv "$DUMP.part" "$DUMP"
\o :facts
SELECT 'time ' || to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
SELECT 'postgresql ' || current_setting('server_version_num');
SELECT format('SELECT concat_ws('' '', ''migrations'', %L, string_agg(version, '' '' ORDER BY version))
    FROM %I.schema_migrations', name, name)
FROM service ORDER BY name \gexec
SELECT format('SELECT concat_ws('' '', ''head'', %L, s.street, j.seq, j.id) FROM %I.stream s CROSS JOIN LATERAL
    (SELECT seq, id FROM %I.journal j WHERE j.street = s.street ORDER BY seq DESC LIMIT 1) j ORDER BY 1', name, name, name)
FROM service ORDER BY name \gexec
SELECT format('SELECT concat_ws('' '', ''rows'', %L, count(*)) FROM %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN service s ON s.name = n.nspname
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1 \gexec
\o
ROLLBACK;
