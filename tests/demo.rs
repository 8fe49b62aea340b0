//! `standin demo`: shows the job, ends in order, leaves nothing behind.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A demo in a temporary directory of its own, with an environment that means another production.
fn demo(temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_standin"));
    command.arg("demo").env("TMPDIR", temporary).env("NO_COLOR", "1");
    for (name, value) in
        [("PRODUCTION_URL", "postgresql://never.example/real"), ("PGHOST", "never.example"), ("PGUSER", "nobody")]
    {
        command.env(name, value);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn texts(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What is left in a directory.
fn left(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("the directory");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn the_demo_shows_people_before_and_after_and_leaves_nothing() {
    let temporary = tempfile::tempdir().expect("a directory");
    let output = demo(temporary.path()).output().expect("the demo");
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let emails: Vec<Vec<&str>> = out.lines().filter(|line| line.contains(" email ")).map(cells).collect();
    assert_eq!(emails.len(), 2, "{out}");
    for email in emails {
        assert!(email[1].ends_with(".example") && email[2].ends_with("@example.com"), "{email:?}");
    }
    for table in ["orders", "audit_logs", "payment_methods"] {
        let row = out
            .lines()
            .map(cells)
            .find(|cells| cells.first() == Some(&table))
            .unwrap_or_else(|| panic!("{table}: {out}"));
        let numbers: Vec<u64> = row[1..].iter().map(|number| number.parse().expect("a number")).collect();
        assert!(numbers[0] == 0 || numbers[0] == numbers[1..].iter().sum::<u64>(), "{row:?}");
    }
    assert!(left(temporary.path()).is_empty(), "{:?}", left(temporary.path()));
}

fn cells(line: &str) -> Vec<&str> {
    line.split(['│', '┆']).map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn an_interrupted_demo_leaves_nothing() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        for wait in [300, 2500] {
            let temporary = tempfile::tempdir().expect("a directory");
            let child = demo(temporary.path()).spawn().expect("the demo");
            std::thread::sleep(Duration::from_millis(wait));
            let sent =
                Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status().expect("kill");
            assert!(sent.success());
            let asked = Instant::now();
            let output = child.wait_with_output().expect("its end");
            assert_eq!(output.status.code(), Some(code), "{signal} after {wait} ms: {}", texts(&output).1);
            assert!(asked.elapsed() < Duration::from_secs(20), "it took {:?}", asked.elapsed());
            assert!(left(temporary.path()).is_empty(), "{:?}", left(temporary.path()));
        }
    }
}

#[test]
fn a_kept_demo_runs_on_until_its_own_command_ends_it() {
    let temporary = tempfile::tempdir().expect("a directory");
    let output = demo(temporary.path()).arg("--keep").output().expect("the demo");
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let urls: Vec<&str> =
        out.lines().filter_map(|line| line.trim().strip_prefix("psql '")?.strip_suffix('\'')).collect();
    assert_eq!(urls.len(), 2, "{out}");
    for url in urls {
        let psql = standin::pg::programs::server().expect("a server").path.join("psql");
        let count = Command::new(psql).args(["-XAtqc", "SELECT count(*) FROM users", url]).output().expect("psql");
        assert_eq!(texts(&count).0, "3000\n", "{}", texts(&count).1);
    }
    for line in out.lines().filter(|line| line.trim().starts_with("kill ")) {
        assert!(Command::new("sh").args(["-c", line]).status().expect("sh").success(), "{line}");
    }
    assert!(left(temporary.path()).is_empty(), "{:?}", left(temporary.path()));
}
