//! The command line: the top-level enum, dispatch, errors to messages and exit codes.

use crate::command::{self, Context};
use crate::ui::screen::Wishes;
use crate::ui::{Color, Format, Screen, log, process, redact, report};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::printable;
use clap::{ArgAction, CommandFactory as _, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// A stand-in for your production database: masked PostgreSQL clones for staging
#[derive(Debug, Parser)]
#[command(name = "standin", version, max_term_width = 100, after_help = EXIT_CODES)]
#[command(disable_help_subcommand = true, disable_help_flag = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What is true after each exit code; the README's table says more.
const EXIT_CODES: &str = "\
Exit codes:
  0         done and verified
  1         failed; running it again will not help
  2         the command line or the rules file is wrong; no server was contacted
  3         refused; nothing was written
  4         findings; nothing was published
  75        temporary; try again
  130, 143  interrupted";

/// Flags of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Rules file [default: $STANDIN_RULES, else standin.yaml]; repeatable for `publish`
    #[arg(long, global = true, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Form of the result on standard output
    #[arg(long, global = true, value_enum, default_value = "text")]
    format: Format,
    /// No progress and no notes; errors and warnings only
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Log to standard error: -v what is done, -vv details, -vvv everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// When to colour; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value = "auto")]
    color: Color,
    /// Ask nothing
    #[arg(long, global = true)]
    yes: bool,
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

/// One variant per command.
#[derive(Debug, Subcommand)]
enum Command {
    Demo(command::demo::Args),
    Plan(command::plan::Args),
    Refresh(command::refresh::Args),
    Publish(command::publish::Args),
    Discard(command::discard::Args),
    Rollback(command::rollback::Args),
    Baseline(command::baseline::Args),
    Reset(command::reset::Args),
    SeedDev(command::seed_dev::Args),
    Profile(command::profile::Args),
    Explain(command::explain::Args),
    Masks(command::masks::Args),
    Key(command::key::Args),
    Schema(command::schema::Args),
    Completions(command::completions::Args),
}

/// Runs the command line and says how it ended. Never panics on a closed stream; never leaves a core file.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    process::forbid_core_dumps();
    process::redact_panics();
    let args: Vec<OsString> = args.into_iter().collect();
    // The hook has said where; what was caught holds the payload and is dropped unseen.
    std::panic::catch_unwind(|| parse(args)).unwrap_or(ExitCode::from(1))
}

fn parse(args: Vec<OsString>) -> ExitCode {
    match Cli::try_parse_from(args) {
        Ok(cli) => cli.start(),
        Err(fault) if fault.use_stderr() => {
            // What was typed in the wrong place may be a URL with its password.
            let told = fault.render().to_string();
            for line in told.trim_end().lines().map(printable) {
                let _ = writeln!(std::io::stderr(), "{}", redact::message(&line));
            }
            ExitCode::from(2)
        }
        Err(help_or_version) => {
            let _ = help_or_version.print();
            ExitCode::SUCCESS
        }
    }
}

impl Cli {
    fn start(self) -> ExitCode {
        let Global { rules, format, quiet, verbose, color, yes, .. } = self.global;
        let screen = Screen::new(Wishes { format, color, quiet, yes });
        log::start(&screen, verbose);
        let from_environment = || std::env::var_os("STANDIN_RULES").filter(|path| !path.is_empty()).map(PathBuf::from);
        let mut files = rules.into_iter();
        let rules = files.next().or_else(from_environment).unwrap_or_else(|| PathBuf::from("standin.yaml"));
        let context = Context { screen, rules, more_rules: files.collect(), declaration: Cli::command };
        match self.command.run(&context) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                context.screen.error(&error);
                // The exit code tells more than a second complaint would.
                let _ = context.screen.object(&report::failure(&error));
                ExitCode::from(error.exit_code())
            }
        }
    }
}

impl Command {
    fn run(self, context: &Context) -> Result<()> {
        if !context.more_rules.is_empty() && !matches!(self, Command::Publish(_)) {
            let place = Place::Object("--rules".to_owned());
            let fault = Diagnostic::error("rules-twice", place, "several rules files are for `publish` alone");
            return Err(Error::usage(fault.help("name one")));
        }
        match self {
            Command::Demo(args) => command::demo::run(args, context),
            Command::Plan(args) => command::plan::run(args, context),
            Command::Refresh(args) => command::refresh::run(args, context),
            Command::Publish(args) => command::publish::run(args, context),
            Command::Discard(args) => command::discard::run(args, context),
            Command::Rollback(args) => command::rollback::run(args, context),
            Command::Baseline(args) => command::baseline::run(args, context),
            Command::Reset(args) => command::reset::run(args, context),
            Command::SeedDev(args) => command::seed_dev::run(args, context),
            Command::Profile(args) => command::profile::run(args, context),
            Command::Explain(args) => command::explain::run(args, context),
            Command::Masks(args) => command::masks::run(args, context),
            Command::Key(args) => command::key::run(args, context),
            Command::Schema(args) => command::schema::run(args, context),
            Command::Completions(args) => command::completions::run(args, context),
        }
    }
}
