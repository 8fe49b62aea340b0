//! What is too long for the test suite: ten million distinct values through every mask that keeps them distinct, and a
//! dictionary of a million values against masks without their key, and every bit of the key.
//!
//! `cargo bench --bench proofs` takes two minutes and a gigabyte.

#[path = "../tests/secrecy.rs"]
mod secrecy;

use secrecy::{MANY, each, mask, recovered, unmoved};
use standin::mask::{
    ALL, Acts, Args, By, ColumnShape, Context, Domains, Family, MaskRef, Output, Uniqueness, Value, compile, find,
};
use standin::pg::types::BaseType;
use standin::pg::value::FieldType;
use standin::words::secret::Key;
use std::time::Instant;

/// Distinct values.
const DISTINCT: usize = 10_000_000;

/// Values of the dictionary, of each of its two kinds.
const DICTIONARY: usize = 500_000;

/// Collisions among the outputs of distinct inputs, of each of which `each` sees the output's bytes.
fn collisions(each: impl FnOnce(&mut dyn FnMut(&[u8]))) -> usize {
    // 64 bits of each output: two of ten million meet by chance once in 400,000 runs.
    let mut seen = Vec::with_capacity(DISTINCT);
    each(&mut |output| {
        seen.push(u64::from_le_bytes(*blake3::hash(output).as_bytes().first_chunk().unwrap_or(&[0; 8])));
    });
    assert_eq!(seen.len(), DISTINCT);
    seen.sort_unstable();
    seen.windows(2).filter(|pair| pair[0] == pair[1]).count()
}

/// Proves that a mask keeps values distinct.
fn prove(what: &str, each: impl FnOnce(&mut dyn FnMut(&[u8]))) {
    let begun = Instant::now();
    let collisions = collisions(each);
    println!("{what}: {DISTINCT} distinct values, {collisions} collisions, {:.1?}", begun.elapsed());
    assert_eq!(collisions, 0, "{what}");
}

/// A mask, a type that is no text, and the type's value for a number.
type Typed = (&'static str, BaseType, fn(usize) -> Value<'static>);

/// Masks that keep values distinct on columns that are no text.
const TYPED: &[Typed] = &[
    ("permute", BaseType::Int8, |at| Value::Integer(at as i64 + 1)),
    ("digits", BaseType::Int8, |at| Value::Integer(at as i64 * 211)),
    ("uuid", BaseType::Uuid, |at| Value::Uuid((at as u128).to_be_bytes())),
];

fn typed(key: &Key, (name, base, value): &Typed) {
    let rule = MaskRef::bare(find(name).expect("a mask"), Args::default());
    let shape = ColumnShape { unique: true, ..ColumnShape::unbounded(*base) };
    let mask = compile(&rule, &shape, &Domains::new(key, 1)).unwrap_or_else(|why| panic!("{name}: {}", why.message));
    assert_eq!(mask.uniqueness, Uniqueness::Preserved, "{name}");
    let field = FieldType::of(&shape.ty);
    prove(&format!("{name} of {base:?}"), |see| {
        let (mut context, mut output, mut bytes) = (Context::new(&mask.domain, None), Output::default(), Vec::new());
        for at in 0..DISTINCT {
            (mask.function)(value(at), &mut context, &mut output).expect("a masked value");
            bytes.clear();
            field.encode_binary(&output, &mut bytes).expect("a value");
            see(&bytes);
        }
    });
}

fn main() {
    let key =
        Key::parse(&(0..32).map(|byte| format!("{byte:02x}")).collect::<String>()).unwrap_or_else(|_| unreachable!());
    // Those that may stand bare in a text column.
    let bare = |spec: &&&standin::mask::Spec| {
        spec.by != By::Must && spec.name != "choice" && !spec.params.iter().any(|param| param.required)
    };
    for spec in ALL.iter().filter(bare).filter(|spec| spec.reads && spec.accepts.family(Some(Family::Text))) {
        if spec.acts != Acts::Field || mask(spec.name, &key).uniqueness != Uniqueness::Preserved {
            continue;
        }
        let numbers = matches!(spec.name, "permute" | "digits" | "alnum");
        let inputs = (0..DISTINCT).map(|at| if numbers { (at + 1).to_string() } else { format!("user{at}@shop.test") });
        prove(spec.name, |see| each(&mask(spec.name, &key), inputs, |text| see(text.as_bytes())));
    }
    for one in TYPED {
        typed(&key, one);
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
