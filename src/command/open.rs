//! What a command needs before it may contact a server: rules, environments, connections, the key.

use super::flags::{Ends, Flags};
use super::reported::Reported;
use super::{Context, forget};
use crate::pg::connect::{ConnectionParams, Server};
use crate::pg::hook::Hook;
use crate::pg::session::Run;
use crate::plan::Wanted;
use crate::rules::{self, Environment, KeySource, Rules, Tier, Variables};
use crate::ui::report::KeyFacts;
use crate::words::diagnostic::{Diagnostic, Place, nearest};
use crate::words::error::{Error, Result};
use crate::words::secret::Key;

/// The database where the run lock is taken, unless the environment names another.
const MAINTENANCE: &str = "postgres";
/// And where the target itself has that name, as some providers have it.
const OTHER_MAINTENANCE: &str = "template1";

/// Both ends of a refresh, opened as far as files and variables go.
pub struct Opened {
    /// The rules.
    pub rules: Rules,
    /// Places of the two environments in the rules.
    ends: (usize, usize),
    /// The source.
    pub source: Server,
    /// The target, under its published name.
    pub target: Server,
    /// The target's maintenance database.
    pub maintenance: String,
    /// What all sessions have in common.
    pub run: Run,
    /// The run.
    pub id: String,
    /// The masking key.
    pub key: Key,
    /// What flags and file ask for.
    pub wanted: Wanted,
    /// What is done in the built database before it is published.
    pub after: Vec<Hook>,
}

impl Opened {
    /// The environment that is read.
    pub fn from(&self) -> &Environment {
        &self.rules.environments[self.ends.0]
    }

    /// The environment that is refreshed.
    pub fn to(&self) -> &Environment {
        &self.rules.environments[self.ends.1]
    }
}

/// What a command wants with the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It masks: without a key there is nothing to do.
    Mask,
    /// It shows what would be done: any key will do where there is none.
    Show,
}

/// Reads the rules, picks the environments, resolves what they need and nothing else.
pub fn open(
    context: &Context,
    ends: &Ends,
    flags: &Flags,
    purpose: Purpose,
    reported: &mut Reported,
) -> Result<Opened> {
    let mut rules = rules::read(&context.rules).map_err(Error::Usage)?;
    reported.rules(&rules);
    let to = target(&rules, ends)?;
    let from = source(&rules, ends, to)?;
    let variables = Variables::read(&context.rules).map_err(Error::Usage)?;
    rules.override_for(to, &variables).map_err(Error::Usage)?;
    let mut faults = Vec::new();
    let filled = rules::resolve(&rules.environments[to], &variables).map_err(|more| faults.extend(more)).ok();
    let mut found =
        |at: usize| server(&rules, &rules.environments[at], &variables).map_err(|more| faults.extend(more)).ok();
    let (source, target) = (found(from), found(to));
    let (Some(filled), Some((source, notes)), Some((target, more_notes))) = (filled, source, target) else {
        return Err(Error::Usage(faults));
    };
    let written = std::mem::replace(&mut rules.environments[to], filled);
    let environment = &rules.environments[to];
    let after = rules::hooks(&rules, environment, &variables).map_err(Error::Usage)?;
    reported.write_to(&environment.options.report.iter().map(|path| &path.value).collect::<Vec<_>>())?;
    let record = &mut reported.report.record;
    record.warnings.extend(notes.into_iter().chain(more_notes));
    context.screen.diagnostics(&record.warnings);
    // A clone that is masked already needs no key; whether its marker proves it, the plan will see.
    let is_production = rules.environments[from].tier == Tier::Production;
    let of_key = if is_production { purpose } else { Purpose::Show };
    let (key, known) = key(&written, &variables, flags.fresh_key, of_key)?;
    reported.report.key = known.map(|source| KeyFacts { id: key.id(), source: source.word() });
    record.key = reported.report.key.as_ref().map(|key| key.id.clone());
    let id = reported.report.run.to_string();
    tracing::info!(run = %id, source = %source.describe(), target = %target.describe(), "opened");
    let read_only = purpose == Purpose::Show;
    let run = Run { application: format!("standin/{id}"), time_zone: rules.time_zone.clone(), read_only };
    let maintenance = maintenance(environment, &target)?.to_owned();
    let mut wanted = flags.wanted(&rules.environments[from], environment)?;
    wanted.keyless = known.is_none() && !is_production;
    wanted.forget = forget::read(&flags.forget_file, &rules, &context.rules)?;
    Ok(Opened { ends: (from, to), source, target, maintenance, run, id, key, wanted, after, rules })
}

/// Asks on a terminal before `--adopt` may replace what standin did not make.
pub fn consent(context: &Context, flags: &Flags, opened: &Opened) -> Result<()> {
    let target = opened.target.describe();
    if !flags.adopt || context.screen.confirm(&format!("Replace {target}, whoever made it?")) {
        return Ok(());
    }
    let place = Place::from(&opened.to().name.place);
    Err(Error::refused(
        Diagnostic::error("not-confirmed", place, "nobody agreed to --adopt").help("--yes asks nothing"),
    ))
}

/// The key and where it came from; for showing, one that is forgotten and comes from nowhere.
pub fn key(
    environment: &Environment,
    variables: &Variables,
    fresh: bool,
    purpose: Purpose,
) -> Result<(Key, Option<KeySource>)> {
    match rules::key(environment, variables, fresh) {
        Ok((key, source)) => Ok((key, Some(source))),
        Err(error) if purpose == Purpose::Show && error.diagnostics().iter().all(|one| one.code == "no-key") => {
            rules::key(environment, variables, true).map(|(key, _)| (key, None))
        }
        Err(error) => Err(error),
    }
}

/// The server and database of an environment.
pub fn server(
    rules: &Rules,
    environment: &Environment,
    variables: &Variables,
) -> std::result::Result<(Server, Vec<Diagnostic>), Vec<Diagnostic>> {
    let resolved = rules::connection(rules, environment, variables)?;
    let params = ConnectionParams {
        place: Place::from(&environment.name.place),
        url: resolved.url,
        fields: resolved.fields,
        password_command: resolved.password_command,
        base: resolved.base,
    };
    Server::resolve(&params, &|name| variables.get(name).map(|value| value.expose().to_owned()))
}

/// The database where an environment's run lock is taken and names are swapped: never the target itself.
pub fn maintenance<'e>(environment: &'e Environment, target: &Server) -> Result<&'e str> {
    let usual = if target.database() == MAINTENANCE { OTHER_MAINTENANCE } else { MAINTENANCE };
    let Some(written) = &environment.maintenance_database else { return Ok(usual) };
    if written.value != target.database() {
        return Ok(&written.value);
    }
    let message = "the maintenance database is the one that is refreshed, which nobody can swap from inside";
    let fault = Diagnostic::error("maintenance-target", &written.place, message);
    Err(Error::usage(fault.help(format!("leave it out: it is {usual} then"))))
}

/// The environment that is refreshed: `--to`, else the only one of tier staging.
pub fn target(rules: &Rules, ends: &Ends) -> Result<usize> {
    match &ends.to {
        Some(name) => named(rules, "--to", name),
        None => only(rules, Tier::Staging, "--to"),
    }
}

/// The environment that is read: `--from`, else the target's `from:`, else the only one of tier production.
pub fn source(rules: &Rules, ends: &Ends, to: usize) -> Result<usize> {
    let written = rules.environments[to].from.as_ref().map(|from| &from.value);
    match ends.from.as_ref().or(written) {
        Some(name) => named(rules, "--from", name),
        None => only(rules, Tier::Production, "--from"),
    }
}

/// The environment that is read and nothing is made of: `--from`, else the only one of tier production.
pub fn read_only(rules: &Rules, from: Option<&str>) -> Result<usize> {
    match from {
        Some(name) => named(rules, "--from", name),
        None => only(rules, Tier::Production, "--from"),
    }
}

fn named(rules: &Rules, flag: &str, name: &str) -> Result<usize> {
    let names = || rules.environments.iter().map(|environment| environment.name.value.as_str());
    names().position(|known| known == name).ok_or_else(|| {
        let known: Vec<&str> = names().collect();
        let help = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the rules have: {}", known.join(", ")),
        };
        let place = Place::Object(flag.to_owned());
        Error::usage(
            Diagnostic::error("environment-unknown", place, format!("the rules have no environment `{name}`"))
                .help(help),
        )
    })
}

fn only(rules: &Rules, tier: Tier, flag: &str) -> Result<usize> {
    let mut of_tier = rules.environments.iter().enumerate().filter(|(_, environment)| environment.tier == tier);
    let (first, more) = (of_tier.next(), of_tier.next());
    let word = if tier == Tier::Staging { "staging" } else { "production" };
    match (first, more) {
        (Some((at, _)), None) => Ok(at),
        (None, _) => Err(Error::usage(
            Diagnostic::error(
                "environment-missing",
                Place::File(whole(rules)),
                format!("no environment has `tier: {word}`"),
            )
            .help(format!("add one, or name an environment with {flag}")),
        )),
        (Some(_), Some(_)) => Err(Error::usage(
            Diagnostic::error(
                "environment-unclear",
                Place::Object(flag.to_owned()),
                format!("several environments have `tier: {word}`"),
            )
            .help(format!("say which with {flag} ENVIRONMENT")),
        )),
    }
}

fn whole(rules: &Rules) -> crate::words::diagnostic::FilePlace {
    crate::words::diagnostic::FilePlace { file: rules.file.clone(), span: 0..0 }
}

/// The runtime of the thread that orders the others about.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::failed(Diagnostic::error("runtime", Place::Run, format!("cannot start: {error}"))))
}
