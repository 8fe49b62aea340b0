-- The triggers and rules that an UPDATE of these tables ($1), their partitions and children would wake: the statements that
-- keep them quiet, and those that bring each back as it was. Constraint triggers stay awake: they hold what must hold.
WITH RECURSIVE relation(oid) AS (
  SELECT pg_catalog.unnest($1::pg_catalog.oid[])
  UNION
  SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN relation r ON i.inhparent = r.oid),
named AS (
  SELECT c.oid, pg_catalog.format('ALTER TABLE ONLY %I.%I', n.nspname, c.relname) AS alter
  FROM relation r JOIN pg_catalog.pg_class c USING (oid) JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p'))
SELECT pg_catalog.format('%s DISABLE TRIGGER %I', n.alter, t.tgname),
       pg_catalog.format('%s %s TRIGGER %I', n.alter, CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, t.tgname)
FROM named n JOIN pg_catalog.pg_trigger t ON t.tgrelid = n.oid
WHERE NOT t.tgisinternal AND t.tgconstraint = 0 AND t.tgenabled IN ('O', 'A')
UNION ALL
SELECT pg_catalog.format('%s DISABLE RULE %I', n.alter, w.rulename),
       pg_catalog.format('%s %s RULE %I', n.alter, CASE w.ev_enabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END, w.rulename)
FROM named n JOIN pg_catalog.pg_rewrite w ON w.ev_class = n.oid
WHERE w.ev_enabled IN ('O', 'A')
