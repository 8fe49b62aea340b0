//! Two databases, object by object and value by value: what differs, as lines that a person can read.

use crate::fixture::Server;
use std::collections::BTreeMap;

/// Kinds of pg_dump's entries that a clone leaves out (INTERFACE: listed in the report).
const LEFT_OUT: &[&str] = &[
    "SUBSCRIPTION",
    "SUBSCRIPTION TABLE",
    "PUBLICATION",
    "PUBLICATION TABLE",
    "PUBLICATION TABLES IN SCHEMA",
    "EVENT TRIGGER",
    "USER MAPPING",
    "SECURITY LABEL",
];

/// Stands before each record of psql's output.
const MARK: &str = "@@ record @@";

/// Everything that is compared of a database.
pub struct Shape {
    /// pg_dump's entries and catalog facts, with how often each is there.
    objects: BTreeMap<String, usize>,
    /// Per relation with rows, and per sequence: sorted rows.
    rows: BTreeMap<String, Vec<String>>,
}

impl Shape {
    /// Reads a whole database.
    pub fn of(server: &Server, database: &str) -> Self {
        let mut objects = BTreeMap::new();
        let dump = server.dump(database, &["--schema-only"]);
        let facts = server.psql(database, include_str!("compare.sql"));
        for object in entries(&String::from_utf8_lossy(&dump)).into_iter().chain(facts.lines().map(str::to_owned)) {
            *objects.entry(object).or_default() += 1;
        }
        Shape { objects, rows: rows(server, database) }
    }

    /// The names of all relations and sequences whose rows are compared.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// What this one has and the other has not, and the reverse; empty: they are equal.
    pub fn differences(&self, other: &Shape) -> Vec<String> {
        let mut found = Vec::new();
        for (object, count) in &self.objects {
            let there = other.objects.get(object).copied().unwrap_or(0);
            if there != *count {
                found.push(format!("only here ({count} against {there}): {object}"));
            }
        }
        for (object, count) in &other.objects {
            if !self.objects.contains_key(object) {
                found.push(format!("only there ({count}): {object}"));
            }
        }
        for table in self.rows.keys().chain(other.rows.keys().filter(|name| !self.rows.contains_key(*name))) {
            match (self.rows.get(table), other.rows.get(table)) {
                (Some(a), Some(b)) if a == b => {}
                (Some(a), Some(b)) => found.push(format!("rows of {table}: {}", row_difference(a, b))),
                (Some(_), None) => found.push(format!("{table} is only here")),
                _ => found.push(format!("{table} is only there")),
            }
        }
        found
    }

    /// Panics with the first differences, if there are any.
    pub fn expect_equal(&self, other: &Shape) {
        let found = self.differences(other);
        let shown: Vec<String> = found.iter().take(20).map(|line| line.chars().take(1500).collect()).collect();
        assert!(
            found.is_empty(),
            "{} differences (here: expected, there: the clone)\n{}",
            found.len(),
            shown.join("\n")
        );
    }
}

/// Rows of all tables and sequences of a database, sorted, as COPY's text form has them.
pub fn rows(server: &Server, database: &str) -> BTreeMap<String, Vec<String>> {
    // A foreign table's rows are elsewhere; a matview without data cannot be read.
    let list = "SELECT format(E'%s\\t%s\\t%s', c.oid::regclass, c.relkind, string_agg(quote_ident(attname), ', ' ORDER BY attnum))
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
        WHERE n.nspname !~ '^(pg_|information_schema$)' AND (relkind IN ('r', 'S') OR relkind = 'm' AND relispopulated)
        GROUP BY c.oid, c.relkind ORDER BY c.oid::regclass::text";
    // A name may hold a newline, a row any control character: records are told apart by words that are nowhere else.
    let list = server.psql(database, &format!("\\pset recordsep '{MARK}'\n{list}"));
    let relations: Vec<Vec<&str>> = list.trim_end().split(MARK).map(|line| line.splitn(3, '\t').collect()).collect();
    let mut script = String::new();
    for (number, relation) in relations.iter().enumerate() {
        let [name, kind, columns] = relation[..] else { panic!("{relation:?}") };
        let select = match (kind, columns) {
            ("S", _) => format!("SELECT last_value, is_called FROM {name}"),
            (_, "") => format!("SELECT FROM ONLY {name}"),
            _ => format!("SELECT {columns} FROM ONLY {name}"),
        };
        script.push_str(&format!("\\echo '{MARK}{number}'\nCOPY ({select}) TO STDOUT;\n"));
    }
    let output = server.psql(database, &script);
    let mut found = BTreeMap::new();
    for block in output.split(MARK).skip(1) {
        let (number, rows) = block.split_once('\n').unwrap_or((block, ""));
        let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
        rows.sort_unstable();
        found.insert(relations[number.trim().parse::<usize>().expect("a number")][0].to_owned(), rows);
    }
    assert_eq!(found.len(), relations.len(), "every relation was read");
    found
}

/// The digest of all rows of a database.
pub fn digest(server: &Server, database: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    for (table, rows) in rows(server, database) {
        hasher.update(format!("{table} {}\n", rows.len()).as_bytes());
        rows.iter().for_each(|row| {
            hasher.update(row.as_bytes()).update(b"\n");
        });
    }
    hasher.finalize().to_hex().to_string()
}

/// The entries of a plain-text dump, each with its header, in no order; those that a clone leaves out are absent.
fn entries(dump: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in dump.split("\n--\n-- Name: ").skip(1) {
        let (header, body) = entry.split_once('\n').unwrap_or((entry, ""));
        let field = |name: &str| header.split("; ").find_map(|field| field.strip_prefix(name)).unwrap_or("");
        let kind = field("Type: ");
        let of_left_out = LEFT_OUT.iter().any(|kind| header.starts_with(&format!("{kind} ")));
        if LEFT_OUT.contains(&kind) || of_left_out {
            continue;
        }
        let mut lines: Vec<&str> = body.lines().filter(|line| !is_setting(line)).collect();
        if kind.ends_with("ACL") {
            lines.sort_unstable();
        }
        if kind == "SERVER" {
            lines.retain(|line| !line.starts_with("    ") && *line != ");");
        }
        let body = if kind == "SERVER" { lines.join("\n").replace(" OPTIONS (", ";") } else { lines.join("\n") };
        found.push(format!("{header}\n{body}"));
    }
    found
}

/// Lines of a dump that depend on the order of its entries, or on the run.
fn is_setting(line: &str) -> bool {
    line.trim().is_empty()
        || line == "--"
        || line.starts_with("-- PostgreSQL database dump complete")
        || line.starts_with("SET default_tablespace")
        || line.starts_with("SET default_table_access_method")
        || line.starts_with("\\restrict ")
        || line.starts_with("\\unrestrict ")
}

/// The first row that only one side has.
fn row_difference(a: &[String], b: &[String]) -> String {
    let first = |rows: &[String], others: &[String]| {
        let row = rows.iter().find(|row| others.binary_search(row).is_err());
        row.map(|row| row.chars().take(300).collect::<String>())
    };
    format!("{} against {}; only here: {:?}; only there: {:?}", a.len(), b.len(), first(a, b), first(b, a))
}
