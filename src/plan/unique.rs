//! Unique indexes and the masks of their columns: what was distinct must stay distinct.

use super::bind::Bound;
use super::columns::{Verdicts, What};
use super::fit::Fitted;
use super::{Action, Check};
use crate::catalog::{Column, Table, UniqueIndex};
use crate::mask::{Acts, By, Family, Normal, Uniqueness};
use crate::words::diagnostic::{Diagnostic, Place};
use std::collections::HashSet;

/// The chance of one collision in a table that a plan accepts.
const ACCEPTED: f64 = 1e-6;

/// Questions to the source's rows: does a unique column hold two values that agree in their domain's normal form.
pub fn checks(bound: &Bound<'_>, verdicts: &Verdicts, fitted: &Fitted) -> Vec<Check> {
    let judge = Judge { bound, verdicts, fitted };
    bound.table.unique_indexes.iter().filter_map(|index| judge.agreeing(index)).collect()
}

/// A step to the normal form as SQL: near enough to find rows that agree.
fn normal(step: Normal, of: &str) -> String {
    match step {
        Normal::Lower => format!("pg_catalog.lower({of})"),
        Normal::Trim => format!("pg_catalog.btrim({of}, E' \\t\\n\\r\\f')"),
        Normal::Nfc => format!("pg_catalog.normalize({of}, 'NFC')"),
        Normal::E164 => {
            format!("pg_catalog.regexp_replace(pg_catalog.regexp_replace({of}, '^\\s*00', ''), '[^0-9]', '', 'g')")
        }
        Normal::Digits => format!("pg_catalog.regexp_replace({of}, '[^0-9]', '', 'g')"),
    }
}

/// What a mask does to distinct values of one column.
enum Effect {
    /// They stay distinct.
    Distinct,
    /// They become NULL.
    Null,
    /// They may collide; how many outputs there are, if it is known.
    Collide(Option<Outputs>),
    /// Only the run can tell: an SQL expression, a template.
    Unknown,
}

/// How many outputs a column can have at most.
#[derive(Clone, Copy)]
enum Outputs {
    /// About 2 to so many, each as likely as another.
    Bits(f64),
    /// So many.
    Few(f64),
}

/// Finds unique indexes that masked values may break.
pub fn check(bound: &Bound<'_>, verdicts: &Verdicts, fitted: &Fitted, found: &mut Vec<Diagnostic>) {
    let judge = Judge { bound, verdicts, fitted };
    for index in &bound.table.unique_indexes {
        judge.index(index, found);
    }
}

struct Judge<'j, 'a> {
    bound: &'j Bound<'a>,
    verdicts: &'j Verdicts,
    fitted: &'j Fitted,
}

impl Judge<'_, '_> {
    fn index(&self, index: &UniqueIndex, found: &mut Vec<Diagnostic>) {
        // Columns that stay distinct as a row's key make the whole index distinct, whatever happens to the others.
        let (mut safe, mut broken) = (HashSet::new(), Vec::new());
        for number in &index.columns {
            match self.effect(*number) {
                Effect::Distinct => drop(safe.insert(*number)),
                Effect::Null if !index.primary && !index.nulls_not_distinct => return,
                Effect::Null => broken.push((*number, Effect::Collide(None))),
                effect => broken.push((*number, effect)),
            }
        }
        if self.folds_to_null(index) {
            return;
        }
        let inside = self.expressions(index, &mut broken);
        if broken.is_empty() || self.is_key(&safe, index) {
            if let (Some(column), true) = (inside, broken.is_empty()) {
                found.push(self.unsure(index, column));
            }
            return;
        }
        for (number, effect) in &broken {
            if let Some(column) = self.bound.table.by_number(*number) {
                found.push(self.finding(index, column, effect));
            }
        }
    }

    /// Asks for rows of a unique index on plain columns that agree in the normal form of a masked text.
    fn agreeing(&self, index: &UniqueIndex) -> Option<Check> {
        if index.exclusion || index.has_expressions || index.predicate.is_some() {
            return None;
        }
        let table: &Table = self.bound.table;
        let mut asked = None;
        let mut keys = Vec::new();
        for column in index.columns.iter().filter_map(|number| table.by_number(*number)) {
            let name = format!("t.{}", column.name.sql());
            let steps = match self.action(column.number) {
                Some(Action::Mask(mask)) if mask.by.is_none() && Family::of(&column.ty) == Some(Family::Text) => {
                    mask.rule.normalise.as_slice()
                }
                _ => &[],
            };
            if !steps.is_empty() {
                asked = Some(column);
            }
            let text = if steps.is_empty() { name } else { format!("({name})::pg_catalog.text") };
            keys.push(steps.iter().fold(text, |of, step| normal(*step, &of)));
        }
        let column = asked?;
        let some = index.columns.iter().filter_map(|number| table.by_number(*number));
        let some: Vec<String> = some.map(|column| format!("t.{} IS NOT NULL", column.name.sql())).collect();
        let sql = format!(
            "SELECT pg_catalog.count(*) FROM (SELECT 1 FROM ONLY {} AS t WHERE {} GROUP BY {} HAVING pg_catalog.count(*) > 1 \
             LIMIT 1) AS twice",
            table.name.sql(),
            some.join(" AND "),
            keys.join(", ")
        );
        let domain = self.verdicts.get(table.oid, column.number).and_then(|verdict| match &verdict.what {
            What::Mask(mask) => Some(mask.domain.clone()),
            _ => None,
        })?;
        let message = format!(
            "it is in the unique index {}, and two of its values are the same in the normal form of `{domain}`",
            index.name
        );
        let diagnostic = Diagnostic::error("not-unique", Place::Object(self.bound.object(column)), message);
        Some(Check::new(sql, diagnostic.help("take `normalise:` away, or make them one at the source")))
    }

    /// True if a key of the index is lower() or upper() of a column that becomes NULL, so that no two rows collide.
    fn folds_to_null(&self, index: &UniqueIndex) -> bool {
        let table: &Table = self.bound.table;
        let mut used = index.expression_columns.iter().filter_map(|number| table.by_number(*number));
        index.has_expressions
            && !index.exclusion
            && !index.nulls_not_distinct
            && used.any(|column| {
                matches!(self.effect(column.number), Effect::Null)
                    && index.definition.contains(&sql_word(column))
                    && only_folds_case(index, column)
            })
    }

    /// Adds the columns that an expression or predicate may join; returns one of which only the run can tell.
    fn expressions<'t>(&'t self, index: &UniqueIndex, broken: &mut Vec<(i16, Effect)>) -> Option<&'t Column> {
        let table: &Table = self.bound.table;
        let mut unsure = None;
        for column in index.expression_columns.iter().filter_map(|number| table.by_number(*number)) {
            let effect = self.effect(column.number);
            match effect {
                _ if self.is_kept(column.number) => {}
                Effect::Distinct if index.has_expressions && !only_folds_case(index, column) => unsure = Some(column),
                Effect::Distinct => {}
                _ if !index.has_expressions && only_tests_null(index, column) && !self.becomes_one(column.number) => {}
                effect => broken.push((column.number, effect)),
            }
        }
        unsure
    }

    /// True if distinct columns are a key of the table by themselves.
    fn is_key(&self, safe: &HashSet<i16>, but: &UniqueIndex) -> bool {
        self.bound.table.unique_indexes.iter().any(|index| {
            index.name != but.name
                && !index.exclusion
                && !index.has_expressions
                && index.predicate.is_none()
                && index.columns.iter().all(|number| {
                    safe.contains(number) && self.bound.table.by_number(*number).is_some_and(|column| column.not_null)
                })
        })
    }

    fn is_kept(&self, number: i16) -> bool {
        self.verdicts
            .get(self.bound.table.oid, number)
            .is_none_or(|verdict| matches!(verdict.what, What::Keep | What::Undecided))
    }

    fn becomes_one(&self, number: i16) -> bool {
        self.action(number).is_some_and(|action| matches!(action, Action::Erase | Action::Constant(_)))
    }

    fn action(&self, number: i16) -> Option<&Action> {
        self.fitted.columns.iter().find(|column| column.number == number).map(|column| &column.action)
    }

    fn effect(&self, number: i16) -> Effect {
        let Some(action) = self.action(number) else { return Effect::Distinct };
        let declared = self.fitted.uniqueness.iter().find(|(of, _)| *of == number).map(|(_, uniqueness)| *uniqueness);
        match (action, declared) {
            (Action::Keep, _) => Effect::Distinct,
            (Action::Erase, _) => Effect::Null,
            (Action::Sql { .. }, _) => Effect::Unknown,
            (Action::Shuffle(_), _) => Effect::Collide(None),
            (Action::Mask(mask), Some(uniqueness)) => match (&mask.by, uniqueness) {
                (Some((by, ..)), _) if !self.identifies(*by) => Effect::Collide(None),
                (_, Uniqueness::Preserved) => Effect::Distinct,
                (_, Uniqueness::Probable { bits }) if self.collisions(bits) <= ACCEPTED => Effect::Distinct,
                (_, Uniqueness::Probable { bits }) => Effect::Collide(Some(Outputs::Bits(bits))),
                (_, Uniqueness::Few { outputs }) => Effect::Collide(Some(Outputs::Few(outputs))),
                (_, Uniqueness::Lossy) => Effect::Collide(None),
                (_, Uniqueness::Unknown) => Effect::Unknown,
            },
            _ => Effect::Collide(None),
        }
    }

    /// True if a column's values differ from row to row and are never NULL, at the source.
    fn identifies(&self, number: i16) -> bool {
        let table = self.bound.table;
        let alone = |index: &UniqueIndex| {
            index.columns == [number] && !index.exclusion && index.predicate.is_none() && !index.has_expressions
        };
        table.by_number(number).is_some_and(|column| column.not_null) && table.unique_indexes.iter().any(alone)
    }

    /// Expected collisions: n² / 2m.
    fn collisions(&self, bits: f64) -> f64 {
        let rows = rows(self.bound.table);
        rows * rows / 2.0 / bits.exp2()
    }

    fn finding(&self, index: &UniqueIndex, column: &Column, effect: &Effect) -> Diagnostic {
        let table = self.bound.table;
        let what = match index {
            UniqueIndex { primary: true, .. } => "the primary key",
            UniqueIndex { exclusion: true, .. } => "the exclusion constraint",
            _ => "the unique index",
        };
        let verdict = self.verdicts.get(table.oid, column.number);
        let mask = match verdict.map(|verdict| &verdict.what) {
            Some(What::Mask(mask)) => format!("`{}`", mask.domain),
            _ => "NULL".to_owned(),
        };
        let place = match verdict.and_then(|verdict| verdict.decision.place.file()) {
            Some(line) => self.bound.place(column, line),
            None => Place::Object(self.bound.object(column)),
        };
        let head = format!("it is in {what} {}", index.name);
        match effect {
            Effect::Unknown => Diagnostic::warning(
                "unique-unknown",
                place,
                format!("{head}: whether {mask} keeps values distinct shows when the clone's index is built"),
            ),
            Effect::Collide(outputs) => {
                let known = outputs.filter(|_| index.columns.len() == 1).or_else(|| self.days(index, column));
                let why = match known {
                    Some(outputs) => self.arithmetic(&mask, outputs),
                    None => format!("{mask} may give two rows the same value"),
                };
                Diagnostic::error("not-unique", place, format!("{head}, and {why}")).help(self.help(column))
            }
            _ => Diagnostic::error("not-unique", place, format!("{head}, and {mask} may give two rows the same value"))
                .help(self.help(column)),
        }
    }

    /// The dates of a hundred years, for a unique column of dates that are masked one by one.
    fn days(&self, index: &UniqueIndex, column: &Column) -> Option<Outputs> {
        let masked = matches!(self.action(column.number), Some(Action::Mask(_)));
        let alone = masked && index.columns.len() == 1 && Family::of(&column.ty) == Some(Family::Date);
        alone.then_some(Outputs::Few(36_525.0))
    }

    /// Why so many rows cannot stay distinct among so many outputs.
    fn arithmetic(&self, mask: &str, outputs: Outputs) -> String {
        let rows = rows(self.bound.table);
        let (bits, words) = match outputs {
            Outputs::Bits(bits) => (bits, format!("about 2^{bits:.0}")),
            Outputs::Few(outputs) => (outputs.log2(), format!("about {outputs:.0}")),
        };
        let room = bits.exp2();
        if rows > room {
            return format!(
                "{mask} has {words} outputs for {rows:.0} rows: at least {:.0} of them would meet another",
                (rows - room).ceil()
            );
        }
        let collisions = self.collisions(bits);
        let places = if collisions < 0.01 { 6 } else { 2 };
        format!("{mask} has {words} outputs for {rows:.0} rows: {collisions:.places$} collisions are to be expected")
    }

    fn help(&self, column: &Column) -> String {
        let by = match self.verdicts.get(self.bound.table.oid, column.number).map(|verdict| &verdict.what) {
            Some(What::Mask(mask)) if mask.by.is_some() && mask.spec.by == By::May => {
                "draw it from its own value, without `by:`; or "
            }
            _ => "",
        };
        let fits = preserving(column).join(", ");
        match fits.is_empty() {
            true => format!("{by}keep it"),
            false => format!("{by}keep it, or use a mask that keeps values distinct: {fits}"),
        }
    }

    fn unsure(&self, index: &UniqueIndex, column: &Column) -> Diagnostic {
        let message = format!(
            "an expression of the unique index {} uses it: whether masked values stay distinct there shows when it is built",
            index.name
        );
        Diagnostic::warning("unique-unknown", Place::Object(self.bound.object(column)), message)
    }
}

fn rows(table: &Table) -> f64 {
    // Never analysed: pages of a hundred rows.
    if table.estimated_rows < 0.0 { f64::from(table.pages) * 100.0 } else { table.estimated_rows }
}

/// The masks that keep a column's values distinct, as they stand.
fn preserving(column: &Column) -> Vec<&'static str> {
    let shape = crate::mask::ColumnShape::of(&column.ty, column.typmod, column.not_null, true);
    let args = crate::mask::Args::default();
    let fits = crate::mask::masks_for_type(&column.ty);
    crate::mask::ALL
        .iter()
        .filter(|spec| {
            spec.acts == Acts::Field
                && fits.contains(&spec.name)
                && (spec.uniqueness)(&args, &shape) == Uniqueness::Preserved
                && spec.params.iter().all(|param| !param.required)
        })
        .map(|spec| spec.name)
        .collect()
}

/// True if the only thing that an index does with a column is lower() or upper(), which masked texts survive.
fn only_folds_case(index: &UniqueIndex, column: &Column) -> bool {
    let name = sql_word(column);
    let rest = ["lower", "upper"].iter().fold(index.definition.clone(), |text, function| {
        text.replace(&format!("{function}({name})"), "").replace(&format!("{function}(({name})::text)"), "")
    });
    !mentions(&rest, &name)
}

/// True if the predicate of an index only asks whether a column is NULL, which a mask does not change.
fn only_tests_null(index: &UniqueIndex, column: &Column) -> bool {
    let name = sql_word(column);
    let predicate = index.predicate.as_deref().unwrap_or_default();
    let rest = predicate.replace(&format!("{name} IS NULL"), "").replace(&format!("{name} IS NOT NULL"), "");
    !mentions(&rest, &name)
}

/// The column's name as PostgreSQL prints it.
fn sql_word(column: &Column) -> String {
    let name = column.name.as_str();
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { column.name.sql() }
}

/// True if a text has a name as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '"';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(inside)
            && !text[at + name.len()..].chars().next().is_some_and(inside)
    })
}
