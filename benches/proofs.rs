//! What is too long for the test suite: ten million distinct values through every mask that keeps them distinct, and a
//! dictionary of a million values against masks without their key, and every bit of the key.
//!
//! `cargo bench --bench proofs` takes two minutes and a gigabyte.

#[path = "../tests/secrecy.rs"]
mod secrecy;

use secrecy::{MANY, each, mask, recovered, unmoved};
use standin::mask::{ALL, By, Uniqueness};
use standin::words::secret::Key;
use std::time::Instant;

/// Distinct values.
const DISTINCT: usize = 10_000_000;

/// Values of the dictionary, of each of its two kinds.
const DICTIONARY: usize = 500_000;

fn main() {
    let key =
        Key::parse(&(0..32).map(|byte| format!("{byte:02x}")).collect::<String>()).unwrap_or_else(|_| unreachable!());
    // Those that may stand bare in a text column.
    let bare = |spec: &&&standin::mask::Spec| {
        spec.by != By::Must && spec.name != "choice" && !spec.params.iter().any(|param| param.required)
    };
    for spec in
        ALL.iter().filter(bare).filter(|spec| spec.reads && spec.accepts.family(Some(standin::mask::Family::Text)))
    {
        if matches!(spec.acts, standin::mask::Acts::Sql) || mask(spec.name, &key).uniqueness != Uniqueness::Preserved {
            continue;
        }
        let begun = Instant::now();
        let numbers = matches!(spec.name, "permute" | "digits" | "alnum");
        let inputs = (0..DISTINCT).map(|at| if numbers { (at + 1).to_string() } else { format!("user{at}@shop.test") });
        // 64 bits of each output: two of ten million meet by chance once in 400,000 runs.
        let mut seen = Vec::with_capacity(DISTINCT);
        each(&mask(spec.name, &key), inputs, |text| {
            seen.push(u64::from_le_bytes(*blake3::hash(text.as_bytes()).as_bytes().first_chunk().unwrap_or(&[0; 8])));
        });
        seen.sort_unstable();
        let collisions = seen.windows(2).filter(|pair| pair[0] == pair[1]).count();
        println!("{}: {DISTINCT} distinct values, {collisions} collisions, {:.1?}", spec.name, begun.elapsed());
        assert_eq!(collisions, 0, "{}", spec.name);
    }
    for name in MANY {
        let share = unmoved(name, 200);
        println!("{name}: {share:.6} of outputs stay when one bit of the key changes");
        assert!(share <= 1e-3, "{name}");
    }
    let begun = Instant::now();
    let hits = recovered(DICTIONARY);
    println!("dictionary: {} values, forty recipes, {hits} recovered, {:.1?}", 2 * DICTIONARY, begun.elapsed());
    assert_eq!(hits, 0);
}
