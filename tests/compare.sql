-- Facts of a database that pg_dump does not show, or shows only indirectly: one line each.
-- Objects of extensions, of pg_catalog and of kinds that a clone leaves out are absent.
CREATE TEMPORARY VIEW relation AS
    SELECT c.*, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^(pg_|information_schema$)';

SELECT concat_ws(' ', 'relation', name, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident, relispopulated,
                 relispartition, reloptions, relowner::regrole,
                 (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner))) a))
FROM relation WHERE relkind <> 'x';

SELECT concat_ws(' ', 'column', name, row_number() OVER (PARTITION BY relation.oid ORDER BY attnum), quote_ident(attname),
                 format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstattarget, attstorage, attcompression,
                 attislocal, attinhcount,
                 -- Some minor releases of the server number a table's versions here, which is nobody's business.
                 (SELECT array_agg(o ORDER BY o) FROM unnest(attoptions) o WHERE o NOT LIKE 'pg\_attver=%'), attfdwoptions, attcollation::regcollation,
                 (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(attacl) a))
FROM relation JOIN pg_catalog.pg_attribute ON attrelid = relation.oid
WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'f', 'v', 'm', 'c');

SELECT concat_ws(' ', 'index', name, indexrelid::regclass, indisunique, indisprimary, indisexclusion, indisvalid, indisready,
                 indisclustered, indisreplident, indimmediate, pg_get_indexdef(indexrelid))
FROM pg_catalog.pg_index JOIN relation ON relation.oid = indrelid WHERE relkind IN ('r', 'p', 'm');

SELECT concat_ws(' ', 'constraint', name, quote_ident(conname), contype, convalidated, condeferrable, condeferred, conislocal,
                 coninhcount, contype = 'c' AND connoinherit, conparentid <> 0, pg_get_constraintdef(pg_constraint.oid))
FROM pg_catalog.pg_constraint JOIN relation ON relation.oid = conrelid;

SELECT concat_ws(' ', 'trigger', name, quote_ident(tgname), tgenabled, tgparentid <> 0, pg_get_triggerdef(pg_trigger.oid))
FROM pg_catalog.pg_trigger JOIN relation ON relation.oid = tgrelid WHERE NOT tgisinternal;

SELECT concat_ws(' ', 'rule', name, quote_ident(rulename), ev_enabled, pg_get_ruledef(pg_rewrite.oid))
FROM pg_catalog.pg_rewrite JOIN relation ON relation.oid = ev_class;

SELECT concat_ws(' ', 'policy', name, quote_ident(polname), polpermissive, polcmd, (SELECT array_agg(r::regrole::text ORDER BY r::regrole::text) FROM unnest(polroles) r),
                 pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
FROM pg_catalog.pg_policy JOIN relation ON relation.oid = polrelid;

SELECT concat_ws(' ', 'parent', name, inhparent::regclass, inhseqno) FROM pg_catalog.pg_inherits JOIN relation ON relation.oid = inhrelid;

SELECT concat_ws(' ', 'statistics', pg_get_statisticsobjdef(oid), stxstattarget, stxowner::regrole) FROM pg_catalog.pg_statistic_ext;

SELECT concat_ws(' ', 'sequence', schemaname, sequencename, sequenceowner, data_type, start_value, min_value, max_value, increment_by, cycle, cache_size)
FROM pg_catalog.pg_sequences;

SELECT concat_ws(' ', 'function', p.oid::regprocedure, proowner::regrole, provolatile, proparallel, prosecdef, proisstrict, proleakproof,
                 procost, prorows, proconfig, md5(prosrc), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(proacl, acldefault('f', proowner))) a))
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace WHERE n.nspname !~ '^(pg_|information_schema$)';

SELECT concat_ws(' ', 'type', t.oid::regtype, typtype, typowner::regrole, typnotnull, typdefault, typcollation::regcollation,
                 (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(typacl, acldefault('T', typowner))) a),
                 (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = t.oid))
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace WHERE n.nspname !~ '^(pg_|information_schema$)';

SELECT concat_ws(' ', 'schema', quote_ident(nspname), nspowner::regrole, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(nspacl, acldefault('n', nspowner))) a))
FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_(toast|temp)';

SELECT concat_ws(' ', 'extension', extname, extversion, extnamespace::regnamespace, extowner::regrole, extconfig::regclass[]) FROM pg_catalog.pg_extension;

SELECT concat_ws(' ', 'language', lanname, lanowner::regrole, lanpltrusted, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(lanacl, acldefault('l', lanowner))) a))
FROM pg_catalog.pg_language;

SELECT concat_ws(' ', 'default grant', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype,
                 (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(defaclacl) a))
FROM pg_catalog.pg_default_acl;

SELECT concat_ws(' ', 'cast', castsource::regtype, casttarget::regtype, castfunc::regprocedure, castcontext, castmethod)
FROM pg_catalog.pg_cast WHERE oid >= 16384;

SELECT concat_ws(' ', 'large object', m.oid, lomowner::regrole, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(lomacl, acldefault('L', lomowner))) a),
                 obj_description(m.oid, 'pg_largeobject'), md5(lo_get(m.oid)))
FROM pg_catalog.pg_largeobject_metadata m;

SELECT concat_ws(' ', 'foreign server', srvname, srvowner::regrole, srvtype, srvversion, fdwname)
FROM pg_catalog.pg_foreign_server JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = srvfdw;
