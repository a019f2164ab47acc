//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use super::BUFFER;

/// A file in the making: beside its place until it is whole.
pub struct Output {
    path: PathBuf,
    to: Destination,
}

enum Destination {
    /// Takes the place of the path when it is kept.
    Beside(BufWriter<NamedTempFile>),
    /// What is no file, such as a pipe or a device, is written to as it is.
    Straight(BufWriter<Box<dyn Write + Send>>),
}

/// Refuses to write two outputs to one file, or over an input.
pub fn refuse_clashes(outputs: &[&Path], inputs: &[&Path]) -> Result<(), String> {
    let same = |a: &Path, b: &Path| {
        a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
    };
    for (i, output) in outputs.iter().enumerate() {
        let others = outputs.iter().skip(i + 1).chain(inputs);
        // Two outputs may share a pipe or a device, such as /dev/null.
        if is_file_to_be(output) && others.into_iter().any(|other| same(output, other)) {
            return Err(format!("{}: would be written over; name another file", output.display()));
        }
    }
    Ok(())
}

fn is_file_to_be(path: &Path) -> bool {
    path != Path::new("-") && fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

impl Output {
    pub fn create(path: &Path) -> Result<Self, String> {
        let to = Self::destination(path)
            .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
        Ok(Self { path: path.to_owned(), to })
    }

    fn destination(path: &Path) -> io::Result<Destination> {
        if is_file_to_be(path) {
            let folder = path.parent().filter(|folder| *folder != Path::new(""));
            let mut builder = tempfile::Builder::new();
            builder.prefix(".filter-").suffix(".tmp");
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
            return Ok(Destination::Beside(BufWriter::with_capacity(BUFFER, file)));
        }
        let straight: Box<dyn Write + Send> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            Box::new(File::options().write(true).open(path)?)
        };
        Ok(Destination::Straight(BufWriter::with_capacity(BUFFER, straight)))
    }

    fn writer(&mut self) -> &mut dyn Write {
        match &mut self.to {
            Destination::Beside(writer) => writer,
            Destination::Straight(writer) => writer,
        }
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> String {
        format!("{}: cannot be written: {error}", self.path.display())
    }

    pub fn write_line(&mut self, line: &[u8]) -> Result<(), String> {
        let writer = self.writer();
        let written = writer.write_all(line).and_then(|()| writer.write_all(b"\n"));
        written.map_err(|error| self.failed(&error))
    }

    pub fn write_json(&mut self, value: &impl Serialize) -> Result<(), String> {
        let writer = self.writer();
        let written = serde_json::to_writer(&mut *writer, value)
            .map_err(io::Error::from)
            .and_then(|()| writer.write_all(b"\n"));
        written.map_err(|error| self.failed(&error))
    }

    /// Puts every output in its place; where one cannot be, none is left.
    pub fn keep_all(outputs: impl IntoIterator<Item = Self>) -> Result<(), String> {
        // First everything is written out, so that a full disk is noticed before anything is kept.
        let flush = |mut output: Self| match output.writer().flush() {
            Ok(()) => Ok(output),
            Err(error) => Err(output.failed(&error)),
        };
        let outputs = outputs.into_iter().map(flush).collect::<Result<Vec<_>, _>>()?;
        let mut kept: Vec<PathBuf> = Vec::new();
        for output in outputs {
            let Self { path, to } = output;
            let Destination::Beside(writer) = to else { continue };
            let placed =
                writer.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| {
                    file.as_file().sync_all()?;
                    file.persist(&path).map_err(|error| error.error)
                });
            match placed {
                Ok(_) => kept.push(path),
                Err(error) => {
                    for path in kept {
                        // The run has failed already; what cannot be removed is named with it.
                        if let Err(error) = fs::remove_file(&path) {
                            eprintln!("filter: {}: cannot be removed: {error}", path.display());
                        }
                    }
                    return Err(format!("{}: cannot be written: {error}", path.display()));
                }
            }
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}
