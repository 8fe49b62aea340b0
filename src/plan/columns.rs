//! Which line decides a column: its own mask, its name in `keep`, the rule of the key that it references, a pattern,
//! `keep: rest`, the policy; in this order.

use super::bind::{Bindings, Bound, Fate};
use super::references::Reference;
use super::yaml::scalar;
use super::{Decision, Input, masked, suggest};
use crate::catalog::{Column, Oid, Table};
use crate::mask::MaskRef;
use crate::rules::{Pattern, UnlistedColumns};
use crate::words::diagnostic::{Diagnostic, FilePlace, Place};
use crate::words::name::ColumnName;
use std::collections::{HashMap, HashSet};

/// The longest chain of keys that is followed, from key to key.
const DEEPEST: usize = 500;

/// What happens to a column, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What happens.
    pub what: What,
    /// The line that decided.
    pub decision: Decision,
}

/// What happens to a column.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// It is copied.
    Keep,
    /// A mask of the rules.
    Mask(MaskRef),
    /// NULL, by policy.
    Erase,
    /// Nobody knows.
    Undecided,
}

impl Verdict {
    /// True if the rule of a key decided, which the column refers to.
    pub fn follows(&self) -> bool {
        self.decision.words.starts_with("follows ")
    }

    /// True if a pattern decided.
    pub fn is_pattern(&self) -> bool {
        self.decision.words.starts_with("pattern ")
    }
}

/// What happens to every column, by table and attribute number; tables whose columns nobody decides are absent.
pub struct Verdicts(HashMap<(Oid, i16), Verdict>);

impl Verdicts {
    /// What happens to a column.
    pub fn get(&self, table: Oid, column: i16) -> Option<&Verdict> {
        self.0.get(&(table, column))
    }
}

/// Decides every column; those that nothing decides are found, and patterns that match nothing.
pub fn decide(
    input: &Input<'_>,
    bindings: &Bindings<'_>,
    references: &HashMap<Oid, Vec<Reference<'_>>>,
    found: &mut Vec<Diagnostic>,
) -> Verdicts {
    let mut decider = Decider {
        patterns: &input.rules.patterns,
        unlisted: input.rules.policy.unlisted_columns,
        bindings,
        references,
        verdicts: HashMap::new(),
        open: HashSet::new(),
        circular: false,
        bound: HashSet::new(),
        found,
    };
    for table in &input.source.tables {
        let Some(bound) = bindings.get(table.oid) else { continue };
        match bound.fate {
            Fate::Undecided => decider.undecided_table(bound),
            Fate::Ruled | Fate::Copied(_) => {
                for column in &table.columns {
                    decider.decide(bound, column);
                }
            }
            // A pattern for a column of an emptied table binds to something.
            _ => {
                for column in &table.columns {
                    let _ = decider.by_pattern(bound, column);
                }
            }
        }
    }
    // Where all is masked already, patterns have nothing to say.
    if masked::decision(input).is_none() {
        decider.unbound_patterns();
    }
    Verdicts(decider.verdicts)
}

struct Decider<'d, 'a> {
    patterns: &'a [Pattern],
    unlisted: UnlistedColumns,
    bindings: &'d Bindings<'a>,
    references: &'d HashMap<Oid, Vec<Reference<'a>>>,
    verdicts: HashMap<(Oid, i16), Verdict>,
    /// Columns that are being decided: a cycle of references decides nothing.
    open: HashSet<(Oid, i16)>,
    /// A reference was left aside because its key is being decided.
    circular: bool,
    /// Patterns that matched a column, by place in the file.
    bound: HashSet<usize>,
    found: &'d mut Vec<Diagnostic>,
}

impl<'a> Decider<'_, 'a> {
    fn decide(&mut self, bound: &Bound<'a>, column: &Column) -> Verdict {
        let key = (bound.table.oid, column.number);
        if let Some(known) = self.verdicts.get(&key) {
            return known.clone();
        }
        let circular = std::mem::take(&mut self.circular);
        self.open.insert(key);
        let verdict = self.verdict(bound, column);
        self.open.remove(&key);
        let half = self.circular && !self.open.is_empty();
        self.circular = half || circular;
        if half {
            // Somebody above is not decided yet: asked again, this column may follow them.
            return verdict;
        }
        if verdict.what == What::Undecided && !column.generated {
            self.undecided_column(bound, column);
        }
        self.verdicts.insert(key, verdict.clone());
        verdict
    }

    fn verdict(&mut self, bound: &Bound<'a>, column: &Column) -> Verdict {
        if let Fate::Copied(decision) = &bound.fate {
            return Verdict { what: What::Keep, decision: decision.clone() };
        }
        let pattern = self.by_pattern(bound, column);
        if let Some(own) = own_mask(bound, column) {
            return own;
        }
        if let Some(kept) = kept_by_name(bound, column) {
            if let Some(pattern) = pattern.filter(|_| !column.generated) {
                self.kept_against_pattern(bound, column, &kept, pattern);
            }
            return kept;
        }
        if column.generated {
            let decision = Decision { words: "generated: the target computes it".into(), place: Place::Run };
            return Verdict { what: What::Undecided, decision };
        }
        if let Some(followed) = self.by_reference(bound, column) {
            return followed;
        }
        if let Some(pattern) = pattern {
            let decision = Decision {
                words: format!("pattern \"{}\"", pattern.text.value),
                place: pattern.text.place.clone().into(),
            };
            return Verdict { what: What::Mask(pattern.rule.mask.clone()), decision };
        }
        let rest = bound.rules.iter().find_map(|rule| rule.keep_rest.as_ref()).filter(|_| column.ty.is_harmless());
        if let Some(place) = rest {
            if let Some(mask) = suggest::personal(column) {
                self.kept_by_rest(bound, column, place, mask);
            }
            let decision = Decision { words: "keep: rest".into(), place: place.into() };
            return Verdict { what: What::Keep, decision };
        }
        let decision = Decision { words: "policy: unlisted_columns".into(), place: Place::Run };
        let what = match self.unlisted {
            UnlistedColumns::Refuse => What::Undecided,
            UnlistedColumns::Erase => What::Erase,
        };
        Verdict { what, decision }
    }

    /// The rule of the key that a column references; two keys that disagree decide nothing and are found elsewhere.
    fn by_reference(&mut self, bound: &Bound<'a>, column: &Column) -> Option<Verdict> {
        let (references, bindings) = (self.references, self.bindings);
        for reference in references.get(&bound.table.oid)? {
            let Some(key) = reference.key_of(column.number) else { continue };
            let to = bindings.get(reference.to.oid)?;
            if !matches!(to.fate, Fate::Ruled | Fate::Copied(_)) {
                continue;
            }
            if self.open.contains(&(reference.to.oid, key.number)) || self.open.len() > DEEPEST {
                self.circular = true;
                continue;
            }
            let verdict = self.decide(to, key);
            let what = match verdict.what {
                What::Keep => What::Keep,
                What::Mask(mask) => What::Mask(reference.carried(mask)),
                What::Erase | What::Undecided => continue,
            };
            let words = format!("follows {}", reference.to.name.column(&key.name));
            return Some(Verdict { what, decision: Decision { words, place: verdict.decision.place } });
        }
        None
    }

    /// The pattern for a column: matched with the name of its root, as all rules are.
    fn by_pattern(&mut self, bound: &Bound<'a>, column: &Column) -> Option<&'a Pattern> {
        let names: Vec<ColumnName> = bound.roots.iter().map(|root| root.name.column(&column.name)).collect();
        let mut matched = None;
        for (at, pattern) in self.patterns.iter().enumerate() {
            if !names.iter().any(|name| pattern.matches(name)) || !fits_type(pattern, column) {
                continue;
            }
            self.bound.insert(at);
            match matched {
                None => matched = Some(pattern),
                Some(first) if first.rule.mask != pattern.rule.mask => {
                    if own_mask(bound, column).is_none() && kept_by_name(bound, column).is_none() && !column.generated {
                        self.two_patterns(bound, column, first, pattern);
                    }
                }
                Some(_) => {}
            }
        }
        matched
    }

    fn unbound_patterns(&mut self) {
        for (at, pattern) in self.patterns.iter().enumerate() {
            if !self.bound.contains(&at) {
                let message = format!("no column matches the pattern `{}`", pattern.text.value);
                let help = match &pattern.types {
                    Some(_) => "correct the pattern or its types, or take the line out",
                    None => {
                        "correct it, or take the line out; parts of a partitioned table go by the name of their root"
                    }
                };
                self.found.push(
                    Diagnostic::error("rule-unbound", Place::File(pattern.text.place.clone()), message).help(help),
                );
            }
        }
    }

    fn two_patterns(&mut self, bound: &Bound<'_>, column: &Column, first: &Pattern, second: &Pattern) {
        let message = format!("the patterns `{}` and `{}` mask it differently", first.text.value, second.text.value);
        self.add(
            bound
                .diagnostic("pattern-conflict", column, &second.text.place, message)
                .help(format!("give the column its own line under tables: {}: mask:", bound.roots[0].name)),
        );
    }

    fn kept_against_pattern(&mut self, bound: &Bound<'_>, column: &Column, kept: &Verdict, pattern: &Pattern) {
        let Some(place) = kept.decision.place.file() else { return };
        let message = format!("it is kept by name although the pattern `{}` would mask it", pattern.text.value);
        let diagnostic = Diagnostic::warning("kept-against-pattern", bound.place(column, place), message);
        self.add(diagnostic.help("take it out of keep: if that is not meant"));
    }

    fn kept_by_rest(&mut self, bound: &Bound<'_>, column: &Column, place: &FilePlace, mask: &str) {
        let message = "`keep: rest` keeps it, and by its name it may be somebody's";
        let help = format!(
            "add `{}: {mask}` under mask:, or name it in keep: if nobody needs protection from it",
            scalar(&column.name.to_string())
        );
        self.add(Diagnostic::warning("kept-by-rest", bound.place(column, place), message).help(help));
    }

    fn undecided_column(&mut self, bound: &Bound<'_>, column: &Column) {
        let ty = column.type_sql.as_str();
        let rest = bound.rules.iter().any(|rule| rule.keep_rest.is_some());
        let message = match rest {
            true => format!(
                "no rule decides this column; its type ({ty}) can carry text, so that `keep: rest` does not cover it"
            ),
            false => format!("no rule decides this column of type {ty}"),
        };
        let help = format!("{}; or name it in keep: if nobody needs protection from it", suggest::line(column));
        let place = match bound.rules.first() {
            Some(rule) => bound.place(column, &rule.name.place),
            None => Place::Object(bound.object(column)),
        };
        self.add(Diagnostic::error("column-undecided", place, message).help(help));
    }

    fn undecided_table(&mut self, bound: &Bound<'_>) {
        let root = bound.roots[0];
        if root.oid != bound.table.oid
            && matches!(self.bindings.get(root.oid), Some(root) if root.fate == Fate::Undecided)
        {
            return;
        }
        let table = bound.table;
        let text = table.columns.iter().filter(|column| !column.generated && !column.ty.is_harmless()).count();
        let message = match &table.extension {
            Some(owner) => {
                format!("no rule decides this table, where the extension {} keeps rows of yours", owner.extension)
            }
            None if text == 0 => "no rule decides this table".to_owned(),
            None => format!("no rule decides this table; columns that can carry text: {text}"),
        };
        self.add(Diagnostic::error("table-undecided", Place::from(&table.name), message).help(suggest::rule(table)));
    }

    fn add(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

/// Does a column have one of the types that a pattern is for: by its own name or that of the type below its domains.
fn fits_type(pattern: &Pattern, column: &Column) -> bool {
    let Some(types) = &pattern.types else { return true };
    let plain = column.type_sql.split('(').next().unwrap_or_default().trim();
    let array = if column.type_sql.ends_with("[]") && !plain.ends_with("[]") { "[]" } else { "" };
    let plain = format!("{plain}{array}").to_lowercase();
    types.iter().any(|wanted| {
        let wanted = wanted.value.to_lowercase();
        let name = |ty: &crate::catalog::PgType| {
            let short = ty.name.name.as_str().to_lowercase();
            short == wanted || format!("{}.{short}", ty.name.schema.as_str().to_lowercase()) == wanted
        };
        plain == wanted || name(&column.ty) || name(column.ty.base()) || sql_name(column.ty.base()) == Some(&*wanted)
    })
}

/// What SQL calls the types whose catalog name is another.
fn sql_name(ty: &crate::catalog::PgType) -> Option<&'static str> {
    use crate::catalog::BaseType;
    Some(match ty.base_type()? {
        BaseType::Bool => "boolean",
        BaseType::Int2 => "smallint",
        BaseType::Int4 => "integer",
        BaseType::Int8 => "bigint",
        BaseType::Float4 => "real",
        BaseType::Float8 => "double precision",
        BaseType::Varchar => "character varying",
        BaseType::Bpchar => "character",
        BaseType::Timestamp => "timestamp without time zone",
        BaseType::Timestamptz => "timestamp with time zone",
        BaseType::Varbit => "bit varying",
        _ => return None,
    })
}

fn own_mask(bound: &Bound<'_>, column: &Column) -> Option<Verdict> {
    let mut rules = bound.rules.iter().flat_map(|rule| &rule.mask).filter(|(name, _)| name.value == column.name);
    let (name, rule) = rules.next()?;
    let decision = Decision { words: "mask".into(), place: name.place.clone().into() };
    Some(Verdict { what: What::Mask(rule.mask.clone()), decision })
}

fn kept_by_name(bound: &Bound<'_>, column: &Column) -> Option<Verdict> {
    let name = bound.rules.iter().flat_map(|rule| &rule.keep).find(|name| name.value == column.name)?;
    Some(Verdict { what: What::Keep, decision: Decision { words: "keep".into(), place: name.place.clone().into() } })
}

impl<'a> Bound<'a> {
    /// The table that a message speaks of: the root that has the column, else the table itself.
    fn speaking(&self, column: &Column) -> &'a Table {
        self.roots.iter().copied().find(|root| root.column(&column.name).is_some()).unwrap_or(self.table)
    }

    /// The column as messages name it: by its root, so that a tree of a hundred partitions is spoken of once.
    pub fn object(&self, column: &Column) -> String {
        self.speaking(column).name.column(&column.name).to_string()
    }

    /// The place of a finding about a column.
    pub fn place(&self, column: &Column, line: &FilePlace) -> Place {
        Place::ObjectInFile(self.object(column), line.clone())
    }

    /// An error about a column and a line.
    pub fn diagnostic(&self, code: &'static str, column: &Column, line: &FilePlace, message: String) -> Diagnostic {
        Diagnostic::error(code, self.place(column, line), message)
    }
}
