//! Temporary files and folders: removed when the process ends, also at a signal.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use tempfile::{TempDir, TempPath};

use super::streams::warn;

/// The ending of the name of a temporary file.
const ENDING: &str = ".part";

/// How many bytes of a file's name the name of its part repeats. The whole name has to fit in 255
/// bytes.
const LONGEST_NAME: usize = 200;

/// A temporary file or folder, which is removed when dropped.
enum Temporary {
    File(TempPath),
    Folder { _folder: TempDir },
    Made(Empty),
}

/// A folder that was made, and is removed unless it holds something: then it is somebody's.
struct Empty(PathBuf);

impl Drop for Empty {
    fn drop(&mut self) {
        if self.0.as_os_str().is_empty() {
            return; // It is kept.
        }
        match fs::remove_dir(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
                warn(format!("{}: cannot be removed: {error}", self.0.display()));
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// The temporary files and folders, by number.
static TEMPORARIES: Mutex<BTreeMap<u64, Temporary>> = Mutex::new(BTreeMap::new());

/// Locks the temporary files and folders.
fn temporaries() -> MutexGuard<'static, BTreeMap<u64, Temporary>> {
    TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds a temporary file or folder, and returns its number.
fn enter(all: &mut BTreeMap<u64, Temporary>, temporary: Temporary) -> Entered {
    let number = all.last_key_value().map_or(0, |(last, _)| last + 1);
    all.insert(number, temporary);
    Entered(number)
}

/// The number of a temporary file or folder. Dropping the number removes it.
struct Entered(u64);

impl Drop for Entered {
    fn drop(&mut self) {
        drop(temporaries().remove(&self.0));
    }
}

/// Removes the temporary files before a signal ends the process. Turns a write beyond the limit of
/// a file's size into an error.
pub fn guard() {
    let ending = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
    if let Ok(mut signals) = Signals::new(ending) {
        let watch = move || {
            for signal in signals.forever() {
                // Hold the lock to the end, so that no new file is made.
                let mut all = temporaries();
                // The last first: a folder that was made ahead of its files is empty after them.
                while all.pop_last().is_some() {}
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        };
        // If no thread can be started, the files are still removed at the end.
        let _ = thread::Builder::new().name("signals".into()).spawn(watch);
    }
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// Returns whether the parent process had this process ignore a signal, as `nohup` does.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// A temporary file beside the file that it will replace. It is locked while its writer lives, so
/// that the next run can tell what a killed one has left.
pub struct Part {
    pub file: File,
    place: PathBuf,
    entered: Entered,
}

impl Part {
    /// Creates the temporary file for a path, which is not a link.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be created there, or if the file at the path must not be written.
    pub fn create(place: &Path) -> io::Result<Self> {
        let replaced = match File::options().write(true).open(place) {
            Ok(file) => Some(file.metadata()?.permissions()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let folder = place.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no folder `{}`; make it", folder.display()),
            ));
        }
        let beginning = beginning(place);
        tell_leftovers(folder, &beginning, place);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&beginning).suffix(ENDING);
        #[cfg(unix)]
        {
            // A new file follows the umask. One that replaces another gets the other's mode before
            // any content.
            let mode = if replaced.is_some() { 0o600 } else { 0o666 };
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
        }
        let mut all = temporaries();
        let (file, path) = builder.tempfile_in(folder).map_err(without_path)?.into_parts();
        let entered = enter(&mut all, Temporary::File(path));
        drop(all);
        if let Some(permissions) = replaced {
            file.set_permissions(permissions)?;
        }
        // Without locks, the part of a killed run looks like the part of a living one.
        let _ = file.try_lock();
        Ok(Self { file, place: place.to_owned(), entered })
    }
}

/// Moves every part into its place. A signal does not interrupt this. If one part fails, none is
/// left.
///
/// # Errors
///
/// Returns the index of the first part that fails, and why.
pub fn keep(parts: &[Part]) -> Result<(), (usize, io::Error)> {
    for (number, part) in parts.iter().enumerate() {
        part.file.sync_all().map_err(|error| (number, error))?;
    }
    let mut all = temporaries();
    let mut kept: Vec<&Path> = Vec::new();
    let mut failure = None;
    for (number, part) in parts.iter().enumerate() {
        let Some(Temporary::File(path)) = all.remove(&part.entered.0) else { continue };
        match path.persist(&part.place) {
            Ok(()) => kept.push(&part.place),
            Err(error) => {
                failure = Some((number, error.error));
                break;
            }
        }
    }
    if failure.is_some() {
        for path in kept {
            // The run has failed already, so that this is only a warning.
            if let Err(error) = fs::remove_file(path) {
                warn(format!("{}: cannot be removed: {error}", path.display()));
            }
        }
    }
    drop(all);
    failure.map_or(Ok(()), Err)
}

/// Returns the beginning of the names of a file's parts.
fn beginning(place: &Path) -> String {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let end = (0..=LONGEST_NAME.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    format!(".{}.", &name[..end.unwrap_or(0)])
}

/// Warns of parts that killed runs have left.
fn tell_leftovers(folder: &Path, beginning: &str, place: &Path) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_part = name.starts_with(beginning) && name.ends_with(ENDING);
        // If nobody holds the lock, the writer is gone.
        let is_left = || File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if is_part && is_left() {
            warn(format!(
                "{}: is what a killed run had written of {}; remove it",
                place.with_file_name(entry.file_name()).display(),
                place.display()
            ));
        }
    }
}

/// Returns the error without the name of the temporary file, which the user did not give.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((problem, _)) => io::Error::new(error.kind(), problem.to_owned()),
        None => error,
    }
}

/// A folder that is made for outputs, and removed unless it is kept.
pub struct Made(Entered);

impl Made {
    /// Makes a folder.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be made.
    pub fn folder(path: &Path) -> io::Result<Self> {
        let mut all = temporaries();
        fs::create_dir(path)?;
        Ok(Self(enter(&mut all, Temporary::Made(Empty(path.to_owned())))))
    }

    /// Keeps the folder.
    pub fn keep(self) {
        if let Some(Temporary::Made(mut made)) = temporaries().remove(&self.0.0) {
            made.0.clear();
        }
    }
}

/// A temporary folder.
pub struct Scratch {
    path: PathBuf,
    _entered: Entered,
}

impl Scratch {
    /// Creates a temporary folder.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be created.
    pub fn new() -> io::Result<Self> {
        let mut all = temporaries();
        let folder = tempfile::Builder::new().prefix("may-train-").tempdir()?;
        let path = folder.path().to_owned();
        Ok(Self { path, _entered: enter(&mut all, Temporary::Folder { _folder: folder }) })
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
