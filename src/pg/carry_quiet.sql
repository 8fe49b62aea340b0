-- Statements that keep the triggers and the forced row security of table $1 still, and those that bring them back.
WITH relation AS (
  SELECT c.oid, c.relforcerowsecurity FROM pg_catalog.pg_class c
  WHERE c.oid = pg_catalog.to_regclass($1) OR c.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass($1)) p))
SELECT pg_catalog.format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', r.oid::pg_catalog.regclass, t.tgname),
       pg_catalog.format('ALTER TABLE ONLY %s ENABLE %sTRIGGER %I', r.oid::pg_catalog.regclass,
                         CASE t.tgenabled WHEN 'R' THEN 'REPLICA ' WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.tgname)
FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
UNION ALL
SELECT pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass),
       pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.oid::pg_catalog.regclass)
FROM relation r WHERE r.relforcerowsecurity
