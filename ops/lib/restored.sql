-- Says in a database that it was restored from a backup: the journals of every service begin another incarnation. To be
-- run when it stands and before services write to it again.
\set ON_ERROR_STOP on
SELECT format('SELECT %I.begin_incarnation()', n.nspname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname = 'begin_incarnation' ORDER BY n.nspname \gexec
