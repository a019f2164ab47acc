//! The standard streams, whose reader may go away, and the end of a command.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static COMMAND: OnceLock<&'static str> = OnceLock::new();

/// The reason why a line could not be printed.
static FAILURE: OnceLock<String> = OnceLock::new();

/// Whether the reader of the standard output is gone.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Runs a command. An error prints one message and gives exit code 2. It is no error if the reader
/// stops reading, as `head` does.
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

/// Prints a message to the standard error. If that fails, the message is lost.
pub fn tell(message: impl Display) {
    let _ = io::stderr().write_all(format!("{message}\n").as_bytes());
}

/// Prints a message to the standard error, after the name of the command.
pub fn warn(message: impl Display) {
    tell(format_args!("{}: {message}", COMMAND.get().unwrap_or(&"may-train")));
}

/// Prints a line. If that fails, the command goes on, and fails at its end.
pub fn print_line(line: impl Display) {
    if let Err(error) = Printer.write_all(format!("{line}\n").as_bytes()) {
        let _ = FAILURE.set(error.to_string());
    }
}

/// Replaces the macro of `std`, which panics if the stream cannot be written.
macro_rules! println {
    ($($words:tt)*) => { $crate::outputs::print_line(format_args!($($words)*)) };
}
pub(crate) use println;

/// Replaces the macro of `std`, which panics if the stream cannot be written.
macro_rules! eprintln {
    ($($words:tt)*) => { $crate::outputs::tell(format_args!($($words)*)) };
}
pub(crate) use eprintln;

/// Returns whether the reader of the standard output is gone, so that no more output is needed.
pub fn is_closed() -> bool {
    IS_CLOSED.load(Ordering::Relaxed)
}

/// The standard output. Once its reader is gone, output is discarded.
pub struct Printer;

impl Printer {
    /// Returns the result of a write, or `let_go` if the reader is gone.
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
