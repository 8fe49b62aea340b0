//! The rooms of `src/lib.rs`: a file uses its own folder and the rooms above it, and only `ui` prints.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines that no file may have more of, its tests not counted.
const LONGEST: usize = 500;

/// The rooms from top to bottom, and those of the part `doing`, which never use each other.
struct House {
    rooms: Vec<String>,
    doing: Vec<String>,
}

impl House {
    /// Reads `// part` and `pub mod room;` lines.
    fn read() -> House {
        let (mut house, mut part) = (House { rooms: Vec::new(), doing: Vec::new() }, String::new());
        for line in fs::read_to_string(source().join("lib.rs")).unwrap().lines() {
            if let Some(name) = line.strip_prefix("// ") {
                part = name.to_owned();
            } else if let Some(room) = line.strip_prefix("pub mod ").and_then(|line| line.strip_suffix(';')) {
                house.rooms.push(room.to_owned());
                if part == "doing" {
                    house.doing.push(room.to_owned());
                }
            }
        }
        house
    }

    fn floor(&self, room: &str) -> usize {
        self.rooms.iter().position(|known| known == room).unwrap_or_else(|| panic!("lib.rs does not list {room}"))
    }

    fn may_use(&self, room: &str, other: &str) -> bool {
        let across = [room, other].iter().all(|one| self.doing.iter().any(|doing| doing == one));
        room == other || (self.floor(other) < self.floor(room) && !across)
    }
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file of `src` but `main.rs` and `lib.rs`: its room, its path, its text.
fn files() -> Vec<(String, PathBuf, String)> {
    let (mut found, mut open) = (Vec::new(), vec![source()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let inside = path.strip_prefix(source()).unwrap();
            let first = inside.iter().next().unwrap().to_str().unwrap();
            let room = first.trim_end_matches(".rs").to_owned();
            if path.extension().is_some_and(|extension| extension == "rs") && room != "lib" && room != "main" {
                let text = fs::read_to_string(&path).unwrap();
                found.push((room, inside.to_owned(), text));
            }
        }
    }
    assert!(found.len() > 40, "{} files", found.len());
    found
}

/// The rooms that a line names: `crate::pg::…`, `crate::{pg, words::name}`.
fn rooms_named(path: &regex::Regex, code: &str) -> Vec<String> {
    let first = |path: &str| path.split("::").next().unwrap().trim().to_owned();
    let mut rooms = Vec::new();
    for found in path.captures_iter(code) {
        match found[1].strip_prefix('{') {
            Some(list) => rooms.extend(list.trim_end_matches('}').split(',').map(first)),
            None => rooms.push(found[1].to_owned()),
        }
    }
    rooms.retain(|room| !room.is_empty() && room != "self");
    rooms
}

fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

#[test]
fn no_room_uses_one_below_or_across() {
    let house = House::read();
    let path_of = regex::Regex::new(r"\bcrate::(\w+|\{[^}]*\})").unwrap();
    let mut broken = Vec::new();
    for (room, path, text) in files() {
        for (number, line) in text.lines().enumerate() {
            for other in rooms_named(&path_of, code(line)) {
                if !house.may_use(&room, &other) {
                    broken.push(format!("src/{}:{}: {room} uses {other}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_ui_writes_to_the_standard_streams() {
    let prints = regex::Regex::new(r"\be?print(ln)?!|\bdbg!|\bstd(out|err)\(\)").unwrap();
    let macros = regex::Regex::new(r"\be?print(ln)?!|\bdbg!").unwrap();
    let asks = regex::Regex::new(r"\bstd(out|err)\(\)\.is_terminal\(\)").unwrap();
    let mut broken = Vec::new();
    for (room, path, text) in files() {
        for (number, line) in text.lines().enumerate() {
            let code = asks.replace_all(code(line), "");
            // What clap says of a wrong command line comes before there is a screen.
            let allowed = room == "ui" || room == "cli" && code.contains("stderr()");
            if (prints.is_match(&code) && !allowed) || macros.is_match(&code) {
                broken.push(format!("src/{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn files_are_short_and_say_their_duty() {
    let mut broken = Vec::new();
    for (_, path, text) in files() {
        let tests = path.ends_with("tests.rs");
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        if lines > LONGEST && !tests {
            broken.push(format!("src/{}: {lines} lines without its tests", path.display()));
        }
        if !text.starts_with("//! ") {
            broken.push(format!("src/{}: does not begin with its duty", path.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn nothing_is_imported_by_glob() {
    let glob = regex::Regex::new(r"^(pub )?use .*::\*;").unwrap();
    let mut broken = Vec::new();
    for (_, path, text) in files().into_iter().filter(|(_, path, _)| !path.ends_with("tests.rs")) {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| glob.is_match(line)) {
            broken.push(format!("src/{}:{}: {}", path.display(), number + 1, line.trim()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
