//! The command line as scripts meet it: exit codes, streams, formats. No server is contacted here.

use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The binary in an empty environment, in a directory of its own.
fn standin(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command.args(args).current_dir(directory).env_clear().stdin(Stdio::null());
    command
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

fn said(output: Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(directory: &Path, args: &[&str]) -> Said {
    said(standin(directory, args).output().unwrap())
}

/// Rules whose databases are behind a port where nobody listens: code 2 never gets so far, code 75 does.
const RULES: &str = "\
version: 1
environments:
  production: { tier: production, url: \"${PRODUCTION_URL}\" }
  staging: { tier: staging, from: production, url: \"${STAGING_URL}\" }
tables: { users: { keep: [id] } }
";

fn home(rules: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("standin.yaml"), rules).unwrap();
    home
}

#[test]
fn help_and_version_are_results() {
    let home = tempfile::tempdir().unwrap();
    let help = run(home.path(), &["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    insta::assert_snapshot!("help", help.out);
    for command in ["demo", "plan", "refresh", "rollback", "explain", "masks", "key", "schema", "completions"] {
        let help = run(home.path(), &[command, "--help"]);
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{command}");
        let own = help.out.split("\nGlobal options:").next().unwrap();
        insta::assert_snapshot!(format!("help_{command}"), own);
    }
    assert_eq!(run(home.path(), &["-V"]).out, format!("standin {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_command_line_is_2_and_says_so_on_standard_error() {
    let home = home(RULES);
    for args in [
        &[][..],
        &["refesh"],
        &["refresh", "--jobs", "0"],
        &["refresh", "--jobs", "-1"],
        &["refresh", "--jobs=-1"],
        &["refresh", "--jobs", "10000"],
        &["refresh", "--jobs", "two"],
        &["plan", "--jobs", "1", "--jobs", "2"],
        &["refresh", "--adopt", "--adopt"],
        &["plan", "--from", "a", "--from", "b"],
        &["plan", "--frm", "a"],
        &["plan", "stray"],
        &["plan", "--into", "elsewhere"],
        &["refresh", "--hold", "--into", "existing"],
        &["plan", "--only", "users"],
        &["plan", "--why", "users"],
        &["plan", "--verify", "none"],
        &["plan", "--format", "yaml"],
        &["--color", "sometimes", "plan"],
        &["masks", "a", "b"],
        &["masks", "emial"],
        &["explain"],
        &["explain", "users"],
        &["explain", "a..b"],
        &["completions", "tcsh"],
        &["publish"],
        &["seed-dev"],
        &["init"],
        &["help"],
        &["plan", "--rules", "missing.yaml"],
        &["plan", "--rules", "."],
        &["plan", "--to", "prod"],
        &["plan", "--from", "nowhere"],
        &["rollback", "--to", "nowhere"],
    ] {
        let said = run(home.path(), args);
        assert_eq!(said.code, 2, "{args:?}: {}", said.err);
        assert!(said.out.is_empty() && !said.err.is_empty(), "{args:?}: {}{}", said.out, said.err);
        assert!(!said.err.contains("panicked") && !said.err.contains("bug"), "{args:?}: {}", said.err);
    }
    assert!(run(home.path(), &["masks", "emial"]).err.contains("did you mean `email`?"));
    assert!(run(home.path(), &["plan", "--to", "stagin"]).err.contains("did you mean `staging`?"));
}

#[test]
fn a_password_in_the_wrong_place_is_not_shown() {
    let home = home(&RULES.replace("\"${STAGING_URL}\"", "postgres://app:s3cret@h/db\n    nonsense: 1"));
    for args in [
        &["refresh", "postgres://app:s3cret@db.example/shop"][..],
        &["plan", "--to", "postgres://app:s3cret@db.example/shop"],
        &["masks", "postgres://app:s3cret@db.example/shop"],
        &["plan"],
    ] {
        let said = run(home.path(), args);
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(!said.err.contains("s3cret"), "{}", said.err);
        let said = run(home.path(), &[&["--format", "json", "-vvv"], args].concat());
        assert!(!said.err.contains("s3cret") && !said.out.contains("s3cret"), "{}{}", said.out, said.err);
    }
}

#[test]
fn global_flags_stand_before_or_after_the_command() {
    let home = tempfile::tempdir().unwrap();
    let after = run(home.path(), &["masks", "--format", "json", "-q", "--color", "never", "--yes"]);
    let before = run(home.path(), &["-q", "--yes", "--format", "json", "--color", "never", "masks"]);
    assert_eq!((before.code, before.out), (0, after.out));
}

#[test]
fn json_is_one_object_and_nothing_else() {
    let home = home(RULES);
    let one = |args: &[&str]| {
        let said = run(home.path(), &[args, &["--format", "json"]].concat());
        let object: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{args:?}: {}", said.out));
        assert!(object.is_object(), "{args:?}");
        (said.code, object)
    };
    assert!(one(&["masks"]).1["masks"].as_array().unwrap().len() > 3);
    assert_eq!(one(&["masks", "email"]).1["name"], "email");
    assert_eq!(one(&["key"]).1["key"].as_str().unwrap().len(), 64);
    assert!(one(&["schema"]).1.get("properties").is_some());
    assert_eq!(one(&["completions", "bash"]).1["shell"], "bash");
    for args in [&["plan"][..], &["refresh"], &["plan", "--rules", "missing.yaml"], &["rollback", "--to", "x"]] {
        let (code, report) = one(args);
        assert_eq!(
            (code, &report["exit"], &report["result"]),
            (2, &Value::from(2), &Value::from("refused")),
            "{args:?}"
        );
        assert_eq!(report["command"], args[0]);
        assert!(!report["errors"].as_array().unwrap().is_empty());
    }
    for args in [&["explain", "users.id"][..], &["key", "--id"], &["masks", "nothing"]] {
        let (code, object) = one(args);
        assert_eq!((code, &object["exit"]), (2, &Value::from(2)), "{args:?}");
    }
}

#[test]
fn keys_are_new_each_time_and_known_by_their_fingerprint() {
    let home = tempfile::tempdir().unwrap();
    let (one, two) = (run(home.path(), &["key"]), run(home.path(), &["key"]));
    assert_eq!((one.code, one.out.trim().len()), (0, 64));
    assert_ne!(one.out, two.out);
    let id = |key: &str| said(standin(home.path(), &["key", "--id"]).env("STANDIN_KEY", key).output().unwrap());
    let known = id(one.out.trim());
    assert_eq!((known.code, known.out.len()), (0, "k01234567\n".len()));
    assert_ne!(known.out, id(two.out.trim()).out);
    for wrong in ["", "00", &"0".repeat(64), "correct horse battery staple"] {
        let said = id(wrong);
        assert_eq!(said.code, 2);
        assert!(said.out.is_empty() && (wrong.len() < 3 || !said.err.contains(wrong)), "{}", said.err);
    }
}

#[test]
fn colour_is_for_terminals_and_for_who_asks() {
    let home = home(RULES);
    let colored = |args: &[&str], variable: Option<(&str, &str)>| {
        let mut command = standin(home.path(), args);
        command.envs(variable);
        let said = said(command.output().unwrap());
        assert_eq!(said.code, 2);
        said.err.contains('\u{1b}')
    };
    assert!(!colored(&["plan"], None));
    assert!(!colored(&["plan"], Some(("NO_COLOR", "1"))));
    assert!(!colored(&["plan"], Some(("TERM", "dumb"))));
    assert!(!colored(&["plan"], Some(("CLICOLOR_FORCE", "1"))));
    assert!(!colored(&["plan", "--color", "never"], None));
    assert!(colored(&["plan", "--color", "always"], None));
}

#[test]
fn a_closed_stream_is_no_reason_to_panic() {
    let home = home(RULES);
    for args in [&["completions", "bash"][..], &["schema"], &["masks"], &["plan", "--format", "json"], &["--help"]] {
        let mut child = standin(home.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let code = child.wait().unwrap().code();
        assert!(
            matches!(code, Some(0 | 2)) && !err.contains("panicked") && !err.contains("bug"),
            "{args:?}: {code:?} {err}"
        );
        let mut child = standin(home.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        child.stdout.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
        assert!(matches!(child.wait().unwrap().code(), Some(0 | 2)), "{args:?}");
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let said = said(standin(home.path(), &["masks"]).stdout(full).output().unwrap());
    assert_eq!(said.code, 1, "{}", said.err);
}

#[test]
fn a_report_is_written_where_nothing_else_is_lost() {
    let home = home(RULES);
    let at = |name: &str| home.path().join(name);
    fs::write(at("foreign.json"), "{}").unwrap();
    fs::create_dir(at("folder.json")).unwrap();
    fs::write(at("locked"), "").unwrap();
    symlink(at("locked"), at("link.json")).unwrap();
    for path in ["standin.yaml", "foreign.json", "folder.json", "link.json", "missing/r.json", "r.txt", "/dev/null"] {
        let said = run(home.path(), &["plan", "--report", path]);
        assert_eq!(said.code, 2, "{path}: {}", said.err);
        assert!(said.err.contains("report-path"), "{path}: {}", said.err);
    }
    assert_eq!(run(home.path(), &["plan", "--report", "a.json", "--report", "a.json"]).code, 2);
    assert!(!at("a.json").exists() || fs::read_to_string(at("a.json")).unwrap().contains("named twice"));
    assert_eq!(fs::read_to_string(at("standin.yaml")).unwrap(), RULES);
    assert_eq!(fs::read_to_string(at("foreign.json")).unwrap(), "{}");

    // Written for an exit that read the rules, and again over itself.
    for _ in 0..2 {
        let said = run(home.path(), &["refresh", "--report", "r.json", "--report", "r.html"]);
        assert_eq!(said.code, 2, "{}", said.err);
        let report: Value = serde_json::from_str(&fs::read_to_string(at("r.json")).unwrap()).unwrap();
        assert_eq!((&report["exit"], &report["rules"]["file"]), (&Value::from(2), &Value::from("standin.yaml")));
        assert!(fs::read_to_string(at("r.html")).unwrap().contains("PRODUCTION_URL"));
        for name in ["r.json", "r.html"] {
            assert_eq!(fs::metadata(at(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        }
    }
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().contains("tmp") && !name.to_string_lossy().starts_with(".standin"))
    );
}

#[test]
fn the_rules_are_found_by_flag_then_variable_then_name() {
    let home = home(RULES);
    fs::write(home.path().join("other.yaml"), "version: 1\nenvironments: {}\nnonsense: 1\n").unwrap();
    let err = |command: &mut Command| said(command.output().unwrap()).err;
    assert!(err(&mut standin(home.path(), &["plan"])).contains("standin.yaml"));
    assert!(err(standin(home.path(), &["plan"]).env("STANDIN_RULES", "other.yaml")).contains("other.yaml"));
    assert!(err(standin(home.path(), &["plan"]).env("STANDIN_RULES", "")).contains("standin.yaml"));
    let both = err(standin(home.path(), &["plan", "--rules", "standin.yaml"]).env("STANDIN_RULES", "other.yaml"));
    assert!(both.contains("standin.yaml") && !both.contains("other.yaml"));
}

#[test]
fn logs_are_ours_alone_and_ask_nobody() {
    let home = home(RULES);
    let mut command = standin(home.path(), &["plan", "-vvv"]);
    command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    for name in ["PRODUCTION_URL", "STAGING_URL"] {
        command.env(name, "postgresql://u:s3cret@127.0.0.1:1/db?sslmode=disable");
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"n\n").unwrap();
    let said = said(child.wait_with_output().unwrap());
    assert_eq!(said.code, 75, "{}", said.err);
    for foreign in ["tokio_postgres", "rustls", "s3cret", "hyper", "mio"] {
        assert!(!said.err.contains(foreign), "{foreign}: {}", said.err);
    }
}
