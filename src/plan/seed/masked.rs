//! Values that a mask makes, of those that a column would have without it.

use super::ruled::Wrong;
use super::{ColumnSeed, Generator};
use crate::mask::{By, Compiled, Context, Domains, MaskRef, Uniqueness, compile};
use crate::pg::value::{Output, Value};
use crate::synth::kind::Kind;
use crate::words::name::Name;
use crate::words::secret::Key;

/// A mask, and what it is given.
pub struct Masked {
    /// What the column would hold without it.
    pub of: ColumnSeed,
    mask: Compiled,
    /// It is drawn from the row: what masks make of one row agrees.
    by_row: bool,
}

/// Makes a mask for a column; the number of the run stands for the key, for none of it is secret.
pub fn masked(column: &ColumnSeed, rule: &MaskRef, seed: u64) -> Result<Masked, Wrong> {
    let by_row = rule.spec.by != By::Never;
    let rule = MaskRef { by: by_row.then(|| Name::from("row")), ..rule.clone() };
    let key = Key::of(*blake3::hash(format!("standin seed {seed}").as_bytes()).as_bytes());
    let mask = compile(&rule, &column.shape, &Domains::new(&key, 1)).map_err(|refusal| {
        let help = refusal.help.map_or_else(|| "name another mask".to_owned(), |help| format!("write {help}"));
        ("seed-mask", format!("mask `{}`: {}", rule.spec.name, refusal.message), help)
    })?;
    let mut of = column.clone();
    if rule.args.get("country").is_some() {
        // A number that says its country would keep it; a word becomes one of the country that is asked for.
        of.generator = Generator::Text(Kind::Word);
    }
    Ok(Masked { of, mask, by_row })
}

impl Masked {
    /// Do different values, or different rows, give different values.
    pub fn is_apart(&self) -> bool {
        matches!(self.mask.uniqueness, Uniqueness::Preserved | Uniqueness::Probable { .. })
    }

    /// What the mask makes of a text of a row; `None` if it cannot.
    pub fn make(&self, text: &str, row: u64) -> Option<String> {
        let (mut scratch, mut output, mut made) = (Vec::new(), Output::default(), Vec::new());
        let value = self.of.field.decode_text(text.as_bytes(), &mut scratch).ok()?;
        let by = self.by_row.then_some(Value::Integer(row as i64));
        (self.mask.function)(value, &mut Context::new(&self.mask.domain, by), &mut output).ok()?;
        self.of.field.encode_text(&output, &mut made).ok().filter(|some| *some)?;
        String::from_utf8(made).ok()
    }
}
