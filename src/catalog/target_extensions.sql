-- Extensions that the target's server has on disk.
SELECT v.name::text AS name,
       array_agg(v.version ORDER BY v.version) AS versions,
       bool_or((NOT v.superuser OR v.trusted) AND v.version = x.default_version) AS creatable
FROM pg_available_extension_versions v
JOIN pg_available_extensions x ON x.name = v.name
GROUP BY v.name
ORDER BY 1
