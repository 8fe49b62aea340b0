//! What roles of the present target could no more do in the clone: connected applications would notice first.

use super::{Input, RoleMap, TargetFacts};
use crate::catalog::{Granted, Object};
use crate::words::diagnostic::{Diagnostic, Place, Severity};
use crate::words::name::{Name, printable};
use std::collections::{BTreeMap, HashMap};

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
    for (role, privileges) in lost {
        let others = privileges.len().saturating_sub(NAMED);
        let named = privileges.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
        let more = if others > 0 { format!("; and on {others} others") } else { String::new() };
        let message =
            format!("the role {role} would lose what it may do in the present database: {}{more}", printable(&named));
        let place = Place::ObjectInFile(input.to.name.value.clone(), input.to.name.place.clone());
        let mut diagnostic = Diagnostic::error("grants-lost", place, message).help(
            "let `roles:` map the role of production that has these grants to it, grant them at the source, or say --accept-lost-grants",
        );
        if input.wanted.accept_lost_grants {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
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
