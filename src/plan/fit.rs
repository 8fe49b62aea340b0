//! A mask and the column that it stands for: type, length, NOT NULL, generated, identity, partition key, `by:`.

use super::bind::{Bound, Fate};
use super::clock::Clock;
use super::columns::{Verdict, Verdicts, What};
use super::expression::{Expression, Scope};
use super::neighbours::{self, Seen};
use super::{Action, Check, ColumnPlan, Input, MaskUse, Shuffle};
use crate::catalog::{Catalog, Column, Table, TypeKind};
use crate::mask::{Acts, ColumnShape, Domains, MaskRef, Uniqueness, resample};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place, nearest};
use crate::words::name::Name;
use std::collections::HashSet;
use std::sync::Arc;

/// The columns of one table as they will be copied.
#[derive(Default)]
pub struct Fitted {
    /// All but generated ones, in attribute order.
    pub columns: Vec<ColumnPlan>,
    /// Generated ones.
    pub generated: Vec<Name>,
    /// What each masked column's mask does to uniqueness, by attribute number.
    pub uniqueness: Vec<(i16, Uniqueness)>,
    /// Columns that masks of the row look at.
    pub neighbours: Vec<Seen>,
}

/// What fitting needs of the whole plan.
pub struct Fitter<'f, 'a> {
    input: &'f Input<'a>,
    /// What masks are compiled with.
    pub domains: Domains,
    clock: Clock,
    verdicts: &'f Verdicts,
    /// What the source is asked about expressions.
    pub probes: Vec<Check>,
    /// What does not fit.
    pub found: Vec<Diagnostic>,
}

impl<'f, 'a> Fitter<'f, 'a> {
    /// Prepares to fit the columns of a plan.
    pub fn new(input: &'f Input<'a>, verdicts: &'f Verdicts, clock: Clock) -> Self {
        let domains = Domains::new(input.key, input.rules.mapping);
        Fitter { input, domains, clock, verdicts, probes: Vec::new(), found: Vec::new() }
    }

    /// Fits the columns of a table; those that do not fit are found and left out.
    pub fn table(&mut self, bound: &Bound<'_>) -> Fitted {
        let table = bound.table;
        let mut fitted = Fitted::default();
        let partition_columns = partition_columns(self.input.source, table);
        for column in &table.columns {
            let verdict = self.verdicts.get(table.oid, column.number);
            if column.generated {
                fitted.generated.push(column.name.clone());
                self.generated(bound, column, verdict);
                continue;
            }
            let Some(verdict) = verdict.filter(|verdict| verdict.what != What::Undecided) else { continue };
            if !matches!(verdict.what, What::Keep) && partition_columns.contains(&column.name) {
                self.partition_key(bound, column, verdict);
                continue;
            }
            let Some((action, uniqueness)) = self.action(bound, column, verdict) else { continue };
            fitted.uniqueness.extend(uniqueness.map(|uniqueness| (column.number, uniqueness)));
            fitted.columns.push(ColumnPlan {
                name: column.name.clone(),
                number: column.number,
                ty: column.ty.clone(),
                comparable: matches!(action, Action::Keep) && is_comparable(&column.ty.kind),
                action,
                decided_by: verdict.decision.clone(),
            });
        }
        fitted.neighbours = neighbours::seen(bound, self.verdicts, &fitted.columns, &mut self.found);
        fitted
    }

    fn action(
        &mut self,
        bound: &Bound<'_>,
        column: &Column,
        verdict: &Verdict,
    ) -> Option<(Action, Option<Uniqueness>)> {
        let mask = match &verdict.what {
            What::Keep => return Some((Action::Keep, None)),
            What::Undecided => return None,
            What::Erase => {
                return self.erase(bound, column, verdict);
            }
            What::Mask(mask) => mask,
        };
        match mask.spec.acts {
            Acts::Erase => self.erase(bound, column, verdict),
            Acts::Default => match &column.default {
                Some(default) => self.sql(bound, column, verdict, (mask.spec.name, default)),
                None => self.erase(bound, column, verdict),
            },
            Acts::Sql => {
                let expression = mask.args.text("expression").unwrap_or_default();
                self.sql(bound, column, verdict, (mask.spec.name, expression))
            }
            Acts::Resample => self.resampled(bound, column, verdict, mask),
            Acts::Shuffle => self.shuffled(bound, column, verdict, mask),
            Acts::Constant | Acts::Field => self.compiled(bound, column, verdict, mask),
        }
    }

    /// NULL, where the column takes it.
    fn erase(&mut self, bound: &Bound<'_>, column: &Column, verdict: &Verdict) -> Option<(Action, Option<Uniqueness>)> {
        if column.not_null {
            let message = format!("it cannot be erased: the column is NOT NULL ({})", column.type_sql);
            let help = format!("write `{}: {{ constant: … }}`, or a mask that fits its type", column.name);
            self.refuse("erase-not-null", bound, column, verdict, message, help);
            return None;
        }
        Some((Action::Erase, None))
    }

    fn compiled(
        &mut self,
        bound: &Bound<'_>,
        column: &Column,
        verdict: &Verdict,
        mask: &MaskRef,
    ) -> Option<(Action, Option<Uniqueness>)> {
        let shape = ColumnShape::of(&column.ty, column.typmod, column.not_null, is_unique(bound.table, column));
        let by = match &mask.by {
            Some(by) => Some(self.by(bound, column, verdict, by)?),
            None => None,
        };
        match crate::mask::compile(mask, &shape, &self.domains) {
            Ok(compiled) if mask.spec.acts == Acts::Constant => {
                // What is empty has no argument; an array is so without elements.
                let empty = if matches!(shape.ty.kind, TypeKind::Array(_)) { "{}" } else { "" };
                let text = mask.args.text("value").unwrap_or(empty).to_owned();
                Some((Action::Constant(text), Some(compiled.uniqueness)))
            }
            Ok(compiled) => {
                let used = MaskUse {
                    rule: mask.clone(),
                    mask: compiled.function,
                    domain: compiled.domain,
                    by,
                    equal_at_most: compiled.equal_at_most,
                    frequencies: None,
                };
                Some((Action::Mask(Box::new(used)), Some(compiled.uniqueness)))
            }
            Err(refusal) => {
                let mut help = refusal.help.unwrap_or_else(|| "choose another mask".to_owned());
                if verdict.is_pattern() {
                    help.push_str("; or give the pattern `types:`, or the column a line of its own");
                }
                self.refuse("mask-misfit", bound, column, verdict, refusal.message, help);
                None
            }
        }
    }

    /// A draw from the column's own values, where they point to nobody.
    fn resampled(
        &mut self,
        bound: &Bound<'_>,
        column: &Column,
        verdict: &Verdict,
        mask: &MaskRef,
    ) -> Option<(Action, Option<Uniqueness>)> {
        let by = self.by(bound, column, verdict, mask.by.as_ref()?)?;
        self.survives("resample-personal", bound, column, verdict)?;
        let frequencies = Arc::new(resample::Frequencies::default());
        let used = MaskUse {
            rule: mask.clone(),
            mask: frequencies.function(),
            domain: self.domains.of(mask),
            by: Some(by),
            equal_at_most: mask.spec.equal_at_most,
            frequencies: Some(frequencies),
        };
        Some((Action::Mask(Box::new(used)), Some(Uniqueness::Lossy)))
    }

    /// The column's own values in other rows, where they point to nobody.
    fn shuffled(
        &mut self,
        bound: &Bound<'_>,
        column: &Column,
        verdict: &Verdict,
        mask: &MaskRef,
    ) -> Option<(Action, Option<Uniqueness>)> {
        self.survives("shuffle-personal", bound, column, verdict)?;
        if let Some(shuffle) = Shuffle::new(bound.table, column, mask, &self.domains) {
            return Some((Action::Shuffle(shuffle), Some(Uniqueness::Lossy)));
        }
        let message = format!("`{}` orders rows by their primary key, and {} has none", mask.domain, bound.table.name);
        let help = "give it one, or use `resample: { by: … }` where values are few";
        self.refuse("shuffle-without-key", bound, column, verdict, message, help);
        None
    }

    /// Refuses a mask under which the column's values survive where each points to one person.
    fn survives(&mut self, code: &'static str, bound: &Bound<'_>, column: &Column, verdict: &Verdict) -> Option<()> {
        let like = resample::called_like(column.name.as_str()).map(|spec| spec.name);
        let what = match like {
            Some(name) => format!("is called like what `{name}` is for"),
            None if is_unique(bound.table, column) => "is unique".to_owned(),
            None => return Some(()),
        };
        let message = format!("its values would survive, and it {what}: each points to one person");
        let help = format!("`{}`, or another mask that leaves nothing of the value", like.unwrap_or("token"));
        self.refuse(code, bound, column, verdict, message, help);
        None
    }

    /// An expression at the source, cast to the column's type.
    fn sql(
        &mut self,
        bound: &Bound<'_>,
        column: &Column,
        verdict: &Verdict,
        (mask, text): (&'static str, &str),
    ) -> Option<(Action, Option<Uniqueness>)> {
        let place = line(verdict)?;
        let scope = Scope { catalog: self.input.source, table: bound.table, clock: &self.clock, place };
        let parsed = match Expression::parse(text, &scope) {
            Ok(parsed) => parsed,
            Err(faults) => {
                let at = |fault: Diagnostic| match fault.place.file() {
                    Some(file) => Diagnostic { place: bound.place(column, file), ..fault },
                    None => fault,
                };
                self.found.extend(faults.into_iter().map(at));
                return None;
            }
        };
        let expression = format!("(({})::{})", parsed.sql, column.type_sql);
        let table = bound.table.name.sql();
        let words = Diagnostic::error(
            "expression",
            bound.place(column, place),
            format!("the source does not take this SQL as a value of {}", column.type_sql),
        );
        let over = |limit: &str| {
            format!(
                "SELECT pg_catalog.count(x) FROM (SELECT {expression} AS x FROM ONLY {table} AS t{limit}) AS values"
            )
        };
        let words = words.help("functions and types of extensions need their schema; columns go by their names");
        self.probes.push(Check { every_row: Some(over("")), ..Check::new(over(" LIMIT 0"), words) });
        // The first asks for a condition, which a value need not be.
        self.probes.extend(parsed.probes(&format!("ONLY {table}"), &scope).into_iter().skip(1));
        Some((Action::Sql { mask, expression }, None))
    }

    /// The column that a mask is drawn from.
    fn by(
        &mut self,
        bound: &Bound<'_>,
        column: &Column,
        verdict: &Verdict,
        by: &Name,
    ) -> Option<(i16, Name, Arc<crate::catalog::PgType>)> {
        if let Some(found) = bound.table.column(by) {
            return Some((found.number, found.name.clone(), found.ty.clone()));
        }
        if verdict.follows() {
            // The key's own mask is what is wrong: `references` says so.
            return None;
        }
        let names = bound.table.columns.iter().map(|column| column.name.as_str());
        let help = match nearest(by.as_str(), names) {
            Some(near) => format!("did you mean `by: {}`?", Name::from(near)),
            None => "give the column a mask of its own, without `by:` or with another".to_owned(),
        };
        let message = format!("its mask is drawn `by: {by}`, and {} has no such column", bound.table.name);
        self.refuse("by-unknown", bound, column, verdict, message, help);
        None
    }

    fn generated(&mut self, bound: &Bound<'_>, column: &Column, verdict: Option<&Verdict>) {
        let Some((verdict, place)) = verdict.and_then(|verdict| Some((verdict, line(verdict)?))) else { return };
        let place = bound.place(column, place);
        let help = "take the line out";
        self.found.push(match &verdict.what {
            What::Keep => {
                let message = "the column is generated: the target computes it from the clone's other columns";
                Diagnostic::note("generated-column", place, message).help(help)
            }
            _ => {
                let message = "the column is generated: the target computes it, and no mask can replace it";
                Diagnostic::error("generated-column", place, message)
                    .help(format!("{help}, and mask the columns it is computed from"))
            }
        });
    }

    fn partition_key(&mut self, bound: &Bound<'_>, column: &Column, verdict: &Verdict) {
        let message = "it is in the partition key: another value would belong to another partition".to_owned();
        let help = format!(
            "put `{}` in keep: if nobody needs protection from it; else leave the rows out, with the table in empty:",
            column.name
        );
        self.refuse("partition-key", bound, column, verdict, message, help);
    }

    fn refuse(
        &mut self,
        code: &'static str,
        bound: &Bound<'_>,
        column: &Column,
        verdict: &Verdict,
        message: String,
        help: impl Into<String>,
    ) {
        let place = match line(verdict) {
            Some(line) => bound.place(column, line),
            None => Place::Object(bound.object(column)),
        };
        self.found.push(Diagnostic::error(code, place, message).help(help));
    }
}

fn line(verdict: &Verdict) -> Option<&FilePlace> {
    verdict.decision.place.file()
}

/// The names of the columns by which a table and the tables above it are partitioned.
fn partition_columns<'a>(catalog: &'a Catalog, table: &'a Table) -> HashSet<&'a Name> {
    let (mut names, mut at) = (HashSet::new(), Some(table));
    while let Some(table) = at {
        names.extend(
            table.partition_key.iter().filter_map(|number| table.by_number(*number)).map(|column| &column.name),
        );
        at = table.parents.first().filter(|_| table.partition).and_then(|oid| catalog.by_oid(*oid));
    }
    names
}

/// Must the column's values differ, alone or together with others.
fn is_unique(table: &Table, column: &Column) -> bool {
    table.unique_indexes.iter().any(|index| {
        !index.exclusion
            && (index.columns.contains(&column.number)
                || index.has_expressions && index.expression_columns.contains(&column.number))
    })
}

/// True if the text of a value is the same on both servers: not where a type that standin does not know is inside.
fn is_comparable(kind: &TypeKind) -> bool {
    match kind {
        TypeKind::Base(_) | TypeKind::Enum(_) => true,
        TypeKind::Unknown => false,
        TypeKind::Domain { base, .. } => is_comparable(&base.kind),
        TypeKind::Array(element) | TypeKind::Range(element) => is_comparable(&element.kind),
        TypeKind::Composite(fields) => fields.iter().all(|(_, ty)| is_comparable(&ty.kind)),
    }
}

/// True if rows of the table come.
pub fn comes(bound: &Bound<'_>) -> bool {
    matches!(bound.fate, Fate::Ruled | Fate::Copied(_))
}
