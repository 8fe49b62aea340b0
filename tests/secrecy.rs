//! What a mask gives away without its key: nothing. `benches/proofs.rs` runs the same with a million values and more.

use sha2::Digest as _;
use standin::mask::{Args, By, ColumnShape, Compiled, Context, Domains, MaskRef, Output, Value, compile, find};
use standin::pg::types::BaseType;
use standin::words::secret::Key;
use std::collections::HashSet;

/// A key of these bytes.
fn key(bytes: [u8; 32]) -> Key {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Key::parse(&hex).expect("a key")
}

/// The bytes of a key that nobody guesses.
fn secret() -> [u8; 32] {
    *blake3::hash(b"the secrecy tests' own key").as_bytes()
}

/// A bare mask of text columns, under a key.
pub fn mask(name: &str, key: &Key) -> Compiled {
    let spec = find(name).expect("a mask");
    assert_ne!(spec.by, By::Must);
    let rule = MaskRef {
        domain: name.to_owned(),
        spec,
        args: Args::default(),
        by: None,
        subject: None,
        normalise: Vec::new(),
    };
    compile(&rule, &ColumnShape::unbounded(BaseType::Text), &Domains::new(key, 1)).expect("a mask of text")
}

/// Masks values one after the other.
pub fn each(mask: &Compiled, inputs: impl Iterator<Item = String>, mut see: impl FnMut(&str)) {
    let (mut context, mut output, mut text) = (Context::new(&mask.domain, None), Output::default(), Vec::new());
    let field = standin::pg::value::FieldType::of(&ColumnShape::unbounded(BaseType::Text).ty);
    for input in inputs {
        (mask.function)(Value::Text(&input), &mut context, &mut output).expect("a masked value");
        text.clear();
        field.encode_text(&output, &mut text).expect("a text");
        see(std::str::from_utf8(&text).expect("UTF-8"));
    }
}

/// Emails that a dictionary would hold.
pub fn emails(count: usize) -> impl Iterator<Item = String> {
    const FIRST: [&str; 10] = ["maria", "john", "anna", "peter", "ali", "wei", "emma", "liam", "sofia", "max"];
    const LAST: [&str; 10] = ["smith", "lopez", "mueller", "rossi", "chen", "khan", "silva", "martin", "novak", "kim"];
    const HOSTS: [&str; 5] = ["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com"];
    (0..count).map(|at| format!("{}.{}{}@{}", FIRST[at % 10], LAST[at / 10 % 10], at / 500, HOSTS[at / 100 % 5]))
}

/// Phones that a dictionary would hold.
pub fn phones(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|at| format!("+1415{:07}", 2_000_000 + at))
}

/// The 256 bits that forty recipes without a key make of a value: five hashes of it in eight forms.
fn recipes(value: &str, mut see: impl FnMut([u8; 32])) {
    let upper = value.to_uppercase();
    let reversed: String = value.chars().rev().collect();
    let forms = [
        value.to_owned(),
        upper,
        reversed,
        format!("email\0{value}"),
        format!("standin{value}"),
        format!("{value}standin"),
        format!("{}:{value}", value.len()),
        format!("\u{5}\0\0\0\0\0\0\0email{value}"),
    ];
    for form in forms {
        let form = form.as_bytes();
        see(*blake3::hash(form).as_bytes());
        see(*blake3::keyed_hash(&[0; 32], form).as_bytes());
        see(blake3::derive_key("standin domain", form));
        see(sha2::Sha256::digest(form).into());
        let wide = sha2::Sha512::digest(form);
        see(*wide.first_chunk().expect("64 bytes"));
    }
}

/// The ways in which 256 bits may stand in a text as hex or in the email mask's own alphabet, at any of their words.
fn written(bits: [u8; 32], mut see: impl FnMut(&str)) {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let word = |at: usize| u64::from_le_bytes(*bits[at * 8..].first_chunk().expect("eight bytes"));
    for at in 0..3 {
        let tail = [word(at), word(at + 1)]
            .into_iter()
            .flat_map(|word| (0..8).map(move |n| ALPHABET[(word >> (n * 5) & 31) as usize]));
        see(&String::from_utf8(tail.collect()).expect("ASCII"));
    }
    see(&bits[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>());
}

/// How many of so many masked emails and phones a dictionary of the true ones recovers.
pub fn recovered(count: usize) -> usize {
    let key = key(secret());
    let mut masked = HashSet::with_capacity(2 * count);
    each(&mask("email", &key), emails(count), |text| {
        let local = text.split('@').next().unwrap_or_default();
        masked.insert(local.rsplit('.').next().unwrap_or_default().to_owned());
    });
    each(&mask("hash", &key), phones(count), |text| {
        masked.insert(text.to_owned());
    });
    assert_eq!(masked.len(), 2 * count);
    let mut hits = 0;
    for value in emails(count).chain(phones(count)) {
        recipes(&value, |bits| written(bits, |text| hits += usize::from(masked.contains(text))));
    }
    hits
}

/// The share of outputs that stay when one bit of the key changes, over all of its bits.
pub fn unmoved(name: &str, values: usize) -> f64 {
    let input = |at: usize| match name {
        "phone" => format!("+1 415 867 {at:04}"),
        "card" => format!("4929 1234 5678 {at:04}"),
        "digits" => format!("49291234{:08}", at * 7919),
        "permute" => (at + 1).to_string(),
        _ => format!("maria.lopez{:04}@shop.test", at * 37),
    };
    let outputs = |bytes: [u8; 32]| {
        let mut outputs = Vec::with_capacity(values);
        each(&mask(name, &key(bytes)), (0..values).map(input), |text| outputs.push(text.to_owned()));
        outputs
    };
    let before = outputs(secret());
    let mut same = 0;
    for bit in 0..256 {
        let mut bytes = secret();
        bytes[bit / 8] ^= 1 << (bit % 8);
        same += outputs(bytes).iter().zip(&before).filter(|(after, before)| after == before).count();
    }
    same as f64 / (256 * values) as f64
}

/// Masks whose outputs are many enough for a thousandth.
pub const MANY: &[&str] = &[
    "name",
    "username",
    "email",
    "phone",
    "street",
    "address",
    "ip",
    "mac",
    "domain_name",
    "url",
    "card",
    "iban",
    "national_id",
    "uuid",
    "permute",
    "digits",
    "alnum",
    "token",
    "hash",
];

#[test]
fn one_bit_of_the_key_changes_everything() {
    for name in MANY {
        let share = unmoved(name, 20);
        assert!(share <= 1e-3, "{name}: {share}");
    }
}

#[test]
fn a_dictionary_without_the_key_recovers_nothing() {
    assert_eq!(recovered(2000), 0);
}
