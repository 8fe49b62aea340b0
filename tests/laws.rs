//! The laws that a grep can hold.

use std::path::{Path, PathBuf};

/// PostgreSQL quotes rows in its errors and the driver prints them: only `pg/fault.rs` may look at the driver's error.
/// Elsewhere it is passed on by `map_err(Fault::rows)` or `map_err(Fault::schema)`; it is named in signatures only. In files
/// that talk to the driver a variable called `error` is never formatted; a cause that is safe has another name.
#[test]
fn the_drivers_error_is_opened_in_one_place_only() {
    let named =
        regex::Regex::new(r"tokio_postgres::(Error\b|error\b|\{[^}]*\bError\b)|\bDbError\b|\bas_db_error\b").unwrap();
    let formatted = regex::Regex::new(r"\{(e|err|error)(:[^}]*)?\}|\b(e|err|error)\.to_string\(\)").unwrap();
    let mut broken = Vec::new();
    for path in rust_files(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path()) {
        if path.ends_with("pg/fault.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let speaks_to_driver = text.contains("tokio_postgres") || text.contains("Fault::");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if (named.is_match(code) && !code.contains("fn ")) || (speaks_to_driver && formatted.is_match(code)) {
                broken.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "the driver's errors may hold rows:\n{}", broken.join("\n"));
}

/// `cargo fmt` does not look at the files that a macro declares, as `mask/mod.rs` does.
#[test]
fn every_mask_is_formatted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut check = std::process::Command::new(env!("CARGO"));
    check.current_dir(root).args(["fmt", "--check", "--"]).args(rust_files(&root.join("src/mask")));
    let output = check.output().unwrap();
    let found = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "`cargo fmt -- $(find src/mask -name '*.rs')` does away with this:\n{found}");
}

/// Every Rust file below a directory.
fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
