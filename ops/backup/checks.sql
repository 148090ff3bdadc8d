-- checks.sql - is a restored database what its journals say, and what its manifest says? One line each, with a figure
--
-- By psql as the superuser; nothing is left behind. In its environment: PGDATABASE and where the server is; MANIFEST,
-- of the backup, or /dev/null; DATA_KEYS, the registry's, or nothing. A line begins with "ok",
-- "WRONG", or "-" for what could not be looked at.
\set ON_ERROR_STOP on
SET timezone = 'UTC';
SET client_min_messages = warning;
SET search_path = pg_temp, public;

CREATE TEMP TABLE verdict (n serial, what text, figure text, wrong text, is_known boolean NOT NULL DEFAULT true);

-- Up to three of what is wrong, and how many there are.
CREATE FUNCTION pg_temp.some(wrong text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN cardinality(wrong) > 0 THEN cardinality(wrong) || ' wrong: ' || array_to_string(wrong[1:3], '; ') END
$$;

CREATE TEMP TABLE service AS
    SELECT n.nspname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = 'journal' AND c.relkind = 'r';

-- ---- journals ----

CREATE TEMP TABLE event (service text, street text, seq bigint, id uuid);
SELECT format('INSERT INTO event SELECT %L, street, seq, id FROM %I.journal', name, name) FROM service \gexec
ANALYZE event;

INSERT INTO verdict (what, figure, wrong)
SELECT 'journals have no gap', format('%s events, %s journals', coalesce(sum(head), 0), count(*)),
    pg_temp.some(array_agg(format('%s of %s from number %s on', service, street, gap)) FILTER (WHERE gap IS NOT NULL))
FROM (
    SELECT service, street, count(*) AS head, min(expected) FILTER (WHERE seq <> expected) AS gap
    FROM (SELECT *, row_number() OVER (PARTITION BY service, street ORDER BY seq) AS expected FROM event) e
    GROUP BY service, street) j;

INSERT INTO verdict (what, figure, wrong)
SELECT 'each event has an id of its own', count(*)::text,
    pg_temp.some(array_agg(format('%s stands %s times', id, times)) FILTER (WHERE times > 1))
FROM (SELECT id, count(*) AS times FROM event GROUP BY id) e;

CREATE TEMP TABLE head (service text, street text, seq bigint, id uuid);
\copy head FROM PROGRAM 'awk ''$1 == "head" { print $2 "\t" $3 "\t" $4 "\t" $5 }'' "$MANIFEST"'

INSERT INTO verdict (what, figure, wrong, is_known)
SELECT 'journals end where the manifest says', count(m.service)::text,
    pg_temp.some(array_agg(format('%s of %s: %s here, %s there', service, street, e.seq, m.seq))
        FILTER (WHERE m.seq IS DISTINCT FROM e.seq OR m.id IS DISTINCT FROM e.id)),
    count(m.service) > 0 OR NOT EXISTS (SELECT FROM event)
FROM head m FULL JOIN (SELECT DISTINCT ON (service, street) * FROM event ORDER BY service, street, seq DESC) e
    USING (service, street);

-- ---- rows ----

CREATE TEMP TABLE counted (name text, rows bigint);
SELECT format('INSERT INTO counted SELECT %L, count(*) FROM %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN service s ON s.name = n.nspname
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition \gexec
CREATE TEMP TABLE expected (name text, rows bigint);
\copy expected FROM PROGRAM 'awk ''$1 == "rows" { print $2 "\t" $3 }'' "$MANIFEST"'

INSERT INTO verdict (what, figure, wrong, is_known)
SELECT 'tables have as many rows as the manifest says', format('%s rows, %s tables', sum(c.rows), count(c.name)),
    pg_temp.some(array_agg(format('%s: %s here, %s there', name, c.rows, m.rows)) FILTER (WHERE m.rows IS DISTINCT FROM c.rows)),
    count(m.name) > 0
FROM expected m FULL JOIN counted c USING (name);

-- ---- tables and what journals tell of them ----

CREATE TEMP TABLE told (service text, street text, seq bigint, kind text, object jsonb);
SELECT string_agg(format('SELECT %L, street, seq, type, encode(data, ''hex'') FROM %I.journal', name, name), ' UNION ALL ')
    AS events FROM service \gset
\setenv EVENTS :events
\copy told FROM PROGRAM 'psql -X -q -c "COPY ($EVENTS) TO STDOUT" | jusha-open events 2>/dev/null || true'

INSERT INTO verdict (what, figure, wrong)
SELECT 'each event can be read', count(*)::text,
    pg_temp.some(array_agg(format('%s of %s: number %s', service, street, seq)) FILTER (WHERE t.seq IS NULL))
FROM event e LEFT JOIN told t USING (service, street, seq) WHERE t.kind IS NULL OR t.kind = '';

-- The tables that are told of, by their key behind the street.
CREATE TEMP TABLE kind AS
    SELECT t.service, t.kind, a.attname::text AS key
    FROM (SELECT DISTINCT service, kind FROM told WHERE kind <> '') t
    JOIN pg_index i ON i.indrelid = to_regclass(format('%I.%I', t.service, t.kind)) AND i.indisprimary
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        AND (a.attname <> 'street' OR i.indnatts = 1)
    WHERE i.indnatts <= 2;

-- The newest of each object up to a number of its journal, which is the end unless a follower is less far.
-- A sign-up's place in the waitlist was read from other rows: it was true when it was told.
CREATE TEMP TABLE object AS
    SELECT t.service, t.street, t.seq, t.kind, t.object->>k.key AS id,
        CASE t.kind WHEN 'sign_up' THEN t.object - 'place' ELSE t.object END AS object
    FROM told t JOIN kind k USING (service, kind);
CREATE INDEX ON object (service, kind, street, id, seq);
ANALYZE object;

-- Nothing, zero, empty and false are one, as in proto3.
CREATE FUNCTION pg_temp.plain(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN value::text NOT IN ('null', '""', '0', 'false', '[]', '{}') THEN value END
$$;

-- Columns that both have and that are not the same.
CREATE FUNCTION pg_temp.differing(stored jsonb, told jsonb, object jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN stored IS NULL THEN 'is in the journal only'
        WHEN told IS NULL THEN 'is in the table only'
        ELSE (SELECT 'has another ' || string_agg(key, ', ' ORDER BY key) FROM jsonb_object_keys(object) key
            WHERE stored ? key AND pg_temp.plain(stored->key) IS DISTINCT FROM pg_temp.plain(told->key))
    END
$$;

CREATE TEMP TABLE compared (is_copy boolean, name text, street text, id text, wrong text);
SELECT format($f$
    INSERT INTO compared SELECT false, %1$L, street, id, pg_temp.differing(r.stored, t.told, t.object)
    FROM (SELECT street, %2$I::text AS id, to_jsonb(r) AS stored FROM %3$I.%4$I r) r
    FULL JOIN (SELECT DISTINCT ON (street, id) street, id, object, to_jsonb(jsonb_populate_record(NULL::%3$I.%4$I, object)) AS told
        FROM object WHERE service = %3$L AND kind = %4$L ORDER BY street, id, seq DESC) t USING (street, id)
    $f$, service || '.' || kind, key, service, kind) FROM kind \gexec

INSERT INTO verdict (what, figure, wrong)
SELECT 'tables are what journals tell', format('%s rows, %s tables', count(*), count(DISTINCT name)),
    pg_temp.some(array_agg(format('%s %s of %s %s', name, id, street, wrong)) FILTER (WHERE wrong IS NOT NULL))
FROM compared WHERE NOT is_copy;

-- ---- copies in followers ----

CREATE TEMP TABLE follower (service text, street text, source text, seq bigint, reached bigint);
SELECT format('INSERT INTO follower SELECT %L, street, source, seq, reached FROM %I.follower', name, name)
FROM service WHERE to_regclass(format('%I.follower', name)) IS NOT NULL \gexec

INSERT INTO verdict (what, figure, wrong)
SELECT 'followers are within their journals', count(*)::text,
    pg_temp.some(array_agg(format('%s follows %s of %s to %s of %s', f.service, f.source, f.street, f.seq, coalesce(h.seq, 0)))
        FILTER (WHERE f.seq > coalesce(h.seq, 0)))
FROM follower f
LEFT JOIN (SELECT service AS source, street, max(seq) AS seq FROM event GROUP BY 1, 2) h USING (source, street);

-- A copy has the name and the key of its source; of a street it is `stream`. What is being rebuilt is passed over.
SELECT format($f$
    INSERT INTO compared SELECT true, %1$L, street, id, pg_temp.differing(r.stored, t.told, t.object)
    FROM (SELECT street, %2$I::text AS id, to_jsonb(r) AS stored FROM %3$I.%4$I r WHERE street IN
        (SELECT street FROM follower WHERE service = %3$L AND source = %5$L AND seq >= reached)) r
    FULL JOIN (SELECT DISTINCT ON (street, id) street, id, object, to_jsonb(jsonb_populate_record(NULL::%3$I.%4$I, object)) AS told
        FROM object o JOIN follower f USING (street)
        WHERE f.service = %3$L AND f.source = %5$L AND f.seq >= f.reached AND o.seq <= f.seq
            AND o.service = %5$L AND kind = %6$L ORDER BY street, id, o.seq DESC) t USING (street, id)
    $f$, f.service || '.' || c.name, k.key, f.service, c.name, f.source, k.kind)
FROM (SELECT DISTINCT service, source FROM follower) f JOIN kind k ON k.service = f.source
CROSS JOIN LATERAL (SELECT CASE k.kind WHEN 'street' THEN 'stream' ELSE k.kind END AS name) c
WHERE to_regclass(format('%I.%I', f.service, c.name)) IS NOT NULL \gexec

INSERT INTO verdict (what, figure, wrong)
SELECT 'copies are what their source tells', format('%s rows, %s tables', count(*), count(DISTINCT name)),
    pg_temp.some(array_agg(format('%s %s of %s %s', name, id, street, wrong)) FILTER (WHERE wrong IS NOT NULL))
FROM compared WHERE is_copy;

-- ---- phones ----

CREATE TEMP TABLE phone (street text, id uuid, opens boolean);
\setenv SEALED 'SELECT street, person_id, encode(phone_sealed, $$hex$$) FROM registry.person WHERE phone_sealed > $$$$'
\copy phone FROM PROGRAM '[ -z "$DATA_KEYS" ] || psql -X -q -c "COPY ($SEALED) TO STDOUT" | jusha-open phones "$DATA_KEYS" 2>/dev/null'
\getenv keys DATA_KEYS

INSERT INTO verdict (what, figure, wrong, is_known)
SELECT 'sealed phones open', count(*)::text,
    pg_temp.some(array_agg(format('person %s of %s', p.person_id, p.street)) FILTER (WHERE opens IS NOT true)),
    coalesce(:'keys', '') <> '' OR count(*) = 0
FROM registry.person p LEFT JOIN phone o ON o.street = p.street AND o.id = p.person_id WHERE p.phone_sealed <> '';

\pset format unaligned
\pset tuples_only on
SELECT CASE WHEN NOT is_known THEN '-     ' || what || ': nothing to look it up in'
    ELSE format('%-5s %s: %s', CASE WHEN wrong IS NULL THEN 'ok' ELSE 'WRONG' END, what, concat_ws('; ', figure, wrong)) END
FROM verdict ORDER BY n;
