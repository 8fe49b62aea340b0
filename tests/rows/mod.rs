//! Which rows come: the statements of `plan::rows`, run against a real server.

mod cases;
mod clones;
mod counts;
mod erasure;
mod graphs;
mod keys;
mod limits;
mod nasty;
mod oracle;
mod predicates;
mod random;
mod retention;
mod shapes;
mod size;
mod subsets;

use standin::catalog::{Catalog, Oid};
use standin::pg::local::{LocalServer, Options};
use standin::plan::clock::Clock;
use standin::plan::rows::{self, Policies, Policy, RowPlan};
use standin::plan::{Check, Rows, Selection};
use standin::rules::{self, Rules};
use standin::words::diagnostic::{Diagnostic, SourceFile};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// A server of its own and one session, as a run has it: read-only in one snapshot.
struct Source {
    server: LocalServer,
    client: Client,
}

impl Source {
    /// Starts a server, fills it, and begins the snapshot.
    async fn start(script: &str) -> Self {
        let server = LocalServer::start(Options::default()).expect("a server");
        server.psql("postgres", script).unwrap_or_else(|error| panic!("{:?}", error.diagnostics()));
        let mut config = tokio_postgres::Config::new();
        config.host_path(server.socket_dir()).port(server.port()).user("postgres").dbname("postgres");
        let (client, connection) = config.connect(NoTls).await.expect("a connection");
        tokio::spawn(connection);
        client.batch_execute("SET search_path = ''; SET timezone = 'UTC'").await.unwrap();
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await.unwrap();
        client.batch_execute(rows::SESSION).await.unwrap();
        Source { server, client }
    }

    async fn catalog(&self) -> Catalog {
        standin::catalog::read(&self.client).await.expect("a catalog")
    }

    /// The rows of one statement, as text.
    async fn query(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let messages = self.client.simple_query(sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
            _ => None,
        });
        rows.collect()
    }

    /// What a check finds.
    async fn ask(&self, check: &Check) -> i64 {
        self.query(&check.sql).await[0][0].as_ref().expect("a number").parse().expect("a number")
    }

    /// The checks that find something: code and place.
    async fn refusals(&self, checks: &[Check]) -> Vec<String> {
        let mut refusals = Vec::new();
        for check in checks {
            if self.ask(check).await != 0 {
                let diagnostic = &check.diagnostic;
                refusals.push(format!("{} {}", diagnostic.code, diagnostic.place.object().unwrap_or_default()));
            }
        }
        refusals.sort();
        refusals
    }
}

/// Rules from YAML under `tables:` and `empty:`.
fn parse(yaml: &str) -> Rules {
    let text = format!("version: 1\n{yaml}");
    let file = Arc::new(SourceFile { path: "rows.yaml".into(), text });
    rules::parse(file).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// Binds rules to a catalog by name.
fn plan(rules: &Rules, catalog: &Catalog, orphaned_at_most: f64) -> Result<RowPlan, Vec<Diagnostic>> {
    plan_without(rules, catalog, orphaned_at_most, Vec::new())
}

/// The same without subjects of some tables.
fn plan_without(
    rules: &Rules,
    catalog: &Catalog,
    orphaned_at_most: f64,
    forget: Vec<Oid>,
) -> Result<RowPlan, Vec<Diagnostic>> {
    let mut tables = BTreeMap::new();
    for rule in &rules.tables {
        let root = catalog.table(&rule.name.value).expect("a table");
        tables.insert(root.oid, Policy { rule: Some(rule), ..Policy::default() });
    }
    for pattern in &rules.empty {
        let named = catalog
            .tables
            .iter()
            .find(|table| table.name.schema.as_str() == pattern.schema && table.name.name.as_str() == pattern.table);
        tables.entry(named.expect("a table").oid).or_default().empty = Some("empty");
    }
    let clock = Clock::new(&catalog.database.snapshot_at, &rules.time_zone).expect("a clock");
    let key = standin::words::secret::Key::parse(crate::fixture::KEY).expect("a key");
    rows::select(&Policies {
        catalog,
        clock,
        tables,
        orphaned_at_most,
        relations: &rules.relations,
        subset: rules.subset.as_ref(),
        forget: forget.into_iter().map(|table| (table, 1)).collect(),
        domains: standin::mask::Domains::new(&key, 1),
    })
}

/// The SELECT of one table's rows.
fn statement(table: &str, rows: &Rows, columns: &[&str]) -> Option<String> {
    match rows {
        Rows::None(_) => None,
        Rows::All => Some(format!("SELECT {} FROM ONLY {table} AS t", columns.join(", "))),
        Rows::Selected(Selection { with, joins, condition, replaced, .. })
        | Rows::Chosen(Selection { with, joins, condition, replaced, .. }) => {
            let columns: Vec<&str> = columns
                .iter()
                .map(|column| {
                    let new = replaced.iter().find(|(name, _)| name.as_str() == column.trim_matches('"'));
                    new.map_or(*column, |(_, expression)| expression)
                })
                .collect();
            Some(format!("{with}SELECT {} FROM ONLY {table} AS t{joins} WHERE ({condition})", columns.join(", ")))
        }
    }
}

/// The rows of every leaf of a table.
async fn selected(
    source: &Source,
    catalog: &Catalog,
    plan: &RowPlan,
    root: Oid,
    columns: &[&str],
) -> Vec<Vec<Option<String>>> {
    let mut all = Vec::new();
    for (oid, rows) in &plan.tables {
        let table = catalog.by_oid(*oid).expect("a table");
        let mut top = table;
        while let Some(parent) = top.parents.first().filter(|_| top.partition).and_then(|oid| catalog.by_oid(*oid)) {
            top = parent;
        }
        if top.oid == root
            && let Some(sql) = statement(&table.name.sql(), rows, columns)
        {
            all.extend(source.query(&sql).await);
        }
    }
    all.sort();
    all
}
