//! The binary: a process that cannot leave its memory behind, and the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    standin::cli::run(std::env::args_os())
}
