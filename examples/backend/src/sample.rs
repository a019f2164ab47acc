//! What an empty database starts with: a policy, and the sample of the crate for a first look.

use std::fs::File;
use std::io::{BufReader, Error};
use std::path::Path;

use may_train::ndjson::Lines;
use may_train::{Policy, Record, Subject};

use crate::store::Store;

/// Where the sample lies, unless `SAMPLE` names another folder.
pub const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sample");

/// Stores the first policy, if there is none. `name` is an id of a shipped policy or a TOML file.
///
/// # Errors
///
/// Names what cannot be read or stored.
pub async fn first_policy(store: &Store, name: &str) -> Result<(), Box<dyn std::error::Error>> {
    let policy = match Policy::shipped(name) {
        Ok(policy) => policy,
        Err(unknown) if !Path::new(name).exists() => return Err(unknown.into()),
        Err(_) => {
            Policy::from_toml(&std::fs::read_to_string(name)?).map_err(|e| e.in_file(name))?
        }
    };
    if store.policies_after(0).await?.is_empty() {
        store.append_policy(&policy.to_toml()?, 0).await?;
    }
    Ok(())
}

/// Stores the subjects and the records of a folder, if there are no events yet.
///
/// # Errors
///
/// Names the file and the line that cannot be read.
pub async fn import(store: &Store, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    if !store.events_after(0, 1).await?.is_empty() {
        return Ok(());
    }
    let subjects = read::<Subject>(&folder.join("subjects.ndjson"))?;
    let records = read::<Record>(&folder.join("records.ndjson"))?;
    store.put_records(&records).await?;
    store.import(subjects).await?;
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn std::error::Error>> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| Error::other(format!("{name}: {error}")))?;
    let mut lines = Lines::new(BufReader::new(file));
    let mut all = Vec::new();
    while let Some(value) = lines.read().map_err(|error| error.in_file(&name))? {
        all.push(value);
    }
    Ok(all)
}
