-- Sequences: where they begin, how they count, and whether we may restart them.
SELECT s.seqrelid AS oid,
       s.seqstart AS start,
       s.seqincrement AS increment,
       pg_has_role(c.relowner, 'USAGE') AS owned
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
