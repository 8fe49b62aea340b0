//! The README's tables are those of the code.

use std::fs;
use std::path::Path;

/// Run with `UPDATE_DOCS=1` to write the blocks into the README.
#[test]
fn the_readme_has_the_tables_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let written = fs::read_to_string(&path).unwrap();
    let mut wanted = written.clone();
    for (name, text) in standin::ui::docs::readme_blocks() {
        let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
        let start = wanted.find(&begin).unwrap_or_else(|| panic!("README.md has no {begin}")) + begin.len();
        let stop = start + wanted[start..].find(&end).unwrap_or_else(|| panic!("README.md has no {end}"));
        wanted.replace_range(start..stop, &text);
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(written == wanted, "README.md is behind the code; UPDATE_DOCS=1 writes this:\n{wanted}");
}

/// The README's table of exit codes is prose; its codes are those of `Error`.
#[test]
fn the_readme_names_every_exit_code() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for code in ["| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 75 |", "| 130, 143 |"] {
        assert!(text.lines().any(|line| line.starts_with(code)), "{code}");
    }
}
