//! `standin discard`: drops what `refresh --hold` built.

use super::reported::reported;
use super::{Context, one, open};
use crate::words::error::Result;
use crate::words::event::Phase;

/// Drop what `refresh --hold` built
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment [default: the only one of tier staging]
    #[arg(long, value_name = "ENVIRONMENT")]
    to: Option<String>,
}

/// Drops what is held; nothing held is fine.
pub fn run(args: Args, context: &Context) -> Result<()> {
    reported(context, "discard", &[], |reported| {
        let one = one::open(context, &context.rules, args.to.as_deref(), reported)?;
        reported.report.record.to = Some(one.to(None));
        reported.report.done = "discarded";
        let dropped = open::runtime()?.block_on(one.locked(async |branch, _| branch.target.discard().await))?;
        reported.text = match dropped.is_empty() {
            true => format!("nothing was held for {}", one.environment().name.value),
            false => format!("discarded: {}", dropped.join(", ")),
        };
        reported.report.record.phase = Some(Phase::Done);
        Ok(())
    })
}
