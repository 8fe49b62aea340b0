//! Canaries: tokens that exist nowhere but in the source, and a scanner that knows them in every dress.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Plants tokens and remembers where.
#[derive(Default)]
pub struct Planter {
    planted: BTreeMap<String, String>,
}

impl Planter {
    /// A token for a place: 20 letters and digits that appear nowhere else.
    pub fn token(&mut self, place: &str) -> String {
        let hash = blake3::hash(format!("{place} {}", self.planted.len()).as_bytes());
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let body: String =
            hash.as_bytes()[..16].iter().map(|byte| char::from(alphabet[usize::from(byte % 32)])).collect();
        let token = format!("CNRY{body}");
        self.planted.insert(token.clone(), place.to_owned());
        token
    }

    /// A value that is no text, as SQL shows it.
    pub fn sentinel(&mut self, place: &str, value: &str) -> String {
        self.planted.insert(value.to_owned(), place.to_owned());
        value.to_owned()
    }

    /// Fills a text: `{place}` becomes a token of that place.
    pub fn fill(&mut self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("«") {
            let (place, after) = after.split_once("»").expect("a closing quote");
            filled.push_str(before);
            filled.push_str(&match place.split_once('=') {
                Some((place, value)) => self.sentinel(place, value),
                None => self.token(place),
            });
            rest = after;
        }
        filled + rest
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.planted.len()
    }

    /// Every place.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.planted.values().map(String::as_str)
    }

    /// The scanner for all of them.
    pub fn scanner(&self) -> Scanner {
        Scanner::new(self.planted.iter().map(|(token, place)| (token.as_str(), place.as_str())))
    }
}

/// Finds tokens in bytes: plain, in any one case, reversed, and as hex, base64, JSON escapes and UTF-16.
pub struct Scanner {
    automaton: AhoCorasick,
    /// Per pattern, what it means.
    meaning: Vec<(String, &'static str)>,
}

impl Scanner {
    /// A scanner for texts, each with the place that it was planted in.
    pub fn new<'a>(tokens: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut patterns = Vec::new();
        let mut meaning = Vec::new();
        for (token, place) in tokens {
            for (dress, pattern) in dresses(token) {
                patterns.push(pattern);
                meaning.push((place.to_owned(), dress));
            }
        }
        let automaton = AhoCorasick::builder().ascii_case_insensitive(false).build(patterns).expect("an automaton");
        Scanner { automaton, meaning }
    }

    /// What is found in bytes: place and dress, each once.
    pub fn scan(&self, bytes: &[u8]) -> Vec<String> {
        let mut found: Vec<usize> =
            self.automaton.find_overlapping_iter(bytes).map(|hit| hit.pattern().as_usize()).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|pattern| format!("{} ({})", self.meaning[pattern].0, self.meaning[pattern].1)).collect()
    }

    /// The same, in every file below a directory.
    pub fn scan_files(&self, directory: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                found.extend(self.scan_files(&path));
            } else if let Ok(bytes) = fs::read(&path) {
                found.extend(self.scan(&bytes).into_iter().map(|hit| format!("{}: {hit}", path.display())));
            }
        }
        found
    }
}

/// A text in the forms that a leak may have.
fn dresses(token: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut dresses: Vec<(&'static str, Vec<u8>)> = vec![("plain", token.into())];
    if token.len() < 8 {
        return dresses;
    }
    let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
    let json: String = token.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    for (dress, text) in [
        ("lower case", token.to_lowercase()),
        ("upper case", token.to_uppercase()),
        ("reversed", token.chars().rev().collect()),
        ("hex", hex.to_uppercase()),
        ("hex", hex),
        ("JSON", json),
    ] {
        if text != token {
            dresses.push((dress, text.into_bytes()));
        }
    }
    dresses.push(("UTF-16", token.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    for phase in 0..3 {
        let padded = [&vec![0; phase], token.as_bytes()].concat();
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&padded);
        // Characters that hold bits of neighbours are cut off.
        let end = padded.len() * 8 / 6;
        dresses.push(("base64", text.as_bytes()[(phase * 8).div_ceil(6)..end].to_vec()));
    }
    dresses
}

#[test]
fn the_scanner_finds_each_dress_and_nothing_in_noise() {
    let mut planter = Planter::default();
    let token = planter.token("here");
    let scanner = planter.scanner();
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    for dressed in [
        format!("x{token}y"),
        token.to_lowercase(),
        token.chars().rev().collect(),
        base64(&token),
        base64(&format!("a{token}b")),
        base64(&format!("ab{token}c")),
    ] {
        assert_eq!(scanner.scan(dressed.as_bytes()).len(), 1, "{dressed}");
    }
    assert!(scanner.scan(blake3::hash(b"noise").to_hex().as_bytes()).is_empty());
}
