//! `override:` of an environment: what its clones do otherwise than the file says, laid over the file.
//!
//! One that holds `${…}` is read when its environment is used: only then are variables there.

use super::decode::Fields;
use super::document::policy;
use super::fault::Faults;
use super::interpolate::{FORMS, Piece, fill, pieces};
use super::keys::{OVERRIDE, OVERRIDE_POLICY, OVERRIDE_TABLE};
use super::masks::Known;
use super::node::{Entry, Node};
use super::seed::{self, Seed};
use super::tables::tables;
use super::variables::Variables;
use super::{LargeObjects, Policy, Rules, Subset, TableRule, rows};
use crate::words::diagnostic::{Diagnostic, FilePlace, SourceFile, Spanned};
use std::collections::BTreeMap;
use std::sync::Arc;

const WHY: &str = "say why beside it, as in `reason: \"dev needs the real plans\"`";

/// What holds for one environment in the place of the file's own lines.
#[derive(Debug, Clone)]
pub enum Override {
    /// It is laid over the file.
    Laid(Box<Laid>),
    /// It is still to be read, with its variables.
    Open(Open),
}

/// The file's lines with an override over them.
#[derive(Debug, Clone)]
pub struct Laid {
    policy: Policy,
    tables: Vec<TableRule>,
    subset: Option<Subset>,
    seed: Seed,
    reasons: Vec<Spanned<String>>,
}

/// An override that holds `${…}`.
#[derive(Clone)]
pub struct Open {
    node: Node,
    known: Known,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Open")
    }
}

impl Override {
    /// Why more is kept than by the file itself.
    pub fn reasons(&self) -> &[Spanned<String>] {
        match self {
            Override::Laid(laid) => &laid.reasons,
            Override::Open(_) => &[],
        }
    }
}

/// What the file itself says, which overrides are laid over.
pub struct Base<'a> {
    /// Masks and domains.
    pub known: &'a Known,
    /// `policy:`.
    pub policy: Policy,
    /// `tables:`.
    pub tables: &'a [TableRule],
    /// `subset:`.
    pub subset: Option<&'a Subset>,
    /// `seed:`.
    pub seed: &'a Seed,
}

impl Rules {
    /// Lays the override of an environment over the file.
    pub fn override_for(&mut self, environment: usize, variables: &Variables) -> Result<(), Vec<Diagnostic>> {
        let laid = match self.environments[environment].overrides.take() {
            None => return Ok(()),
            Some(Override::Laid(laid)) => laid,
            Some(Override::Open(open)) => Box::new(open.read(self, variables)?),
        };
        (self.policy, self.tables, self.subset) = (laid.policy, laid.tables.clone(), laid.subset.clone());
        self.seed = laid.seed.clone();
        self.environments[environment].overrides = Some(Override::Laid(laid));
        Ok(())
    }
}

impl Open {
    fn read(&self, rules: &Rules, variables: &Variables) -> Result<Laid, Vec<Diagnostic>> {
        let mut faults = Faults::new(rules.file.clone());
        let mut filling = Filling { variables, file: &rules.file, values: Vec::new(), unset: Vec::new() };
        let node = filling.node(&self.node);
        let Filling { values, unset, .. } = filling;
        if !unset.is_empty() {
            return Err(unset);
        }
        let (tables, subset) = (&rules.tables, rules.subset.as_ref());
        let base = Base { known: &self.known, policy: rules.policy, tables, subset, seed: &rules.seed };
        match base.laid(&node, &mut faults).filter(|_| !faults.any()) {
            Some(laid) => Ok(laid),
            None => Err(faults.finish().into_iter().map(|fault| unspoken(fault, &values)).collect()),
        }
    }
}

/// Puts the values of variables into the texts of a node.
struct Filling<'f> {
    variables: &'f Variables,
    file: &'f Arc<SourceFile>,
    values: Vec<String>,
    unset: Vec<Diagnostic>,
}

impl Filling<'_> {
    fn node(&mut self, node: &Node) -> Node {
        match node {
            Node::Scalar(scalar) if holds_variable(&scalar.text) => {
                let place = FilePlace { file: self.file.clone(), span: scalar.span.clone() };
                let mut scalar = scalar.clone();
                match fill(&Spanned::new(scalar.text.clone(), place), self.variables) {
                    Ok(text) => (scalar.text, scalar.plain) = (text.expose().to_owned(), true),
                    Err(fault) => self.unset.push(fault),
                }
                self.values.push(scalar.text.clone());
                Node::Scalar(scalar)
            }
            Node::List(items, span) => Node::List(items.iter().map(|item| self.node(item)).collect(), span.clone()),
            Node::Map(entries, span) => {
                let entry = |entry: &Entry| Entry { key: entry.key.clone(), value: self.node(&entry.value) };
                Node::Map(entries.iter().map(entry).collect(), span.clone())
            }
            other => other.clone(),
        }
    }
}

/// A fault that shows nothing of what variables hold.
fn unspoken(mut fault: Diagnostic, values: &[String]) -> Diagnostic {
    const TELLING: usize = 20;
    let spoken = |text: &str| {
        let begin = |value: &String| value.chars().take(TELLING).collect::<String>();
        values.iter().map(begin).any(|value| !value.is_empty() && text.contains(&value))
    };
    if spoken(&fault.message) || fault.help.as_deref().is_some_and(spoken) {
        fault.message = "what the variable holds cannot stand here".to_owned();
        fault.help = None;
    }
    fault
}

fn holds_variable(text: &str) -> bool {
    let is_variable = |piece: &Piece<'_>| matches!(piece, Piece::Variable { .. });
    pieces(text).is_ok_and(|pieces| pieces.iter().any(is_variable))
}

/// True if a text of a node holds `${…}`; reports one that cannot be read.
fn holds_variables(node: &Node, faults: &mut Faults) -> bool {
    match node {
        Node::Scalar(scalar) => {
            if let Err(reason) = pieces(&scalar.text) {
                faults.add("variable", &scalar.span, reason.to_string(), FORMS);
            }
            holds_variable(&scalar.text)
        }
        Node::List(items, _) => items.iter().filter(|item| holds_variables(item, faults)).count() > 0,
        Node::Map(entries, _) => entries.iter().filter(|entry| holds_variables(&entry.value, faults)).count() > 0,
        Node::Broken(_) => false,
    }
}

impl Base<'_> {
    /// Reads `override:`.
    pub fn read(&self, node: &Node, faults: &mut Faults) -> Option<Override> {
        match holds_variables(node, faults) {
            true => Some(Override::Open(Open { node: node.clone(), known: self.known.clone() })),
            false => self.laid(node, faults).map(|laid| Override::Laid(Box::new(laid))),
        }
    }

    fn laid(&self, node: &Node, faults: &mut Faults) -> Option<Laid> {
        let fields = faults.fields(node, "`override`", &[OVERRIDE])?;
        let mut reasons = Vec::new();
        let policy = fields.get("policy").map(|node| self.policy(node, &mut reasons, faults));
        let subset = fields.get("subset").and_then(|node| rows::subset(node, faults));
        let seed = fields.get("seed").and_then(|node| seed::seed(node, self.known, faults));
        let own = fields.get("tables").map(|node| tables(node, &[OVERRIDE_TABLE], self.known, faults));
        Some(Laid {
            policy: policy.unwrap_or(self.policy),
            tables: self.tables(own.unwrap_or_default(), &mut reasons, faults),
            subset: subset.or_else(|| self.subset.cloned()),
            seed: seed.map_or_else(|| self.seed.clone(), |own| self.seed.under(own)),
            reasons,
        })
    }

    fn policy(&self, node: &Node, reasons: &mut Vec<Spanned<String>>, faults: &mut Faults) -> Policy {
        let own = policy(node, &[OVERRIDE_POLICY], self.policy, faults);
        let reason = match node {
            Node::Map(entries, span) => Fields::of(entries, OVERRIDE_POLICY, span).get("reason"),
            _ => None,
        };
        let reason = reason.and_then(|node| faults.text(node, "`reason`"));
        let objects = own.large_objects == LargeObjects::Keep && self.policy.large_objects != LargeObjects::Keep;
        let comments = own.keep_comments && !self.policy.keep_comments;
        let exemptions = self.policy.refuse_exemptions && !own.refuse_exemptions;
        if (objects || comments || exemptions) && reason.is_none() {
            let message = "`override` keeps what the file itself does not keep";
            faults.add("weaker-override", &node.span(), message, WHY);
        }
        reasons.extend(reason);
        own
    }

    /// The file's rules of tables, each under what the environment has of its own.
    fn tables(&self, own: Vec<TableRule>, reasons: &mut Vec<Spanned<String>>, faults: &mut Faults) -> Vec<TableRule> {
        let mut own: BTreeMap<_, _> = own.into_iter().map(|rule| (rule.name.value.clone(), rule)).collect();
        let mut all = Vec::new();
        for base in self.tables {
            all.push(match own.remove(&base.name.value) {
                Some(rule) => {
                    reasoned(&rule, Some(base), faults);
                    reasons.extend(rule.reason.clone());
                    over(base, rule)
                }
                None => base.clone(),
            });
        }
        for rule in own.into_values() {
            reasoned(&rule, None, faults);
            reasons.extend(rule.reason.clone());
            all.push(rule);
        }
        all
    }
}

/// Reports what is weaker than the file's own rule and has no reason.
fn reasoned(rule: &TableRule, base: Option<&TableRule>, faults: &mut Faults) {
    if rule.reason.is_some() {
        return;
    }
    let kept = |name| base.is_some_and(|base| base.keep.iter().any(|kept| kept.value == name));
    for column in rule.keep.iter().filter(|column| !kept(column.value.clone())) {
        let message = format!("`override` keeps the column {}, which the file itself does not", column.value);
        faults.add("weaker-override", &column.place.span, message, WHY);
    }
    let rest = rule.keep_rest.as_ref().filter(|_| base.is_none_or(|base| base.keep_rest.is_none()));
    let delete = rule.delete.as_ref().filter(|own| other(base.and_then(|base| base.delete.as_ref()), own));
    let retain = rule.retain.as_ref().filter(|own| other(base.and_then(|base| base.retain.as_ref()), own));
    let weaker: [(&str, Option<&FilePlace>); 3] = [
        ("`override` keeps the rest of the columns, which the file itself does not", rest),
        ("`override` deletes other rows than the file itself", delete.map(|own| &own.place)),
        ("`override` retains other rows than the file itself", retain.map(|own| &own.place)),
    ];
    for (message, place) in weaker {
        if let Some(place) = place {
            faults.add("weaker-override", &place.span, message, WHY);
        }
    }
}

/// True if a line of the file has another meaning.
fn other<T: PartialEq>(base: Option<&Spanned<T>>, own: &Spanned<T>) -> bool {
    base.is_some_and(|base| base.value != own.value)
}

/// A rule of an environment over that of the file: column by column, and key by key.
fn over(base: &TableRule, own: TableRule) -> TableRule {
    let named = |name| {
        let mut columns = own.keep.iter().chain(own.mask.iter().map(|(column, _)| column));
        columns.any(|column| column.value == name)
    };
    let keep = base.keep.iter().filter(|column| !named(column.value.clone())).cloned();
    let mask = base.mask.iter().filter(|(column, _)| !named(column.value.clone())).cloned();
    let (keep, mask) = (keep.collect::<Vec<_>>(), mask.collect::<Vec<_>>());
    let mut orphans = base.orphans.clone();
    orphans.default = own.orphans.default.or(orphans.default);
    orphans.references.retain(|(column, _)| own.orphans.references.iter().all(|(mine, _)| mine.value != column.value));
    orphans.references.extend(own.orphans.references);
    TableRule {
        name: own.name,
        keep: keep.into_iter().chain(own.keep).collect(),
        keep_rest: own.keep_rest.or_else(|| base.keep_rest.clone()),
        mask: mask.into_iter().chain(own.mask).collect(),
        delete: own.delete.or_else(|| base.delete.clone()),
        retain: own.retain.or_else(|| base.retain.clone()),
        orphans,
        sample: own.sample.or_else(|| base.sample.clone()),
        exempt: own.exempt.or_else(|| base.exempt.clone()),
        at_least: own.at_least.or_else(|| base.at_least.clone()),
        reason: own.reason,
    }
}
