//! Files and folders that must not outlive the process: removed when it ends, on a signal, too.

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

/// What ends the name of a file in the making.
const ENDING: &str = ".part";

/// How many bytes of a file's name stand in that of its part: all names have to fit in 255.
const LONGEST_NAME: usize = 200;

/// What is dropped is removed.
enum Temporary {
    File(TempPath),
    Folder { _folder: TempDir },
}

/// What there is, by number.
static TEMPORARIES: Mutex<BTreeMap<u64, Temporary>> = Mutex::new(BTreeMap::new());

fn temporaries() -> MutexGuard<'static, BTreeMap<u64, Temporary>> {
    TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn enter(all: &mut BTreeMap<u64, Temporary>, temporary: Temporary) -> Entered {
    let number = all.last_key_value().map_or(0, |(last, _)| last + 1);
    all.insert(number, temporary);
    Entered(number)
}

/// The number of a temporary, which is removed with it.
struct Entered(u64);

impl Drop for Entered {
    fn drop(&mut self) {
        drop(temporaries().remove(&self.0));
    }
}

/// Removes what is unfinished before a signal ends the process, and makes an error of a write beyond
/// the limit of a file's size.
pub fn guard() {
    let ending = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
    if let Ok(mut signals) = Signals::new(ending) {
        let watch = move || {
            for signal in signals.forever() {
                // It is held to the end: nothing new is made.
                let mut all = temporaries();
                all.clear();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        };
        // Without a thread to spare, the files are removed at the end all the same.
        let _ = thread::Builder::new().name("signals".into()).spawn(watch);
    }
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// Returns whether whoever started the process has it ignore a signal, as `nohup` does.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// A file in the making, beside its place. It is locked while its writer lives, so that the next run
/// tells what a killed one has left.
pub struct Part {
    pub file: File,
    place: PathBuf,
    entered: Entered,
}

impl Part {
    /// Begins a file that will stand in this place, which is no link.
    ///
    /// # Errors
    ///
    /// Where none can be made there, or the file in its place must not be written.
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
            // A new file follows the umask; one that replaces another has its mode from the first byte.
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
        // Where there are no locks, a killed run's part is not told from a living one's.
        let _ = file.try_lock();
        Ok(Self { file, place: place.to_owned(), entered })
    }
}

/// Puts every part in its place, which a signal does not interrupt; where one cannot be, none is left.
///
/// # Errors
///
/// For the first that cannot be put in its place: its number, and why.
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
            // The run has failed already; what cannot be removed is named with it.
            if let Err(error) = fs::remove_file(path) {
                warn(format!("{}: cannot be removed: {error}", path.display()));
            }
        }
    }
    drop(all);
    failure.map_or(Ok(()), Err)
}

/// How the names of a file's parts begin.
fn beginning(place: &Path) -> String {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let end = (0..=LONGEST_NAME.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    format!(".{}.", &name[..end.unwrap_or(0)])
}

fn tell_leftovers(folder: &Path, beginning: &str, place: &Path) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_part = name.starts_with(beginning) && name.ends_with(ENDING);
        // Its writer is gone where nobody holds the lock.
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

/// The error without the name of the temporary file, which the user did not give.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((problem, _)) => io::Error::new(error.kind(), problem.to_owned()),
        None => error,
    }
}

/// A folder for what is thrown away.
pub struct Scratch {
    path: PathBuf,
    _entered: Entered,
}

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// Where none can be made.
    pub fn new() -> io::Result<Self> {
        let mut all = temporaries();
        let folder = tempfile::Builder::new().prefix("may-train-").tempdir()?;
        let path = folder.path().to_owned();
        Ok(Self { path, _entered: enter(&mut all, Temporary::Folder { _folder: folder }) })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
