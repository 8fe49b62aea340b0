//! Foreign keys: both ends hold the same values, so both are masked alike.

use super::bind::{Bindings, Bound, Fate};
use super::columns::{Verdict, Verdicts, What};
use super::{Check, Input};
use crate::catalog::{BaseType, Column, ForeignKey, Oid, Table};
use crate::mask::{Acts, MaskRef, Normal, Sees};
use crate::rules::Through;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::Name;
use std::collections::HashMap;

/// A foreign key as one table has it: its own, or that of a partitioned table above, with this table's columns.
#[derive(Clone)]
pub struct Reference<'a> {
    /// The constraint.
    pub key: &'a ForeignKey,
    /// The referencing table.
    pub from: &'a Table,
    /// The referenced table.
    pub to: &'a Table,
    /// Referencing and referenced columns.
    pub pairs: Vec<(&'a Column, &'a Column)>,
}

impl<'a> Reference<'a> {
    /// The column that a column of the referencing table refers to.
    pub fn key_of(&self, number: i16) -> Option<&'a Column> {
        self.pairs.iter().find(|(from, _)| from.number == number).map(|(_, to)| *to)
    }

    /// The mask of the key as the referencing column has it: `by:` names this table's column of the same key.
    pub fn carried(&self, mut mask: MaskRef) -> MaskRef {
        if let Some(by) = &mask.by {
            let here = self.pairs.iter().find(|(_, to)| to.name == *by).map(|(from, _)| from.name.clone());
            mask.by = here.or(mask.by);
        }
        mask
    }
}

/// Referencing and referenced columns.
type Pairs<'p, 'a> = &'p [(&'a Column, &'a Column)];

/// True if `by:` of one end and of the other are the same column of the key.
fn same_by(pairs: Pairs<'_, '_>, from: Option<&Name>, to: Option<&Name>) -> bool {
    match (from, to) {
        (None, None) => true,
        (Some(from), Some(to)) => pairs.iter().any(|(f, t)| f.name == *from && t.name == *to),
        _ => false,
    }
}

/// The references of each table, its partitioned parents' included.
pub fn references<'a>(input: &Input<'a>) -> HashMap<Oid, Vec<Reference<'a>>> {
    let catalog = input.source;
    let mut own: HashMap<Oid, Vec<&ForeignKey>> = HashMap::new();
    for key in &catalog.foreign_keys {
        own.entry(key.table).or_default().push(key);
    }
    let mut all = HashMap::new();
    for table in &catalog.tables {
        let mut found = Vec::new();
        let mut above = Some(table);
        while let Some(owner) = above {
            for key in own.get(&owner.oid).into_iter().flatten() {
                found.extend(reference(catalog, key, owner, table));
            }
            let parent = owner.parents.first().filter(|_| owner.partition);
            above = parent.and_then(|oid| catalog.by_oid(*oid));
        }
        if !found.is_empty() {
            all.insert(table.oid, found);
        }
    }
    all
}

/// A key of `owner` as `table`, a partition of it or itself, has it.
fn reference<'a>(
    catalog: &'a crate::catalog::Catalog,
    key: &'a ForeignKey,
    owner: &'a Table,
    table: &'a Table,
) -> Option<Reference<'a>> {
    let to = catalog.by_oid(key.references)?;
    let pairs = key.columns.iter().zip(&key.referenced_columns).map(|(from, referenced)| {
        let from = table.column(&owner.by_number(*from)?.name)?;
        Some((from, to.by_number(*referenced)?))
    });
    Some(Reference { key, from: table, to, pairs: pairs.collect::<Option<_>>()? })
}

/// Finds keys whose ends would be masked differently.
pub fn check(
    bindings: &Bindings<'_>,
    references: &HashMap<Oid, Vec<Reference<'_>>>,
    verdicts: &Verdicts,
    found: &mut Vec<Diagnostic>,
) {
    for reference in references.values().flatten() {
        let (Some(from), Some(to)) = (bindings.get(reference.from.oid), bindings.get(reference.to.oid)) else {
            continue;
        };
        if comes(&from.fate) && comes(&to.fate) {
            for (column, key) in &reference.pairs {
                ends(reference, (from, column), (to, key), verdicts, found);
            }
        }
    }
}

/// Asks for rows that write a masked key otherwise than it is written itself, in another case or with other decimals: equal for
/// the source, the ends would be masked differently.
pub fn checks(input: &Input<'_>, references: &HashMap<Oid, Vec<Reference<'_>>>, verdicts: &Verdicts) -> Vec<Check> {
    let of_table = |table: &Table| references.get(&table.oid).map_or(&[][..], Vec::as_slice);
    let mut checks = Vec::new();
    for reference in input.source.tables.iter().flat_map(of_table) {
        let written = reference.pairs.iter().filter_map(|pair| written(reference, *pair, verdicts));
        checks.extend(written);
    }
    checks
}

fn written(reference: &Reference<'_>, pair: (&Column, &Column), verdicts: &Verdicts) -> Option<Check> {
    let (column, key) = pair;
    let verdict = verdicts.get(reference.from.oid, column.number)?;
    let What::Mask(mask) = &verdict.what else { return None };
    let (how, help) = match spelling(pair) {
        // A mask that can be undone keeps the case of letters, or their place.
        Some(BaseType::Citext) if !mask.spec.reversible && !mask.normalise.contains(&Normal::Lower) => {
            ("in another case", "give both a domain with `normalise: lower`, or write them alike at the source")
        }
        Some(BaseType::Numeric) => ("with other decimals", "write them alike at the source"),
        _ => return None,
    };
    if !mask.spec.reads || mask.by.is_some() {
        return None;
    }
    let text = |table: &str, column: &Column| format!("({table}.{})::pg_catalog.text", column.name.sql());
    let equal = |(from, to): &(&Column, &Column)| match spelling((from, to)) {
        Some(BaseType::Citext) => {
            format!("pg_catalog.lower({}) = pg_catalog.lower({})", text("t", from), text("p", to))
        }
        Some(_) => format!("t.{} OPERATOR(pg_catalog.=) p.{}", from.name.sql(), to.name.sql()),
        None => format!("{} = {}", text("t", from), text("p", to)),
    };
    let sql = format!(
        "SELECT pg_catalog.count(*) FROM (SELECT 1 FROM {} AS t JOIN {} AS p ON {} WHERE {} <> {} LIMIT 1) AS other",
        reference.from.name.sql(),
        reference.to.name.sql(),
        reference.pairs.iter().map(equal).collect::<Vec<_>>().join(" AND "),
        text("t", column),
        text("p", key)
    );
    let (here, there) = (reference.from.name.column(&column.name), reference.to.name.column(&key.name));
    let message = format!("it writes values of {there} {how}, and `{}` makes other ones of them", mask.domain);
    let place = match verdict.decision.place.file() {
        Some(line) => Place::ObjectInFile(here.to_string(), line.clone()),
        None => Place::Object(here.to_string()),
    };
    Some(Check::new(sql, Diagnostic::error("reference-differs", place, message).help(help)))
}

/// The type under which the ends of a key may be equal and not be written alike.
fn spelling((column, key): (&Column, &Column)) -> Option<BaseType> {
    let of = |base: BaseType| [column, key].iter().any(|end| end.ty.base_type() == Some(base)).then_some(base);
    of(BaseType::Citext).or_else(|| of(BaseType::Numeric))
}

/// Finds relations whose ends would be masked differently: a real key would come along, or rows of the clone lose each other.
pub fn related(input: &Input<'_>, bindings: &Bindings<'_>, verdicts: &Verdicts, found: &mut Vec<Diagnostic>) {
    let end = |name| input.source.table(name).and_then(|table| bindings.get(table.oid)).filter(|end| comes(&end.fate));
    for relation in &input.rules.relations {
        let (Some(from), Some(to)) = (end(&relation.from.value), end(&relation.to.value)) else { continue };
        let (columns, inside) = match &relation.through {
            Through::Columns(columns) => (&columns[..], false),
            Through::Path(column, _) => (std::slice::from_ref(column), true),
        };
        let ends = columns.iter().zip(&relation.columns);
        let pairs = ends.map(|(column, key)| Some((from.table.column(&column.value)?, to.table.column(&key.value)?)));
        let Some(pairs) = pairs.collect::<Option<Vec<_>>>() else { continue };
        for (column, key) in &pairs {
            let (mine, theirs) = (verdicts.get(from.table.oid, column.number), verdicts.get(to.table.oid, key.number));
            let (Some(mine), Some(theirs)) = (mine, theirs) else { continue };
            // A mask of the document says itself what becomes of the value inside.
            let inside = inside && matches!(mine.what, What::Mask(_));
            if inside || erased(mine) || alike(mine, theirs, &pairs) {
                continue;
            }
            let (here, there) = (from.object(column), to.object(key));
            let message =
                format!("it is {}, but {there}, to which a relation leads, is {}", words(mine), words(theirs));
            let help = format!("give both the same mask, or erase {here}");
            let place = Place::ObjectInFile(here, relation.place.clone());
            found.push(Diagnostic::error("relation-differs", place, message).help(help));
        }
    }
}

fn comes(fate: &Fate) -> bool {
    matches!(fate, Fate::Ruled | Fate::Copied(_))
}

fn ends(
    reference: &Reference<'_>,
    (from, column): (&Bound<'_>, &Column),
    (to, key): (&Bound<'_>, &Column),
    verdicts: &Verdicts,
    found: &mut Vec<Diagnostic>,
) {
    let (Some(mine), Some(theirs)) =
        (verdicts.get(reference.from.oid, column.number), verdicts.get(reference.to.oid, key.number))
    else {
        return;
    };
    let whole = || reference.pairs.iter().all(|(c, _)| verdicts.get(reference.from.oid, c.number).is_some_and(erased));
    let agrees = match erased(mine) {
        true => !reference.key.match_full || whole(),
        false => alike(mine, theirs, &reference.pairs),
    };
    if agrees {
        return;
    }
    let (here, there) = (from.object(column), to.object(key));
    let message = format!(
        "it is {}, but {there}, which it refers to by {}, is {}",
        words(mine),
        reference.key.name,
        words(theirs)
    );
    let help = match (&mine.what, &theirs.what) {
        (_, What::Mask(mask)) if mask.by.is_some() || is_of_the_row(mask) => {
            format!("give {there} a mask that draws from its own value; {here} follows it without a line of its own")
        }
        (What::Mask(_), What::Keep) => {
            format!("give {there} that mask, and take the line for {here} out: it follows by itself")
        }
        _ => format!("take the line for {here} out: it follows {there} by itself"),
    };
    let place = match mine.decision.place.file().or(theirs.decision.place.file()) {
        Some(line) => Place::ObjectInFile(here, line.clone()),
        None => Place::Object(here),
    };
    found.push(Diagnostic::error("reference-differs", place, message).help(help));
}

fn erased(verdict: &Verdict) -> bool {
    match &verdict.what {
        What::Erase => true,
        What::Mask(mask) => mask.spec.acts == Acts::Erase,
        _ => false,
    }
}

/// True if equal values at both ends stay equal.
fn alike(mine: &Verdict, theirs: &Verdict, pairs: Pairs<'_, '_>) -> bool {
    match (&mine.what, &theirs.what) {
        (What::Undecided, _) | (_, What::Undecided) | (What::Keep, What::Keep) => true,
        (What::Mask(mine), What::Mask(theirs)) => {
            mine.domain == theirs.domain
                && mine.spec.name == theirs.spec.name
                && mine.args == theirs.args
                && !is_of_the_row(mine)
                && same_by(pairs, mine.by.as_ref(), theirs.by.as_ref())
        }
        _ => false,
    }
}

/// True if a mask makes of one value what the row or the column makes of it, so that the other end would get another.
fn is_of_the_row(mask: &MaskRef) -> bool {
    matches!(mask.spec.acts, Acts::Default | Acts::Resample | Acts::Shuffle | Acts::Sql) || mask.sees() != Sees::Field
}

fn words(verdict: &Verdict) -> String {
    match &verdict.what {
        What::Keep => "kept".to_owned(),
        What::Erase => "erased".to_owned(),
        What::Undecided => "undecided".to_owned(),
        What::Mask(mask) => {
            let by = mask.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            match mask.domain == mask.spec.name {
                true => format!("masked by {}{by}", mask.spec.name),
                false => format!("masked by {} ({}){by}", mask.domain, mask.spec.name),
            }
        }
    }
}
