//! Where the password of a connection comes from; files and commands are read anew for each connection.

use super::passfile::{self, Login};
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::secret::Secret;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

/// How long a password command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);

/// No password is longer; a token of a cloud is some kilobytes.
const GREATEST_LENGTH: u64 = 64 * 1024;

/// Where the password comes from.
pub(super) enum PasswordSource {
    /// It was written.
    Given(Secret),
    /// The first line of a file.
    File(PathBuf),
    /// What a program prints.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
        /// Where a relative program is found, and where it runs.
        base: PathBuf,
    },
    /// A line of a libpq password file, if there is one that fits.
    Passfile(PathBuf),
    /// None.
    Nothing,
}

impl PasswordSource {
    /// Reads the password.
    pub(super) async fn fetch(&self, login: Login<'_>, place: &Place) -> Result<Option<Secret>> {
        match self {
            PasswordSource::Given(password) => Ok(Some(password.clone())),
            PasswordSource::File(path) => from_file(path, place).map(Some),
            PasswordSource::Command { argv, base } => from_command(argv, base, place, COMMAND_LIMIT).await.map(Some),
            PasswordSource::Passfile(path) => Ok(passfile::lookup(path, login)),
            PasswordSource::Nothing => Ok(None),
        }
    }
}

fn from_file(path: &Path, place: &Place) -> Result<Secret> {
    let fault = |why: String| {
        let message = format!("password_file {}: {why}", path.display());
        Error::refused(Diagnostic::error("password", place.clone(), message))
    };
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(path)
        .and_then(|file| std::io::Read::read_to_end(&mut std::io::Read::take(file, GREATEST_LENGTH), &mut bytes))
        .map_err(|cause| fault(cause.to_string()))?;
    clean(&bytes).map_err(|why| fault(why.into()))
}

/// Runs the program without a shell; neither what it prints nor its arguments are ever shown.
async fn from_command(argv: &[String], base: &Path, place: &Place, limit: Duration) -> Result<Secret> {
    let program = argv.first().map(String::as_str).unwrap_or_default();
    let finding = |why: &str| {
        let message = format!("password_command {}: {why}", crate::words::name::printable(program));
        Diagnostic::error("password", place.clone(), message).help(
            "run it by hand: it must print the password as one line and exit with 0; standin shows none of its output",
        )
    };
    let path = if program.contains('/') { base.join(program) } else { PathBuf::from(program) };
    let mut child = tokio::process::Command::new(path)
        .args(argv.iter().skip(1))
        .current_dir(base)
        .env_remove("STANDIN_KEY")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|cause| Error::refused(finding(&format!("cannot be started: {cause}"))))?;
    let group = child.id().and_then(|id| rustix::process::Pid::from_raw(id as i32));
    let mut output = Zeroizing::new(Vec::new());
    let stdout = child.stdout.take();
    let finished = tokio::time::timeout(limit, async {
        if let Some(stdout) = stdout {
            stdout.take(GREATEST_LENGTH).read_to_end(&mut output).await?;
        }
        child.wait().await
    })
    .await;
    match finished {
        Ok(Ok(status)) if status.success() => clean(&output).map_err(|why| Error::refused(finding(why))),
        Ok(Ok(status)) => Err(Error::refused(finding(&describe(status)))),
        Ok(Err(cause)) => Err(Error::refused(finding(&cause.to_string()))),
        Err(_) => {
            if let Some(group) = group {
                // Its children too, or they would outlive us.
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            Err(Error::temporary(finding(&format!("took longer than {} s", limit.as_secs()))))
        }
    }
}

fn describe(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit status {code}"),
        None => "was ended by a signal".into(),
    }
}

/// Takes one line break off the end.
fn clean(bytes: &[u8]) -> std::result::Result<Secret, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "gives text that is not UTF-8")?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        Err("gives an empty password")
    } else if line.contains(['\n', '\0']) {
        Err("gives more than one line")
    } else if bytes.len() as u64 == GREATEST_LENGTH {
        Err("gives too much for a password")
    } else {
        Ok(Secret::new(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(script: &str, limit: Duration) -> Result<Secret> {
        let argv = ["sh", "-c", script].map(String::from);
        from_command(&argv, Path::new("/"), &Place::Run, limit).await
    }

    #[tokio::test]
    async fn a_command_prints_the_password_and_its_failures_print_nothing() {
        let long = Duration::from_secs(5);
        assert_eq!(run("echo 'a b '", long).await.map(|password| password.expose().to_owned()), Ok("a b ".into()));
        for (script, expected) in [
            ("echo CANARY; echo CANARY >&2; exit 3", "exit status 3"),
            ("printf 'CANARY\\nCANARY'", "more than one line"),
            ("true", "empty"),
            ("kill -9 $$", "signal"),
        ] {
            let Err(Error::Refused(list)) = run(script, long).await else { panic!("{script} must be refused") };
            assert!(list[0].message.contains(expected), "{}", list[0].message);
            assert!(!format!("{list:?}").contains("CANARY"));
        }
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_ended_with_its_children() {
        let directory = tempfile::tempdir().expect("a directory");
        let mark = directory.path().join("survived");
        let script = format!("(sleep 1; touch {}) & wait", mark.display());
        let result = run(&script, Duration::from_millis(100)).await;
        assert!(matches!(result, Err(Error::Temporary(_))));
        tokio::time::sleep(Duration::from_millis(1300)).await;
        assert!(!mark.exists());
    }

    #[test]
    fn one_line_break_is_taken_off_a_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), " secret \r\n").expect("written");
        let password = from_file(file.path(), &Place::Run).expect("a password");
        assert_eq!(password.expose(), " secret ");
        assert!(matches!(from_file(Path::new("/nowhere"), &Place::Run), Err(Error::Refused(_))));
    }
}
