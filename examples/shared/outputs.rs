//! The outputs of the examples: files, written whole or not at all, and the standard streams.

#![allow(dead_code, unused_imports, unused_macros, reason = "not every example uses all of it")]

#[path = "streams.rs"]
mod streams;
#[path = "unfinished.rs"]
mod unfinished;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::inputs::{Packing, is_standard};
pub(crate) use streams::{Printer, eprintln, is_closed, print_line, println, run, tell, warn};
use unfinished::Part;
pub(crate) use unfinished::{Made, Scratch};

const BUFFER: usize = 1 << 20;

/// The bytes of one Zstandard frame, before packing.
const FRAME: usize = 4 << 20;

// ---- What must not be written over ----

/// The file or stream behind a path. One file may have several names.
#[derive(PartialEq, Eq)]
enum Identity {
    StandardInput,
    StandardOutput,
    /// An existing file: its device and inode, or its path if the system has none.
    File(u64, u64, PathBuf),
    /// A file that does not exist yet.
    New(PathBuf),
}

/// Refuses to write two outputs to one file, to write over an input, and to read one stream twice.
/// Call it before reading anything.
///
/// # Errors
///
/// Names the first output that would be written over.
pub fn refuse_clashes(outputs: &[&Path], inputs: &[&Path]) -> Result<(), String> {
    if inputs.iter().filter(|input| is_standard(input)).count() > 1 {
        return Err("standard input: can be read once; name a file for all inputs but one".into());
    }
    let of_inputs: Vec<_> = inputs.iter().map(|input| (input, of_input(input))).collect();
    let mut before: Vec<Identity> = Vec::new();
    for output in outputs {
        let identities = of_output(output);
        let is_input = of_inputs.iter().any(|(_, of)| of.iter().any(|i| identities.contains(i)));
        if is_input || identities.iter().any(|identity| before.contains(identity)) {
            return Err(format!("{}: would be written over; name another file", name(output)));
        }
        let folder = place(output).ok().and_then(|place| place.parent()?.canonicalize().ok());
        let read = inputs.iter().find(|i| i.is_dir() && i.canonicalize().ok() == folder);
        if let Some(read) = read.filter(|_| is_file_to_be(output)) {
            return Err(format!(
                "{}: lies in {}, which is read; name another folder",
                name(output),
                read.display()
            ));
        }
        before.extend(identities);
    }
    Ok(())
}

/// Returns the files and streams behind an input.
fn of_input(path: &Path) -> Vec<Identity> {
    if is_standard(path) {
        return [Some(Identity::StandardInput), of_stream(&io::stdin())]
            .into_iter()
            .flatten()
            .collect();
    }
    fs::metadata(path).ok().and_then(|metadata| of_file(path, &metadata)).into_iter().collect()
}

/// Returns the files and streams behind an output. A pipe or a device such as /dev/null has none,
/// because several outputs may share it.
fn of_output(path: &Path) -> Vec<Identity> {
    if is_standard_output(path) {
        let standard = [Some(Identity::StandardOutput), of_stream(&io::stdout())];
        return standard.into_iter().flatten().collect();
    }
    match (fs::metadata(path), place(path)) {
        (Ok(metadata), _) => of_file(path, &metadata).into_iter().collect(),
        (Err(_), Ok(place)) => {
            let folder = place.parent().filter(|folder| *folder != Path::new(""));
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().unwrap_or_default();
            vec![Identity::New(folder.join(place.file_name().unwrap_or_default()))]
        }
        (Err(_), Err(_)) => Vec::new(),
    }
}

/// Returns the identity of a regular file; `None` for anything else.
fn of_file(path: &Path, metadata: &fs::Metadata) -> Option<Identity> {
    if !metadata.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let _ = path;
        Some(Identity::File(metadata.dev(), metadata.ino(), PathBuf::new()))
    }
    #[cfg(not(unix))]
    path.canonicalize().ok().map(|path| Identity::File(0, 0, path))
}

/// Returns the file that the shell has redirected a stream from or to; `None` if there is none.
#[cfg(unix)]
fn of_stream(stream: &impl std::os::fd::AsFd) -> Option<Identity> {
    let file = File::from(stream.as_fd().try_clone_to_owned().ok()?);
    of_file(Path::new("-"), &file.metadata().ok()?)
}

#[cfg(not(unix))]
fn of_stream<T>(_: &T) -> Option<Identity> {
    None
}

/// Returns whether an output is the standard output, by any of its names.
fn is_standard_output(path: &Path) -> bool {
    let names = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    names.into_iter().any(|name| path == Path::new(name))
}

/// Returns whether an output is a regular file, existing or new.
fn is_file_to_be(path: &Path) -> bool {
    !is_standard_output(path) && fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

/// Returns the end of a chain of links, at which the file may not exist yet.
fn place(path: &Path) -> io::Result<PathBuf> {
    let mut place = path.to_owned();
    for _ in 0..40 {
        let Ok(next) = place.read_link() else { return Ok(place) };
        place = place.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(io::Error::other("a link that leads to itself; name a file"))
}

/// Returns the name of an output in messages.
fn name(path: &Path) -> String {
    if is_standard(path) { "standard output".into() } else { path.display().to_string() }
}

// ---- Writing ----

/// An output that is being written. A file stays beside its place until it is whole. The end of its
/// name tells how it is packed.
pub struct Output {
    name: String,
    writer: BufWriter<Packed>,
}

impl Output {
    /// Creates an output; `-` is the standard output. A pipe or a device is written directly.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn create(path: &Path) -> Result<Self, String> {
        let name = name(path);
        let to = Self::destination(path).map_err(|error| cannot_be_written(&name, &error))?;
        let packed = match Packing::of(path) {
            Packing::None => Packed::Plain(to),
            Packing::Gzip => Packed::Gzip(GzEncoder::new(to, Compression::default())),
            Packing::Zstandard => Packed::Zstandard { to, frame: Vec::new(), has_frame: false },
        };
        Ok(Self { name, writer: BufWriter::with_capacity(BUFFER, packed) })
    }

    /// Opens what a path names.
    fn destination(path: &Path) -> io::Result<Destination> {
        if is_standard_output(path) {
            return Ok(Destination::Straight { to: Box::new(io::stdout()), is_closed: false });
        }
        if is_file_to_be(path) {
            return Part::create(&place(path)?).map(Destination::Part);
        }
        let file = File::options().write(true).open(path)?;
        Ok(Destination::Straight { to: Box::new(file), is_closed: false })
    }

    /// Returns the message for a failed write.
    fn failed(&self, error: &dyn std::fmt::Display) -> String {
        cannot_be_written(&self.name, error)
    }

    /// Returns whether the reader is gone, so that no more output is needed.
    pub fn is_closed(&self) -> bool {
        matches!(self.writer.get_ref().to(), Destination::Straight { is_closed: true, .. })
    }

    /// Writes a line.
    pub fn write_line(&mut self, line: &[u8]) -> Result<(), String> {
        let written = self.writer.write_all(line).and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|error| self.failed(&error))
    }

    /// Writes lines, each with its end.
    pub fn write_lines(&mut self, lines: &[u8]) -> Result<(), String> {
        self.writer.write_all(lines).map_err(|error| self.failed(&error))
    }

    /// Writes a value as a line of JSON.
    pub fn write_json(&mut self, value: &impl serde::Serialize) -> Result<(), String> {
        let written = serde_json::to_writer(&mut self.writer, value)
            .map_err(io::Error::from)
            .and_then(|()| self.writer.write_all(b"\n"));
        written.map_err(|error| self.failed(&error))
    }

    /// Moves every output into its place. If one fails, none is left.
    ///
    /// # Errors
    ///
    /// Names the first output that cannot be written.
    pub fn keep_all(outputs: impl IntoIterator<Item = Self>) -> Result<(), String> {
        // Write out everything first, so that a full disk is noticed before any file is replaced.
        let (mut names, mut parts) = (Vec::new(), Vec::new());
        for Self { name, writer } in outputs {
            let packed = writer.into_inner().map_err(io::IntoInnerError::into_error);
            match packed.and_then(Packed::finish) {
                Ok(Destination::Part(part)) => {
                    names.push(name);
                    parts.push(part);
                }
                Ok(Destination::Straight { .. }) => {}
                Err(error) => return Err(cannot_be_written(&name, &error)),
            }
        }
        unfinished::keep(&parts).map_err(|(number, error)| {
            cannot_be_written(names.get(number).map_or("", String::as_str), &error)
        })
    }
}

/// Writes a file whole or not at all.
///
/// # Errors
///
/// Fails if the file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let mut output = Output::create(path)?;
    let written = output.write_all(bytes);
    written.map_err(|error| output.failed(&error))?;
    Output::keep_all([output])
}

/// Returns the message for an output that cannot be written.
fn cannot_be_written(name: &str, error: &dyn std::fmt::Display) -> String {
    format!("{name}: cannot be written: {error}")
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The place where bytes go.
enum Destination {
    /// A temporary file that replaces the output when it is kept.
    Part(Part),
    Straight {
        to: Box<dyn Write + Send>,
        /// Whether the reader is gone. Further output is discarded.
        is_closed: bool,
    },
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Part(part) => part.file.write(bytes),
            Self::Straight { is_closed: true, .. } => Ok(bytes.len()),
            Self::Straight { to, is_closed } => match to.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    *is_closed = true;
                    Ok(bytes.len())
                }
                written => written,
            },
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Part(part) => part.file.flush(),
            Self::Straight { is_closed: true, .. } => Ok(()),
            Self::Straight { to, is_closed } => match to.flush() {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    *is_closed = true;
                    Ok(())
                }
                flushed => flushed,
            },
        }
    }
}

/// A destination together with its packing.
enum Packed {
    Plain(Destination),
    Gzip(GzEncoder<Destination>),
    /// One frame after the other, each packed as a whole.
    Zstandard {
        to: Destination,
        frame: Vec<u8>,
        has_frame: bool,
    },
}

impl Packed {
    /// Returns the destination.
    fn to(&self) -> &Destination {
        match self {
            Self::Plain(to) | Self::Zstandard { to, .. } => to,
            Self::Gzip(encoder) => encoder.get_ref(),
        }
    }

    /// Writes what is left in the packer, and returns the destination.
    fn finish(self) -> io::Result<Destination> {
        let mut to = match self {
            Self::Plain(to) => to,
            Self::Gzip(encoder) => encoder.finish()?,
            Self::Zstandard { mut to, frame, has_frame } => {
                if !has_frame || !frame.is_empty() {
                    to.write_all(&pack(&frame))?;
                }
                to
            }
        };
        to.flush()?;
        Ok(to)
    }
}

/// Returns one packed frame.
fn pack(frame: &[u8]) -> Vec<u8> {
    compress_to_vec(frame, CompressionLevel::Fastest)
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstandard { to, frame, has_frame } => {
                frame.extend_from_slice(bytes);
                if frame.len() >= FRAME {
                    to.write_all(&pack(frame))?;
                    frame.clear();
                    *has_frame = true;
                }
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(to) | Self::Zstandard { to, .. } => to.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }
}
