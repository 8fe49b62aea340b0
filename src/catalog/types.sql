-- Every type that a column uses, directly or as the base, element, field or bound of another.
WITH RECURSIVE used(oid) AS (
    SELECT a.atttypid
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'm')
      AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
      AND a.attnum > 0 AND NOT a.attisdropped
  UNION
    SELECT part.oid
    FROM used
    JOIN pg_type t ON t.oid = used.oid
    CROSS JOIN LATERAL (
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL SELECT t.typelem WHERE t.typelem <> 0
        UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid
        UNION ALL SELECT f.atttypid FROM pg_attribute f
                  WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
    ) part(oid)
)
SELECT t.oid,
       n.nspname::text AS schema,
       t.typname::text AS name,
       t.typtype::text AS kind,
       -- what PostgreSQL itself takes for an array: int2vector and oidvector too, point and name not
       CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN t.typelem END AS element,
       CASE WHEN t.typtype = 'd' THEN t.typbasetype END AS base,
       t.typtypmod AS typmod,
       t.typnotnull AS not_null,
       (SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid) AS subtype,
       CASE WHEN t.typtype = 'e' THEN (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
                                       FROM pg_enum e WHERE e.enumtypid = t.oid) END AS labels,
       CASE WHEN t.typtype = 'd' THEN (SELECT array_agg(pg_get_expr(k.conbin, 0) ORDER BY k.conname)
                                       FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') END AS checks,
       f.names AS field_names,
       f.types AS field_types,
       f.typmods AS field_typmods,
       x.extname::text AS extension
FROM used
JOIN pg_type t ON t.oid = used.oid
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN LATERAL (SELECT array_agg(a.attname::text ORDER BY a.attnum) AS names,
                          array_agg(a.atttypid ORDER BY a.attnum) AS types,
                          array_agg(a.atttypmod ORDER BY a.attnum) AS typmods
                   FROM pg_attribute a
                   WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) f ON true
LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
                     AND d.refclassid = 'pg_extension'::regclass
LEFT JOIN pg_extension x ON x.oid = d.refobjid
