//! The arguments of a command; and its shell completions and man page, made from them.

use std::env;
use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::{Command, Parser, ValueEnum};
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use super::outputs::Printer;

const GENERATE: &str = "--generate";
const FORMS: &str = "`bash`, `zsh`, `fish`, `elvish` or `powershell` for the completions of a shell, \
                     `man` for the man page";

/// Reads the arguments and does the work with them.
///
/// # Errors
///
/// If the work fails, or if the form after `--generate` is unknown.
pub fn with<A: Parser>(
    work: impl FnOnce(&A) -> Result<ExitCode, Box<dyn Error>>,
) -> Result<ExitCode, Box<dyn Error>> {
    let command = A::command().after_help(format!("Also `{GENERATE}` with {FORMS}."));
    let mut asked = env::args().skip(1);
    if asked.next().as_deref() == Some(GENERATE) {
        return print(command, asked.next().as_deref()).map(|()| ExitCode::SUCCESS);
    }
    let matches = command.get_matches();
    work(&A::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()))
}

fn print(mut command: Command, form: Option<&str>) -> Result<(), Box<dyn Error>> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    match form.map(|form| (form, Shell::from_str(form, false))) {
        Some(("man", _)) => Man::new(command).render(&mut text)?,
        Some((_, Ok(shell))) => generate(shell, &mut command, name, &mut text),
        Some((form, Err(_))) => return Err(format!("{GENERATE}: `{form}`: give {FORMS}").into()),
        None => return Err(format!("{GENERATE}: give {FORMS}").into()),
    }
    Ok(Printer.write_all(&text)?)
}
