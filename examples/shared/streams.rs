//! The standard streams, of which the reader may go away; and how a command ends.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static COMMAND: OnceLock<&'static str> = OnceLock::new();

/// Why a line could not be printed.
static FAILURE: OnceLock<String> = OnceLock::new();

/// Whether the reader of the standard output is gone.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Runs a command: an error is exit code 2 and one message. That nobody reads on, as `head` does not,
/// is no error.
pub fn run(
    command: &'static str,
    work: impl FnOnce() -> Result<ExitCode, Box<dyn Error>>,
) -> ExitCode {
    let _ = COMMAND.set(command);
    super::unfinished::guard();
    let ended = work().and_then(|code| {
        Printer.flush()?;
        FAILURE.get().map_or(Ok(code), |failure| Err(failure.as_str().into()))
    });
    ended.unwrap_or_else(|error| {
        warn(error);
        ExitCode::from(2)
    })
}

/// Tells people something, on the standard error; where nobody listens, nothing can be said of it.
pub fn tell(message: impl Display) {
    let _ = io::stderr().write_all(format!("{message}\n").as_bytes());
}

/// Tells people something, after the name of the command.
pub fn warn(message: impl Display) {
    tell(format_args!("{}: {message}", COMMAND.get().unwrap_or(&"may-train")));
}

/// Prints a line; where it cannot be, the command goes on, and fails at its end.
pub fn print_line(line: impl Display) {
    if let Err(error) = Printer.write_all(format!("{line}\n").as_bytes()) {
        let _ = FAILURE.set(error.to_string());
    }
}

/// Stands for the macro of `std`, which panics where nothing can be written.
macro_rules! println {
    ($($words:tt)*) => { $crate::outputs::print_line(format_args!($($words)*)) };
}
pub(crate) use println;

/// Stands for the macro of `std`, which panics where nothing can be written.
macro_rules! eprintln {
    ($($words:tt)*) => { $crate::outputs::tell(format_args!($($words)*)) };
}
pub(crate) use eprintln;

/// Returns whether the reader of the standard output is gone, so that nothing more needs to be said.
pub fn is_closed() -> bool {
    IS_CLOSED.load(Ordering::Relaxed)
}

/// The standard output. What is written after its reader is gone is let go.
pub struct Printer;

impl Printer {
    fn tolerate<T>(written: io::Result<T>, let_go: T) -> io::Result<T> {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                IS_CLOSED.store(true, Ordering::Relaxed);
                Ok(let_go)
            }
            Err(error) => Err(io::Error::new(
                error.kind(),
                format!("standard output: cannot be written: {error}"),
            )),
            Ok(done) => Ok(done),
        }
    }
}

impl Write for Printer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_closed() {
            return Ok(bytes.len());
        }
        Self::tolerate(io::stdout().write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if is_closed() {
            return Ok(());
        }
        Self::tolerate(io::stdout().flush(), ())
    }
}
