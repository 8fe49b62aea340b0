//! `override:` of an environment: what its clones do otherwise than the file says, already laid over the file.

use super::decode::Fields;
use super::document::{no_variables, policy};
use super::fault::Faults;
use super::keys::{OVERRIDE, OVERRIDE_POLICY, OVERRIDE_TABLE};
use super::masks::Known;
use super::node::Node;
use super::tables::tables;
use super::{LargeObjects, Policy, Rules, Subset, TableRule, rows};
use crate::words::diagnostic::{FilePlace, Spanned};
use std::collections::BTreeMap;

const WHY: &str = "say why beside it, as in `reason: \"dev needs the real plans\"`";

/// What holds for one environment in the place of the file's own lines.
#[derive(Debug, Clone)]
pub struct Override {
    policy: Policy,
    tables: Vec<TableRule>,
    subset: Option<Subset>,
    /// Why more is kept than by the file itself.
    pub reasons: Vec<Spanned<String>>,
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
}

impl Rules {
    /// Lays the override of an environment over the file.
    pub fn override_for(&mut self, environment: usize) {
        if let Some(all) = &self.environments[environment].overrides {
            (self.policy, self.tables, self.subset) = (all.policy, all.tables.clone(), all.subset.clone());
        }
    }
}

impl Base<'_> {
    /// Reads `override:`.
    pub fn read(&self, node: &Node, faults: &mut Faults) -> Option<Override> {
        let fields = faults.fields(node, "`override`", &[OVERRIDE])?;
        no_variables(vec![node], "`${…}` does not work in `override`", faults);
        let mut reasons = Vec::new();
        let policy = fields.get("policy").map(|node| self.policy(node, &mut reasons, faults));
        let subset = fields.get("subset").and_then(|node| rows::subset(node, faults));
        let own = fields.get("tables").map(|node| tables(node, &[OVERRIDE_TABLE], self.known, faults));
        Some(Override {
            policy: policy.unwrap_or(self.policy),
            tables: self.tables(own.unwrap_or_default(), &mut reasons, faults),
            subset: subset.or_else(|| self.subset.cloned()),
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
