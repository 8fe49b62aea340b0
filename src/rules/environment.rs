//! `environments:`.

use super::baseline;
use super::decode::Fields;
use super::fault::{Faults, choices, shown};
use super::interpolate::{FORMS, Piece, is_variable, pieces};
use super::keys::{CONNECTION, ENVIRONMENT, HOOK, KEEP_PREVIOUS, KEY, LIMITS};
use super::node::{Entry, Node};
use super::overrides::Base;
use super::scalar;
use super::words::{Allow, ExtensionWord, Into as Way, Prefer};
use super::{Connection, Environment, Hook, HookStep, KeepPrevious, KeyRule, Limits, Options, RoleRule, Tier};
use crate::mask::args::Period;
use crate::pg::connect::has_literal_password;
use crate::words::diagnostic::Spanned;
use crate::words::name::Name;
use std::collections::BTreeSet;

/// How long a hook may take unless its `timeout` says otherwise.
const HOOK_LIMIT: Period = Period { months: 0, days: 0, seconds: 600 };

/// How long what was held may be published unless `hold:` says otherwise.
const HOLD: Period = Period { months: 0, days: 0, seconds: 24 * 3600 };

/// Reads all environments.
pub fn environments(node: &Node, base: &Base<'_>, faults: &mut Faults) -> Vec<Environment> {
    let entries = faults.entries(node, "`environments`").unwrap_or_default();
    let environments = entries.iter().filter_map(|entry| environment(entry, base, faults)).collect::<Vec<_>>();
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.key.text.as_str()).collect();
    for (environment, from) in environments.iter().filter_map(|e| Some((e, e.from.as_ref()?))) {
        if from.value == environment.name.value {
            faults.add("from-itself", &from.place.span, format!("{} reads itself", shown(&from.value)), "");
        } else if !names.contains(from.value.as_str()) && !faults.cut() {
            let message = format!("there is no environment {}", shown(&from.value));
            let others = names.iter().copied().filter(|name| *name != environment.name.value);
            faults.add("unknown-environment", &from.place.span, message, choices(&from.value, others));
        }
    }
    environments
}

fn environment(entry: &Entry, base: &Base<'_>, faults: &mut Faults) -> Option<Environment> {
    let what = format!("environment {}", shown(&entry.key.text));
    let node = without_passwords(&entry.value, faults);
    let fields = faults.fields(&node, &what, &[ENVIRONMENT, CONNECTION])?;
    let tier = fields.get("tier").and_then(|node| faults.word(node, "`tier`"));
    if tier == Some(Tier::Production) {
        only_read(&fields, faults);
    }
    let environment = Environment {
        name: Spanned::new(entry.key.text.clone(), faults.place(&entry.key.span)),
        tier: tier.unwrap_or(Tier::Production),
        from: fields.get("from").and_then(|node| faults.text(node, "`from`")),
        connection: connection(&fields, &what, faults),
        key: fields.get("key").and_then(|node| key(node, faults)),
        keep_previous: fields.get("keep_previous").and_then(|node| keep_previous(node, faults)).unwrap_or_default(),
        hold: fields.get("hold").and_then(|node| faults.period(node, "`hold`")).unwrap_or(HOLD),
        roles: fields.get("roles").map(|node| roles(node, faults)).unwrap_or_default(),
        skip_extensions: fields.get("extensions").map(|node| skip_extensions(node, faults)).unwrap_or_default(),
        template: fields.get("template").and_then(|node| faults.filled(node, "`template`")),
        maintenance_database: fields
            .get("maintenance_database")
            .and_then(|node| faults.filled(node, "`maintenance_database`")),
        after: fields.get("after").map(|node| after(node, faults)).unwrap_or_default(),
        shift_dates: fields.get("baseline").and_then(|node| baseline::shift_dates(node, faults)),
        carry: fields.get("carry").map(|node| super::carry::carry(node, faults)).unwrap_or_default(),
        sequences_start: fields.get("sequences").and_then(|node| super::carry::sequences(node, faults)),
        allow_seed: fields.get("allow").is_some_and(|node| allow_seed(node, faults)),
        limits: fields.get("limits").and_then(|node| limits(node, faults)).unwrap_or_default(),
        overrides: fields.get("override").and_then(|node| base.read(node, faults)),
        options: options(&fields, faults),
    };
    tier.map(|_| environment)
}

/// Takes passwords out of an environment, each a fault.
fn without_passwords(node: &Node, faults: &mut Faults) -> Node {
    let Node::Map(entries, span) = node else { return node.clone() };
    let is_secret = |entry: &Entry| {
        let name = entry.key.text.to_lowercase();
        let secret = ["pass", "pwd", "secret", "token"].iter().any(|part| name.contains(part));
        secret && !CONNECTION.iter().any(|key| key.name == name)
    };
    let (secrets, others): (Vec<Entry>, Vec<Entry>) = entries.iter().cloned().partition(is_secret);
    for entry in secrets {
        let help = "write the password as `${NAME}` inside the url, or use `password_file` or `password_command`";
        faults.secret(&entry.key.span, entry.value.span(), "a password has no place in the rules file", help);
    }
    Node::Map(others, span.clone())
}

/// Reports what only a database that is written to can have.
fn only_read(fields: &Fields<'_>, faults: &mut Faults) {
    let written = ENVIRONMENT.iter().filter(|key| !matches!(key.name, "tier" | "limits"));
    for entry in written.filter_map(|key| fields.entry(key.name)) {
        let message =
            format!("`{}` means nothing here: an environment of tier production is only ever read", entry.key.text);
        faults.add("production-written", &entry.key.span, message, "move it to the environment that is refreshed");
    }
}

fn connection(fields: &Fields<'_>, what: &str, faults: &mut Faults) -> Connection {
    let mut connection = Connection {
        url: fields.get("url").and_then(|node| faults.filled(node, "`url`")),
        fields: Vec::new(),
        password_command: fields
            .get("password_command")
            .and_then(|node| command(node, "`password_command`", "[pass, show, db]", faults)),
    };
    if let Some(url) = &connection.url {
        no_password(url, faults);
    }
    for key in CONNECTION.iter().filter(|key| key.name != "url" && key.name != "password_command") {
        let Some(entry) = fields.entry(key.name) else { continue };
        if let Some(value) = faults.filled(&entry.value, &format!("`{}`", key.name)) {
            let name = Spanned::new(key.name.to_owned(), faults.place(&entry.key.span));
            connection.fields.push((name, value));
        }
    }
    whereabouts(fields, what, faults);
    connection
}

/// Reports two answers to one question about the connection, and no answer at all.
fn whereabouts(fields: &Fields<'_>, what: &str, faults: &mut Faults) {
    const PLACES: [&str; 6] = ["host", "hostaddr", "database", "dbname", "service", "url"];
    if !PLACES.iter().any(|name| fields.get(name).is_some()) {
        let help = "add `url: \"${NAME}\"`, or `host`, `user` and `database`";
        faults.add(
            "missing-key",
            &(fields.span().start..fields.span().start),
            format!("{what} does not say where it is"),
            help,
        );
    }
    let pairs = [("database", "dbname"), ("password_file", "password_command")];
    for (one, other) in pairs {
        if let (Some(_), Some(entry)) = (fields.get(one), fields.entry(other)) {
            let message = format!("`{one}` and `{other}` stand together");
            faults.add("conflict", &entry.key.span, message, "keep one of the two");
        }
    }
}

/// Reports a password that is written out in a URL or keyword string, or in a default inside one.
fn no_password(url: &Spanned<String>, faults: &mut Faults) {
    let defaults = pieces(&url.value).unwrap_or_default().into_iter().filter_map(|piece| match piece {
        Piece::Variable { default, .. } => default,
        Piece::Literal(_) => None,
    });
    if defaults.chain([url.value.as_str()]).any(has_literal_password) {
        let help = "write `${NAME}` in the password's place, or in that of the whole URL";
        faults.secret(&url.place.span, url.place.span.clone(), "a password is written out in `url`", help);
    }
}

fn command(node: &Node, what: &str, example: &str, faults: &mut Faults) -> Option<Spanned<Vec<String>>> {
    let items = faults.items(node, what, &format!("a program and its arguments, as in `{example}`"))?;
    let words: Vec<String> = items.iter().filter_map(|item| Some(faults.filled(item, what)?.value)).collect();
    if items.is_empty() {
        faults.add("wrong-type", &node.span(), format!("{what} names no program"), format!("for example `{example}`"));
    }
    (!words.is_empty() && words.len() == items.len()).then(|| Spanned::new(words, faults.place(&node.span())))
}

fn key(node: &Node, faults: &mut Faults) -> Option<KeyRule> {
    const FORMS: &str = "write `key: { env: NAME }`, `key: { file: PATH }` or `key: fresh`; `standin key` makes one";
    if let Node::Scalar(scalar) = node {
        if scalar.text == "fresh" {
            return Some(KeyRule::Fresh(faults.place(&scalar.span)));
        }
        // The text may be the key itself, so it is not shown.
        let message = "`key` says where the key is; the key itself has no place in the rules file";
        faults.secret(&scalar.span, scalar.span.clone(), message, FORMS);
        return None;
    }
    let fields = faults.fields(node, "`key`", &[KEY])?;
    let id = fields.get("id").and_then(|node| id(node, faults));
    let env = fields.get("env").and_then(|node| variable(node, faults));
    let file = fields.get("file").and_then(|node| faults.filled(node, "`file`"));
    match (fields.get("env"), fields.get("file"), fields.get("id")) {
        (Some(_), Some(_), _) => faults.add("conflict", &node.span(), "`env` and `file` stand together", FORMS),
        (None, None, None) => faults.add("missing-key", &node.span(), "`key` does not say where the key is", FORMS),
        _ => {}
    }
    match (env, file, id) {
        (Some(name), _, id) => Some(KeyRule::Env { name, id }),
        (None, Some(path), id) => Some(KeyRule::File { path, id }),
        (None, None, id) => id.map(|id| KeyRule::Default { id }),
    }
}

/// The name of a variable; anything else may be the key itself, so it is not shown.
fn variable(node: &Node, faults: &mut Faults) -> Option<Spanned<String>> {
    let name = faults.text(node, "`env`")?;
    if is_variable(&name.value) && crate::words::secret::Key::parse(&name.value).is_err() {
        return Some(name);
    }
    let at = name.place.span;
    faults.secret(&at, at.clone(), "`env` is not the name of a variable", "as in `{ env: STANDIN_KEY }`");
    None
}

fn id(node: &Node, faults: &mut Faults) -> Option<Spanned<String>> {
    let id = faults.text(node, "`id`")?;
    let digits = id.value.strip_prefix('k').unwrap_or_default();
    if digits.len() == 8 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Some(id);
    }
    let at = id.place.span;
    let help = "`standin key --id` prints it: k7f3a91c2";
    faults.secret(&at, at.clone(), "`id` is not a key's fingerprint", help);
    None
}

fn keep_previous(node: &Node, faults: &mut Faults) -> Option<KeepPrevious> {
    let fields = faults.fields(node, "`keep_previous`", &[KEEP_PREVIOUS])?;
    let count = fields.get("count").and_then(|node| faults.integer(node, "`count`", 0..=100));
    let for_ = fields.get("for").and_then(|node| faults.period(node, "`for`"));
    Some(KeepPrevious { count: count.map_or(1, |count| count as u32), for_ })
}

fn roles(node: &Node, faults: &mut Faults) -> Vec<RoleRule> {
    let entries = faults.entries(node, "`roles`").unwrap_or_default();
    let rule = |entry: &Entry, faults: &mut Faults| {
        let becomes = faults.filled(&entry.value, &format!("role {}", shown(&entry.key.text)))?;
        Some(RoleRule {
            role: (entry.key.text != "*").then(|| Spanned::new(role(&entry.key.text), faults.place(&entry.key.span))),
            becomes: (becomes.value != "drop").then(|| role(&becomes.value)),
            place: faults.place(&(entry.key.span.start..entry.value.span().end)),
        })
    };
    entries.iter().filter_map(|entry| rule(entry, faults)).collect()
}

fn skip_extensions(node: &Node, faults: &mut Faults) -> Vec<Spanned<Name>> {
    let entries = faults.entries(node, "`extensions`").unwrap_or_default();
    let skipped = |entry: &Entry, faults: &mut Faults| {
        let what = format!("extension {}", shown(&entry.key.text));
        let ExtensionWord::Skip = faults.word(&entry.value, &what)?;
        Some(Spanned::new(Name::from(entry.key.text.as_str()), faults.place(&entry.key.span)))
    };
    entries.iter().filter_map(|entry| skipped(entry, faults)).collect()
}

/// A role's name is one part: a dot needs no quotes, but may have them.
fn role(text: &str) -> Name {
    match crate::words::name::split(text).as_deref() {
        Ok([name]) => Name::from(name.clone()),
        _ => Name::from(text),
    }
}

fn after(node: &Node, faults: &mut Faults) -> Vec<Hook> {
    let items = faults.items(node, "`after`", "a list, as in `[{ sql: staging.sql }]`").unwrap_or_default();
    items.iter().filter_map(|item| hook(item, faults)).collect()
}

fn hook(node: &Node, faults: &mut Faults) -> Option<Hook> {
    let fields = faults.fields(node, "a hook", &[HOOK])?;
    let timeout = fields.get("timeout").map_or(Some(HOOK_LIMIT), |node| faults.period(node, "`timeout`"));
    let step = match (fields.get("sql"), fields.get("run")) {
        (Some(file), None) => faults.filled(file, "`sql`").map(HookStep::Sql),
        (None, Some(argv)) => command(argv, "`run`", "[bin/migrate]", faults).map(HookStep::Run),
        _ => {
            let help = "write `{ sql: FILE }` or `{ run: [PROGRAM, ARGUMENT] }`, with a `timeout` if 10m is not right";
            faults.add("missing-key", &node.span(), "a hook is either `sql` or `run`", help);
            None
        }
    };
    Some(Hook { step: step?, timeout: timeout? })
}

/// `allow:`, a list of what the environment's tier alone does not allow.
fn allow_seed(node: &Node, faults: &mut Faults) -> bool {
    let items = faults.items(node, "`allow`", "a list, as in `[seed]`").unwrap_or_default();
    items.iter().filter(|item| faults.word::<Allow>(item, "`allow`").is_some()).count() > 0
}

fn limits(node: &Node, faults: &mut Faults) -> Option<Limits> {
    let fields = faults.fields(node, "`limits`", &[LIMITS])?;
    let time = |name: &str, faults: &mut Faults| {
        let period = fields.get(name).and_then(|node| faults.period(node, &format!("`{name}`")));
        period.map(scalar::duration)
    };
    let standard = Limits::default();
    Some(Limits {
        snapshot_age: time("snapshot_age", faults),
        replica_lag: time("replica_lag", faults),
        ddl_wait: time("ddl_wait", faults).unwrap_or(standard.ddl_wait),
        jobs: fields.get("jobs").and_then(|node| faults.integer(node, "`jobs`", 1..=64)).map(|jobs| jobs as usize),
        max_rate: fields.get("max_rate").and_then(|node| rate(node, faults)),
        prefer_standby: fields.get("prefer").and_then(|node| faults.word(node, "`prefer`")) == Some(Prefer::Standby),
    })
}

fn rate(node: &Node, faults: &mut Faults) -> Option<u64> {
    faults.read(node, "`max_rate`", scalar::RATE_FORMS, |scalar| scalar::rate(&scalar.text))
}

fn options(fields: &Fields<'_>, faults: &mut Faults) -> Options {
    let report = fields.get("report").map(|node| match node {
        Node::List(items, _) => items.iter().filter_map(|item| faults.filled(item, "`report`")).collect(),
        one => faults.filled(one, "`report`").into_iter().collect(),
    });
    Options {
        existing: fields
            .get("into")
            .and_then(|node| faults.word::<Way>(node, "`into`"))
            .map(|way| way == Way::Existing),
        jobs: fields.get("jobs").and_then(|node| faults.integer(node, "`jobs`", 1..=64)).map(|jobs| jobs as usize),
        max_rate: fields.get("max_rate").and_then(|node| rate(node, faults)),
        deadline: fields.get("deadline").and_then(|node| faults.period(node, "`deadline`")).map(scalar::duration),
        adopt: fields.get("adopt").and_then(|node| faults.boolean(node, "`adopt`")),
        verify: fields.get("verify").and_then(|node| faults.word(node, "`verify`")),
        report: report.unwrap_or_default(),
        accept_lost_grants: fields
            .get("accept_lost_grants")
            .and_then(|node| faults.boolean(node, "`accept_lost_grants`")),
        drop_replication: fields.get("drop_replication").and_then(|node| faults.boolean(node, "`drop_replication`")),
    }
}

impl Faults {
    /// A text in which `${…}` works; the message never shows it.
    fn filled(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        let text = self.text(node, what)?;
        match pieces(&text.value) {
            Ok(_) => Some(text),
            Err(reason) => {
                self.add("variable", &text.place.span, reason.to_string(), FORMS);
                None
            }
        }
    }
}
