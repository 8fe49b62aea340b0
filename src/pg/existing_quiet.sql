-- Statements that keep triggers, rules and forced row security of the tables $1 still, and those that bring them back.
WITH relation AS (
  SELECT c.oid, c.relforcerowsecurity FROM pg_catalog.pg_class c
  WHERE c.oid IN (SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::text[]) t)),
quiet AS (
  SELECT r.oid, 'TRIGGER' AS kind, t.tgname AS name, t.tgenabled AS state
  FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
  UNION ALL
  SELECT r.oid, 'RULE', w.rulename, w.ev_enabled
  FROM relation r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE w.ev_enabled <> 'D')
SELECT pg_catalog.format('ALTER TABLE ONLY %s DISABLE %s %I', q.oid::pg_catalog.regclass, q.kind, q.name),
       pg_catalog.format('ALTER TABLE ONLY %s ENABLE %s%s %I', q.oid::pg_catalog.regclass,
                         CASE q.state WHEN 'R' THEN 'REPLICA ' WHEN 'A' THEN 'ALWAYS ' ELSE '' END, q.kind, q.name)
FROM quiet q
UNION ALL
SELECT pg_catalog.format('ALTER TABLE ONLY %s NO FORCE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass),
       pg_catalog.format('ALTER TABLE ONLY %s FORCE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass)
FROM relation r WHERE r.relforcerowsecurity
