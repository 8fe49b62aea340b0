-- Objects that a clone does not have, by kind; comments, security labels and large objects as counts.
SELECT 'publication' AS kind, pubname::text AS name FROM pg_publication
UNION ALL
SELECT 'subscription', s.subname::text
FROM pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
UNION ALL
SELECT 'event trigger', e.evtname::text
FROM pg_event_trigger e
WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')
UNION ALL
SELECT 'user mapping', format('%s at %s', m.usename, m.srvname) FROM pg_user_mappings m
UNION ALL
SELECT 'server options', s.srvname::text FROM pg_foreign_server s WHERE s.srvoptions IS NOT NULL
UNION ALL
SELECT 'security label', l.labels::text
FROM (SELECT count(*) AS labels FROM pg_seclabel WHERE objoid >= 16384) l
WHERE l.labels > 0
UNION ALL
SELECT 'comment', c.comments::text
FROM (SELECT count(*) AS comments
      FROM pg_description d
      WHERE d.objoid >= 16384 AND d.classoid <> 'pg_extension'::regclass
        AND NOT EXISTS (SELECT FROM pg_depend e
                        WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')) c
WHERE c.comments > 0
UNION ALL
SELECT 'large object', l.objects::text
FROM (SELECT count(*) AS objects FROM pg_largeobject_metadata) l
WHERE l.objects > 0
ORDER BY 1, 2
