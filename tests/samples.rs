//! What is shipped beside the code: the sample shop, the compose file, the scripts.

use serde_json::Value;
use standin::pg::local::{LocalServer, Options};
use std::path::Path;

const SCHEMA: &str = include_str!("../migrations/shop/V1__shop.sql");
const SAMPLE: &str = include_str!("../src/command/demo/sample.sql");

#[test]
fn the_sample_shop_is_full_and_the_same_every_time() {
    let server = LocalServer::start(Options::default()).expect("a server");
    let mut digests = Vec::new();
    for database in ["one", "two"] {
        server.create_database(database).expect("a database");
        server.psql(database, SCHEMA).expect("the schema");
        server.psql(database, SAMPLE).expect("the sample");
        let empty = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace
                     AND NOT relispartition AND reltuples < 1 ORDER BY 1;";
        assert_eq!(server.psql(database, empty).expect("ask"), "", "tables without rows");
        let people = "SELECT md5(string_agg(concat(id, email, full_name, phone, card_number), ',' ORDER BY id))
                      FROM users LEFT JOIN payment_methods USING (id);";
        digests.push(server.psql(database, people).expect("ask"));
    }
    assert_eq!(digests[0], digests[1]);
    let cards = server.psql("one", "SELECT card_number FROM payment_methods;").expect("ask");
    assert!(cards.lines().all(check_digit_is_right), "a card number that no shop would have taken");
    let reachable =
        "SELECT count(*) FROM users WHERE email NOT LIKE '%.example' OR host(last_login_ip) NOT LIKE '100.%';";
    assert_eq!(server.psql("one", reachable).expect("ask"), "0\n");
}

/// The check digit of ISO/IEC 7812.
fn check_digit_is_right(number: &str) -> bool {
    let digits = number.bytes().rev().map(|digit| u32::from(digit - b'0'));
    let sum: u32 =
        digits.enumerate().map(|(at, digit)| if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }).sum();
    sum.is_multiple_of(10)
}

#[test]
fn the_compose_file_starts_two_checked_servers_from_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docker-compose.yml")).expect("the file");
    let file: Value = serde_yaml::from_str(&text).expect("YAML");
    for service in ["production", "staging"] {
        let service = &file["services"][service];
        assert!(service["image"].as_str().expect("an image").starts_with("postgres:"));
        assert_eq!(service["healthcheck"]["test"][1], "pg_isready");
        let ports = service["ports"][0].as_str().expect("a port");
        assert!(ports.starts_with("127.0.0.1:"), "{ports} is open to the network");
        for mount in service["volumes"].as_array().into_iter().flatten() {
            let mount = mount.as_str().expect("text");
            let (from, rest) = mount.split_once(':').expect("from:to");
            assert!(root.join(from).is_file(), "{from}");
            assert!(rest.starts_with("/docker-entrypoint-initdb.d/") && rest.ends_with(".sql:ro"), "{rest}");
        }
    }
}

#[test]
fn the_scripts_are_well_formed_and_executable() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for script in ["scripts/demo", "scripts/test", "scripts/bench", "scripts/ensure-postgres", ".ci/run"] {
        let path = root.join(script);
        let mode = std::fs::metadata(&path).expect("the script").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script}");
        let parsed = std::process::Command::new("bash").arg("-n").arg(&path).status().expect("bash");
        assert!(parsed.success(), "{script}");
    }
}
