//! The shipped rule files: each plans against its database, and leaves no personal column as it is.

use serde_json::Value;
use standin::pg::local::{LocalServer, Options};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The SQL of a public database, unpacked.
fn dataset(name: &str) -> Vec<u8> {
    let directory = root().join("tests/datasets").join(name);
    let packed = directory.join(format!("{name}.sql.gz"));
    if !packed.exists() {
        return std::fs::read(directory.join(format!("{name}.sql"))).expect("the data set");
    }
    let unpacked = Command::new("gzip").arg("-dc").arg(packed).output().expect("gzip");
    assert!(unpacked.status.success());
    unpacked.stdout
}

/// Columns that hold something personal for certain or in all likelihood, as `schema.table.column`.
fn personal(name: &str) -> HashSet<String> {
    let path: PathBuf = root().join("tests/datasets").join(name).join("pii.tsv");
    let text = std::fs::read_to_string(path).expect("the labels");
    let fields = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect::<Vec<_>>());
    fields.filter(|fields| ["must", "should"].contains(&fields[2])).map(|fields| fields[0].to_owned()).collect()
}

fn plan(server: &LocalServer, name: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_standin"))
        .args(["plan", "--format", "json", "--rules"])
        .arg(root().join("rules").join(format!("{name}.yaml")))
        .env("PRODUCTION_URL", server.url(name))
        .env("STAGING_URL", server.url("staging"))
        .env("STANDIN_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
        .output()
        .expect("standin");
    assert_eq!(output.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one object")
}

#[test]
fn shipped_rules_plan_and_mask_every_personal_column() {
    let server = LocalServer::start(Options::default()).expect("a server");
    for name in ["pagila", "northwind", "cratesio"] {
        server.create_database(name).expect("a database");
        server.psql(name, dataset(name)).expect("the data set");
        let plan = plan(&server, name);
        let mut personal = personal(name);
        for table in plan["tables"].as_array().expect("tables") {
            let table_name = table["table"].as_str().expect("a name");
            if table["rows"]["come"] == "none" {
                personal.retain(|label| !label.starts_with(&format!("{table_name}.")));
            }
            for (column, what) in table["columns"].as_object().expect("columns") {
                let label = format!("{table_name}.{column}");
                assert!(!personal.remove(&label) || what["action"] != "keep", "{name}: {label} is kept");
            }
        }
        assert!(personal.is_empty(), "{name}: the plan does not speak of {personal:?}");
    }
}

#[test]
fn the_shop_s_rules_plan() {
    let server = LocalServer::start(Options::default()).expect("a server");
    server.create_database("shop").expect("a database");
    server
        .psql("shop", std::fs::read(root().join("migrations/shop/V1__shop.sql")).expect("the schema"))
        .expect("the schema");
    let plan = plan(&server, "shop");
    assert!(plan["tables"].as_array().is_some_and(|tables| tables.len() >= 15), "{plan}");
}
