//! Parses the command line, runs the command, maps its outcome to an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    wireroom::cli::main()
}
