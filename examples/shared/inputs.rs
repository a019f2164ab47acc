//! The inputs of the examples: a file, the parts in a folder, the files that match a pattern, or
//! the standard input, packed or not.

#![allow(dead_code, reason = "not every example uses all of it")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

const BUFFER: usize = 1 << 20;

/// The longest text that is read whole, in bytes.
const LONGEST_TEXT: u64 = 16 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns whether a path stands for the standard input or the standard output.
pub fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// Returns the name of an input in messages.
pub fn name(path: &Path) -> String {
    if is_standard(path) { "standard input".into() } else { path.display().to_string() }
}

/// How a file is packed. The end of its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not packed.
    None,
    /// `.gz`.
    Gzip,
    /// `.zst`.
    Zstandard,
}

impl Packing {
    /// Returns how a file is packed, by its name.
    pub fn of(path: &Path) -> Self {
        let is = |ending| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
        match () {
            () if is("gz") => Self::Gzip,
            () if is("zst") => Self::Zstandard,
            () => Self::None,
        }
    }
}

/// Returns the files that a path names, in the order of their names: the file itself, the parts in
/// a folder, or the files that match a pattern. Hidden files and markers such as `_SUCCESS` are not
/// parts.
///
/// # Errors
///
/// Fails for a folder without parts, and for a pattern that matches no file.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: &dyn std::fmt::Display| cannot_be_read(path, error);
    let mut files: Vec<PathBuf> = if path.is_dir() {
        let entries = path.read_dir().map_err(|error| failed(&error))?;
        let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| entry.map(|e| e.path())).collect();
        paths.map_err(|error| failed(&error))?
    } else if let Some(pattern) = path.to_str().filter(|text| text.contains(['*', '?', '['])) {
        if path.exists() {
            return Ok(vec![path.to_owned()]);
        }
        let found = glob::glob(pattern).map_err(|error| failed(&error))?;
        found.collect::<Result<_, _>>().map_err(|error| failed(&error))?
    } else {
        return Ok(vec![path.to_owned()]);
    };
    files.retain(|file| file.is_file() && is_part(file));
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: there is no file; name files, or their folder", path.display()));
    }
    Ok(files)
}

/// Returns whether a file is a part, and neither hidden nor a marker.
fn is_part(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !name.starts_with(['.', '_'])
}

/// Opens a file that is not read from front to back.
pub fn open_file(path: &Path) -> Result<File, String> {
    File::open(path).map_err(|error| cannot_be_read(path, &error))
}

/// An input that is being read and unpacked. A terminal shows the progress.
pub struct Input {
    bar: ProgressBar,
    reader: Box<dyn BufRead>,
}

impl Input {
    /// Opens a file, or `-` for the standard input. `what` names its content: `subjects`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened.
    pub fn open(path: &Path, what: &'static str) -> Result<Self, String> {
        let (bar, raw): (ProgressBar, Box<dyn Read>) = if is_standard(path) {
            let bar = ProgressBar::new_spinner().with_message(what);
            (styled(bar, "{msg} {bytes}, {bytes_per_sec}"), Box::new(io::stdin()))
        } else {
            if path.is_dir() {
                return Err(format!("{}: is a folder; name a file", path.display()));
            }
            let file = open_file(path)?;
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            let bar = ProgressBar::new(length).with_message(what);
            let form = "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
            (styled(bar, form), Box::new(file))
        };
        let packed = BufReader::with_capacity(BUFFER, bar.wrap_read(raw));
        let reader: Box<dyn BufRead> = match Packing::of(path) {
            Packing::None => Box::new(packed),
            Packing::Gzip => {
                Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(packed)))
            }
            Packing::Zstandard => Box::new(BufReader::with_capacity(BUFFER, Frames::new(packed))),
        };
        Ok(Self { bar, reader })
    }
}

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.reader.read(bytes)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Runs work that may take long, while a terminal shows that it goes on.
pub fn step<T>(what: &'static str, work: impl FnOnce() -> T) -> T {
    let bar = styled(ProgressBar::new_spinner(), "{msg} {spinner} {elapsed}").with_message(what);
    // Without a terminal there is nothing to draw, and no need for a thread.
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    let done = work();
    bar.finish_and_clear();
    done
}

/// Reads a whole text, without its byte order mark.
///
/// # Errors
///
/// Fails if the text cannot be read, is not UTF-8, or is longer than 16 MiB.
pub fn read_text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = Input::open(path, "policy")?.take(LONGEST_TEXT + 1).read_to_end(&mut bytes);
    read.map_err(|error| cannot_be_read(path, &error))?;
    if bytes.len() as u64 > LONGEST_TEXT {
        return Err(format!("{}: longer than 16 MiB; name a policy's TOML file", name(path)));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(format!("{}: UTF-16; write UTF-8", name(path)));
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    String::from_utf8(bytes).map_err(|error| {
        format!("{}: not UTF-8, at byte {}", name(path), error.utf8_error().valid_up_to() + 1)
    })
}

/// Returns the message for an input that cannot be read.
pub fn cannot_be_read(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: cannot be read: {error}", name(path))
}

/// Returns the bar with a template.
fn styled(bar: ProgressBar, form: &str) -> ProgressBar {
    match ProgressStyle::with_template(form) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A reader that unpacks Zstandard frame by frame, and verifies the checksum of each frame that has
/// one.
struct Frames<R> {
    packed: R,
    decoder: FrameDecoder,
    /// Whether a frame was begun and its checksum is not yet verified.
    is_within: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(packed: R) -> Self {
        Self { packed, decoder: FrameDecoder::new(), is_within: false }
    }

    /// Begins the next frame. Returns false if there is none.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => {
                    self.is_within = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut (&mut self.packed).take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Ends a frame, and verifies its checksum.
    fn verify(&mut self) -> io::Result<()> {
        self.is_within = false;
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(written), Some(found)) if written != found => {
                Err(io::Error::other("the checksum is wrong; the file is damaged"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
        loop {
            if !self.is_within && !self.begin()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let decoded = self.decoder.decode_blocks(&mut self.packed, UptoBlocks(1));
                decoded.map_err(io::Error::other)?;
            }
            let read = self.decoder.read(bytes)?;
            if read > 0 || bytes.is_empty() {
                return Ok(read);
            }
            self.verify()?;
        }
    }
}
