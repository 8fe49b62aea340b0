//! CHECK constraints and domains over masked columns: judged by the source's server on invented values.
//!
//! No row is read. A check that also looks at kept columns cannot be judged here: it is held when the clone's
//! constraints are built.

use super::bind::Bound;
use super::columns::{Verdicts, What};
use super::fit::Fitted;
use super::inside::{self, Part};
use super::{Action, Check, ColumnPlan};
use crate::catalog::{Column, PgType, TypeKind};
use crate::mask::{ColumnShape, Context, Domain, Domains, Family, MaskFn, MaskRef, Output, Sees};
use crate::pg::value::FieldType;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::literal;
use std::collections::BTreeSet;

/// Masks whose output keeps something of its input's form, so that an invented input says little.
const SHAPED: [&str; 9] = ["partial", "digits", "noise", "date_shift", "json", "text", "phone", "postcode", "card"];

/// What the source is asked about a table's checks and domains, and about its constants.
pub fn probes(bound: &Bound<'_>, verdicts: &Verdicts, fitted: &Fitted, domains: &Domains) -> Vec<Check> {
    let asker = Asker { bound, verdicts, fitted };
    let mut probes = Vec::new();
    for check in bound.table.checks.iter().filter(|check| check.validated) {
        let what = format!("the constraint {}", check.name);
        probes.extend(asker.check(&check.expression, &check.columns, &what));
    }
    for plan in &fitted.columns {
        let Some(column) = bound.table.by_number(plan.number) else { continue };
        probes.extend(asker.constant(plan, column));
        for (what, check) in checks(&column.ty) {
            probes.extend(asker.check(&over(check, &column.name.sql()), &[column.number], &what));
        }
        let Action::Mask(mask) = &plan.action else { continue };
        for part in inside::parts(&column.ty, column.typmod, &mask.rule) {
            probes.extend(asker.part(&part, column, domains));
        }
    }
    probes
}

/// The checks of a type's domains, each with the name of its domain.
fn checks(ty: &PgType) -> Vec<(String, &str)> {
    let (mut found, mut ty) = (Vec::new(), ty);
    while let TypeKind::Domain { base, checks, .. } = &ty.kind {
        found.extend(checks.iter().map(|check| (format!("the domain {}", ty.name), check.as_str())));
        ty = base;
    }
    found
}

/// Values of which the letters are looked at that a mask writes.
const WRITTEN: usize = 300;

/// Whether the encoding of the source, which the clone has too, holds the letters that masks of texts write.
pub fn letters(encoding: &str, bound: &Bound<'_>, verdicts: &Verdicts, fitted: &Fitted) -> Vec<Check> {
    let asker = Asker { bound, verdicts, fitted };
    let ask = |plan: &ColumnPlan| {
        let column = bound.table.by_number(plan.number)?;
        let Action::Mask(mask) = &plan.action else { return None };
        let inputs: Vec<String> = (0..WRITTEN).map(|at| at.to_string()).collect();
        let is_text = Family::of(&column.ty) == Some(Family::Text) && mask.rule.sees() == Sees::Field;
        let made = if is_text { masked(&inputs, &column.ty, &mask.mask, &mask.domain) } else { Vec::new() };
        let letters: BTreeSet<char> =
            made.iter().flat_map(|(_, text)| text.chars()).filter(|c| !c.is_ascii()).collect();
        if letters.is_empty() {
            return None;
        }
        // A letter that it does not have makes the server refuse the statement.
        let sql =
            format!("SELECT pg_catalog.length({})::pg_catalog.int8 * 0", literal(&letters.iter().collect::<String>()));
        let message =
            format!("`{}` writes letters that the database's encoding {encoding} does not have", mask.rule.domain);
        let help = "a `locale:` whose letters it has, such as `en`, or another mask";
        Some(Check::new(sql, Diagnostic::error("encoding", asker.place(column), message).help(help)))
    };
    fitted.columns.iter().filter_map(ask).collect()
}

struct Asker<'k, 'a> {
    bound: &'k Bound<'a>,
    verdicts: &'k Verdicts,
    fitted: &'k Fitted,
}

impl Asker<'_, '_> {
    /// One question about a check, if all of its columns are invented.
    fn check(&self, expression: &str, columns: &[i16], what: &str) -> Option<Check> {
        let used: Vec<(&ColumnPlan, &Column)> = columns
            .iter()
            .map(|number| {
                let plan = self.fitted.columns.iter().find(|plan| plan.number == *number)?;
                Some((plan, self.bound.table.by_number(*number)?))
            })
            .collect::<Option<_>>()?;
        let (first, column) = *used.first()?;
        if let (Action::Mask(mask), 1) = (&first.action, used.len()) {
            let pairs = samples(&column.ty, &mask.rule, &mask.mask, &mask.domain);
            let sql = sampled(expression, (&column.name.sql(), &column.ty), &pairs, &mask.rule)?;
            return Some(self.finding(sql, column, what, self.given(column)));
        }
        let fixed: Vec<(String, String)> = used
            .iter()
            .map(|(plan, column)| match &plan.action {
                Action::Erase => Some((column.name.sql(), format!("NULL::{}", base(&column.ty)))),
                Action::Constant(text) => Some((column.name.sql(), format!("{}::{}", literal(text), base(&column.ty)))),
                _ => None,
            })
            .collect::<Option<_>>()?;
        let (names, values): (Vec<String>, Vec<String>) = fixed.into_iter().unzip();
        let sql = of_values(expression, &names.join(", "), &values.join(", "));
        Some(self.finding(sql, column, what, self.given(column)))
    }

    /// Questions about the domains of a part of a masked column.
    fn part(&self, part: &Part<'_>, column: &Column, domains: &Domains) -> Vec<Check> {
        let (name, checks) = ("part", checks(part.ty));
        let Some(rule) = part.rule else {
            let null = format!("NULL::{}", base(part.ty));
            let ask = |(what, check): (String, &str)| {
                self.finding(of_values(&over(check, name), name, &null), column, &what, "NULL".to_owned())
            };
            return checks.into_iter().map(ask).collect();
        };
        // A mask that does not fit is found elsewhere.
        let compiled = crate::mask::compile(rule, &ColumnShape::of(part.ty, part.typmod, false, false), domains);
        let Some(compiled) = compiled.ok().filter(|_| !checks.is_empty()) else { return Vec::new() };
        let pairs = samples(part.ty, rule, &compiled.function, &compiled.domain);
        let ask = |(what, check): (String, &str)| {
            let sql = sampled(&over(check, name), (name, part.ty), &pairs, rule)?;
            Some(self.finding(sql, column, &what, format!("what `{}` gives", rule.domain)))
        };
        checks.into_iter().filter_map(ask).collect()
    }

    /// Does the server take a constant for its column's type.
    fn constant(&self, plan: &ColumnPlan, column: &Column) -> Option<Check> {
        let Action::Constant(text) = &plan.action else { return None };
        let sql = format!("SELECT pg_catalog.count({}::{}) - 1", literal(text), base(&column.ty));
        let message = format!("its constant is not a value of {}", column.type_sql);
        let diagnostic = Diagnostic::error("constant", self.place(column), message);
        Some(Check::new(sql, diagnostic.help("write it as PostgreSQL prints it")))
    }

    /// What a column's mask makes of it.
    fn given(&self, column: &Column) -> String {
        match self.verdicts.get(self.bound.table.oid, column.number).map(|verdict| &verdict.what) {
            Some(What::Mask(mask)) => format!("what `{}` gives", mask.domain),
            _ => "NULL".to_owned(),
        }
    }

    fn finding(&self, sql: String, column: &Column, what: &str, given: String) -> Check {
        let help = "choose a mask whose output fits it, or a constant that does";
        let message = format!("{what} does not take {given}");
        Check::new(sql, Diagnostic::error("check-broken", self.place(column), message).help(help))
    }

    fn place(&self, column: &Column) -> Place {
        let verdict = self.verdicts.get(self.bound.table.oid, column.number);
        match verdict.and_then(|verdict| verdict.decision.place.file()) {
            Some(line) => self.bound.place(column, line),
            None => Place::Object(self.bound.object(column)),
        }
    }
}

/// One question about values that are known.
fn of_values(expression: &str, names: &str, values: &str) -> String {
    format!("SELECT pg_catalog.count(*) FROM (VALUES ({values})) AS t({names}) WHERE ({expression}) IS FALSE")
}

/// One question about what is masked, by its name and type: of the inputs that pass, does no output pass? Where no input
/// passes, the mask is judged only if its output does not depend on the form of the input.
fn sampled(
    expression: &str,
    (name, ty): (&str, &PgType),
    pairs: &[(String, String)],
    rule: &MaskRef,
) -> Option<String> {
    if pairs.is_empty() {
        return None;
    }
    let ty = base(ty);
    // The number of a pair is called as no column can be.
    let passes = |values: Vec<&String>| {
        let rows: Vec<String> =
            values.iter().enumerate().map(|(at, value)| format!("({at}, {}::{ty})", literal(value))).collect();
        format!("(SELECT ctid, ({expression}) IS NOT FALSE AS ok FROM (VALUES {}) AS t(ctid, {name}))", rows.join(", "))
    };
    let inputs = passes(pairs.iter().map(|(input, _)| input).collect());
    let outputs = passes(pairs.iter().map(|(_, output)| output).collect());
    let shaped = SHAPED.contains(&rule.spec.name);
    let judged = if shaped { "bool_or(i.ok) AND" } else { "" };
    Some(format!(
        "SELECT CASE WHEN {judged} NOT pg_catalog.bool_or({}o.ok) THEN 1 ELSE 0 END::pg_catalog.int8 \
         FROM {inputs} AS i JOIN {outputs} AS o ON o.ctid = i.ctid",
        if shaped { "i.ok AND " } else { "" }
    ))
}

/// Invented inputs and what a mask makes of them, as PostgreSQL prints both.
fn samples(ty: &PgType, rule: &MaskRef, mask: &MaskFn, domain: &Domain) -> Vec<(String, String)> {
    let inputs: &[&str] = match Family::of(ty) {
        // What is made of the row cannot be made without one.
        _ if rule.sees() != Sees::Field => &[],
        Some(Family::Text) => &[
            "Ann Example",
            "ann@example.com",
            "+49 30 901820",
            "(555) 555-0100",
            "5550100",
            "12345",
            "10115",
            "4111111111111111",
            "DE",
            "example",
            "EX-12345",
            "192.0.2.1",
            "https://example.com/a",
        ],
        Some(Family::Integer) => &["1", "7", "42", "300", "2000", "31000"],
        Some(Family::Decimal | Family::Float) => &["0.5", "1", "42", "99.90", "300", "2000"],
        Some(Family::Boolean) => &["t", "f"],
        Some(Family::Date) => &["1980-02-29", "2001-01-01", "2024-06-30"],
        Some(Family::Timestamp) => &["1980-02-29 12:00:00", "2001-01-01 00:00:00", "2024-06-30 23:59:59"],
        Some(Family::Uuid) => &["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
        Some(Family::Network) => &["192.0.2.1", "10.1.2.3"],
        Some(Family::Json) => &["{}", "{\"a\": 1}"],
        _ => &[],
    };
    masked(inputs, ty, mask, domain)
}

/// What a mask makes of values, as PostgreSQL prints both; what it cannot do is left out.
fn masked(inputs: &[impl AsRef<str>], ty: &PgType, mask: &MaskFn, domain: &Domain) -> Vec<(String, String)> {
    let field = FieldType::of(ty);
    let mut pairs = Vec::new();
    for input in inputs.iter().map(AsRef::as_ref) {
        let (mut scratch, mut output, mut text) = (Vec::new(), Output::default(), Vec::new());
        let mut context = Context::new(domain, None);
        let Ok(value) = field.decode_text(input.as_bytes(), &mut scratch) else { continue };
        if mask(value, &mut context, &mut output).is_err() {
            continue;
        }
        // A NULL passes every check.
        if let (Ok(true), Ok(text)) = (field.encode_text(&output, &mut text), String::from_utf8(text.clone())) {
            pairs.push((input.to_owned(), text));
        }
    }
    pairs
}

/// The type below all domains as SQL writes it, without a length: a text that is too long must not be cut to fit.
fn base(ty: &PgType) -> String {
    ty.base().name.sql()
}

/// A domain's check with a column in place of `VALUE`; texts and quoted names stay.
fn over(check: &str, column: &str) -> String {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let (mut out, mut word, mut quote) = (String::with_capacity(check.len()), String::new(), None);
    for c in check.chars().chain([' ']) {
        match quote {
            None if part(c) => {
                word.push(c);
                continue;
            }
            None => {
                out.push_str(if word == "VALUE" { column } else { &word });
                word.clear();
                quote = matches!(c, '\'' | '"').then_some(c);
            }
            Some(open) if c == open => quote = None,
            Some(_) => {}
        }
        out.push(c);
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::over;

    #[test]
    fn a_domains_value_is_replaced_and_texts_are_not() {
        assert_eq!(over("((VALUE >= 1) AND (VALUE <= 5))", "\"a\""), "((\"a\" >= 1) AND (\"a\" <= 5))");
        assert_eq!(over("(VALUE ~ 'VALUE''VALUE'::text)", "c"), "(c ~ 'VALUE''VALUE'::text)");
        assert_eq!(over("\"my VALUE\"(VALUE, MYVALUE, VALUES)", "c"), "\"my VALUE\"(c, MYVALUE, VALUES)");
    }
}
