-- Inside the database that a refresh replaces: is it empty, does it publish.
SELECT (SELECT count(*)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S') AND c.relpersistence <> 't'
          AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
          AND NOT EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
     + (SELECT count(*)
        FROM pg_proc p
        WHERE p.oid >= 16384
          AND NOT EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))
     + (SELECT count(*) FROM pg_largeobject_metadata) AS objects,
       ARRAY(SELECT p.pubname::text FROM pg_publication p ORDER BY 1) AS publications
