//! What roles of the present target could no more do in the clone: connected applications would notice first.

use super::{Input, RoleMap, TargetFacts};
use crate::catalog::target::Held;
use crate::catalog::{Granted, Object};
use crate::rules::Environment;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::name::{Name, printable};
use std::collections::{BTreeMap, HashMap, HashSet};

/// More objects than these are only counted.
const NAMED: usize = 20;

/// Who may do what; without a name everybody.
type Grant<'g> = (Option<&'g Name>, &'g [String]);

/// Finds each role that may log in and would lose a privilege on something that both databases have.
pub fn lost(input: &Input<'_>, facts: &TargetFacts, roles: &RoleMap, found: &mut Vec<Diagnostic>) {
    let user = Name::from(facts.user.as_str());
    let mut granted: HashMap<&Object, Vec<Grant<'_>>> = HashMap::new();
    for grant in &input.source.grants {
        let all = granted.entry(&grant.object).or_default();
        if let Some(grantee) = becomes(grant, roles, &user) {
            all.push((grantee, &grant.privileges));
        }
    }
    let mut lost: BTreeMap<&Name, Vec<String>> = BTreeMap::new();
    // Who makes the clone can do with it what it must.
    for held in facts.privileges.iter().filter(|held| held.role != user) {
        let Some(grants) = granted.get(&held.object) else { continue };
        let uses = facts.usage.get(&held.role);
        let is_theirs =
            |grantee: &Option<&Name>| grantee.is_none_or(|name| uses.is_some_and(|uses| uses.contains(name)));
        let missing: Vec<&str> = held
            .privileges
            .iter()
            .filter(|privilege| !grants.iter().any(|(grantee, all)| all.contains(privilege) && is_theirs(grantee)))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            lost.entry(&held.role).or_default().push(format!("{} on {}", missing.join(", "), held.object));
        }
    }
    let help = "let `roles:` map the role of production that has these grants to it, grant them at the source, or say --accept-lost-grants";
    found.extend(told(lost, input.to, input.wanted.accept_lost_grants, help));
}

/// Finds each such role again in what was built, once hooks ran; `built` is who can do what there, with what there is.
pub fn taken(
    to: &Environment,
    facts: &TargetFacts,
    built: (&[Held], &HashSet<Object>),
    accepted: bool,
) -> Vec<Diagnostic> {
    let (held, there) = built;
    let held: HashMap<(&Name, &Object), &[String]> =
        held.iter().map(|held| ((&held.role, &held.object), &held.privileges[..])).collect();
    let user = Name::from(facts.user.as_str());
    let mut lost: BTreeMap<&Name, Vec<String>> = BTreeMap::new();
    for was in facts.privileges.iter().filter(|was| was.role != user && there.contains(&was.object)) {
        let now = held.get(&(&was.role, &was.object)).copied().unwrap_or_default();
        let missing: Vec<&str> = was.privileges.iter().filter(|one| !now.contains(one)).map(String::as_str).collect();
        if !missing.is_empty() {
            lost.entry(&was.role).or_default().push(format!("{} on {}", missing.join(", "), was.object));
        }
    }
    told(lost, to, accepted, "grant them in a hook under `after:`, or say --accept-lost-grants")
}

/// One finding for each role, a warning if that is accepted.
fn told(lost: BTreeMap<&Name, Vec<String>>, to: &Environment, accepted: bool, help: &str) -> Vec<Diagnostic> {
    let one = |(role, privileges): (&Name, Vec<String>)| {
        let others = privileges.len().saturating_sub(NAMED);
        let named = privileges.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
        let more = if others > 0 { format!("; and on {others} others") } else { String::new() };
        let message =
            format!("the role {role} would lose what it may do in the present database: {}{more}", printable(&named));
        let place = Place::ObjectInFile(to.name.value.clone(), to.name.place.clone());
        let diagnostic = Diagnostic::error("grants-lost", place, message).help(help);
        if accepted { diagnostic.as_warning() } else { diagnostic }
    };
    lost.into_iter().map(one).collect()
}

/// Who has a grant of the source in the clone: `Some(None)` is everybody, `None` nobody.
fn becomes<'r>(grant: &'r Granted, roles: &'r RoleMap, user: &'r Name) -> Option<Option<&'r Name>> {
    let Some(grantee) = &grant.grantee else { return Some(None) };
    match roles.get(grantee) {
        None => Some(Some(grantee)),
        Some(Some(role)) => Some(Some(role)),
        // What nobody owns any more is owned by whoever makes the clone.
        Some(None) => grant.owner.then_some(Some(user)),
    }
}
