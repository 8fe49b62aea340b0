//! Catalogs of a real server, and what the plan makes of rules: refusals in their exact words.

use standin::catalog::{self, BaseType, Catalog, TableKind, TargetFacts, TypeKind};
use standin::pg::connect::{ConnectionParams, Server};
use standin::pg::local::{LocalServer, Options};
use standin::pg::session::{Run, Source};
use standin::plan::{Action, Input, Plan, Rows, Wanted};
use standin::rules::{Environment, Rules};
use standin::words::diagnostic::{Diagnostic, Severity, SourceFile};
use standin::words::name::{ColumnName, Name, TableName};
use standin::words::secret::{Key, Secret};
use std::sync::{Arc, OnceLock};

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe";

/// One server and its nasty schema for every test of this module.
struct Bench {
    server: LocalServer,
    /// As the superuser sees it.
    whole: Catalog,
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| {
        let server = LocalServer::start(Options::default()).unwrap();
        server.create_database("shop").unwrap();
        server.psql("shop", include_str!("schema.sql")).unwrap();
        let whole = read(&server, "shop", "postgres");
        Bench { server, whole }
    })
}

fn connect(server: &LocalServer, database: &str, user: &str) -> Server {
    let fields = [("host", server.socket_dir().display().to_string()), ("port", server.port().to_string())];
    let names = [("database", database.to_owned()), ("user", user.to_owned())];
    let fields = fields.into_iter().chain(names).map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    let params = ConnectionParams { fields, ..ConnectionParams::default() };
    Server::resolve(&params, &|_| None).unwrap_or_else(|faults| panic!("{faults:?}")).0
}

fn run() -> Run {
    Run { application: "standin/test".into(), time_zone: "UTC".into(), read_only: true }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn read(server: &LocalServer, database: &str, user: &str) -> Catalog {
    runtime().block_on(async {
        let source = Source::open(&connect(server, database, user), &run(), None).await.unwrap();
        catalog::read(source.client()).await.unwrap()
    })
}

/// A target that could not be better: another server, every role and extension of the source, no database yet.
fn perfect(source: &Catalog) -> TargetFacts {
    TargetFacts {
        templates: vec!["template0".into(), "template1".into(), "standin_template".into()],
        version_num: source.database.version_num,
        server_version: source.database.server_version.clone(),
        system_identifier: "1".into(),
        database: "staging".into(),
        user: "writer".into(),
        superuser: true,
        create_database: true,
        signal_backend: true,
        roles: source.roles.iter().map(|used| (used.role.clone(), true)).collect(),
        extensions: (source.extensions.iter())
            .map(|extension| catalog::AvailableExtension {
                name: extension.name.clone(),
                versions: vec![extension.version.clone()],
                creatable: true,
            })
            .collect(),
        encoding: source.database.encoding.clone(),
        collate: source.database.collate.clone(),
        ..TargetFacts::default()
    }
}

const HEAD: &str = "\
version: 1
environments:
  production: { tier: production, url: postgres://x/shop }
  staging: { tier: staging, from: production, url: postgres://y/staging }
policy: { large_objects: skip }
";

fn rules(body: &str) -> Rules {
    let text = if body.contains("environments:") { body.to_owned() } else { format!("{HEAD}{body}") };
    standin::rules::parse(Arc::new(SourceFile { path: "standin.yaml".into(), text }))
        .unwrap_or_else(|faults| panic!("{}", words(&faults)))
}

fn environment<'r>(rules: &'r Rules, name: &str) -> &'r Environment {
    rules.environments.iter().find(|environment| environment.name.value == name).unwrap()
}

fn plan(source: &Catalog, target: Option<&TargetFacts>, wanted: &Wanted, body: &str) -> Result<Plan, Vec<Diagnostic>> {
    let rules = rules(body);
    let key = Key::parse(KEY).unwrap();
    let from = environment(&rules, "production");
    let to = environment(&rules, "staging");
    Plan::build(&Input { rules: &rules, from, to, source, target, wanted, key: &key })
}

/// The findings as text: severity, code, place, message, help.
fn words(found: &[Diagnostic]) -> String {
    found
        .iter()
        .map(|one| {
            let severity = match one.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            let line = one.place.file().map(|file| format!(" ({file})")).unwrap_or_default();
            let help = one.help.as_deref().map(|help| format!("\n    help: {}", help.replace('\n', "\n          ")));
            format!("{severity} [{}] {}{line}\n    {}{}\n", one.code, one.place, one.message, help.unwrap_or_default())
        })
        .collect()
}

/// What a plan under these rules says: its refusals, or `planned` and its warnings.
fn said(body: &str) -> String {
    let source = &bench().whole;
    match plan(source, Some(&perfect(source)), &Wanted::default(), body) {
        Ok(plan) => format!("planned\n{}", words(plan.warnings())),
        Err(found) => words(&found),
    }
}

/// Rules under which everything is planned; tests add to them.
const GOOD: &str = "\
empty: [guarded, hidden.secrets, rooms, by_expression, one, other, loose]
tables:
  orders: { keep: rest, mask: { note: erase } }
  events: { keep: [id, kind, at], mask: { payload: erase } }
  animal: { keep: [id, name, bark] }
  machine: { keep: [serial] }
  '\"odd.schema\".\"a\"\"b\"': { keep: [\"\\\"c.d\\\"\", E] }
  nothing: { keep: rest }
  alembic_version: { keep: [version_num, who] }
";

mod reading;
mod refusals;
