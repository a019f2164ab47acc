//! The workload as raw little-endian columns in a folder, for peers in other languages.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use may_train::Ground;

use crate::europe::EEA;
use crate::workload::{self, KINDS, PLACES, People, Records};

/// A folder that is gone when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("may-train-peers-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes what does not depend on the order of the records.
    pub fn write_people(&self, people: &People) -> io::Result<()> {
        let subjects = 0..u32::try_from(people.len()).expect("fewer than 2^32");
        let owners = |offsets: &[u32]| -> Vec<u32> {
            let spans = offsets.windows(2).map(|span| span[1] - span[0]);
            let counts = subjects.clone().zip(spans);
            counts.flat_map(|(subject, count)| (0..count).map(move |_| subject)).collect()
        };
        self.write("born", people.born.iter().map(|year| year.to_le_bytes()))?;
        self.write("person", subjects.clone().map(u32::to_le_bytes))?;
        let residents = owners(&people.residence_offsets);
        self.write("residence_subject", residents.into_iter().map(u32::to_le_bytes))?;
        self.write("residence_at", people.residence_at.iter().map(|at| at.to_le_bytes()))?;
        self.write(
            "residence_place",
            people.residence_place.iter().map(|place| place.to_le_bytes()),
        )?;
        let choosers = owners(&people.choice_offsets);
        self.write("choice_subject", choosers.into_iter().map(u32::to_le_bytes))?;
        self.write("choice_at", people.choice_at.iter().map(|at| at.to_le_bytes()))?;
        self.write("choice", people.choice.iter().map(|choice| choice.to_le_bytes()))?;
        let grounds: serde_json::Map<_, _> = Ground::ALL
            .iter()
            .map(|ground| (ground.as_str().to_owned(), ground.alone().bits().into()))
            .collect();
        let as_of = may_train::Timestamp::from_micros(workload::as_of()).expect("an instant");
        let facts = serde_json::json!({
            "as_of": as_of, "grounds": grounds, "kinds": KINDS, "places": PLACES, "europe": EEA,
        });
        fs::write(self.0.join("facts.json"), facts.to_string())
    }

    /// Writes the records, in the place of any others.
    pub fn write_records(&self, records: &Records) -> io::Result<()> {
        let rows = 0..u32::try_from(records.len()).expect("fewer than 2^32");
        self.write("row", rows.map(u32::to_le_bytes))?;
        self.write("subject", records.subject.iter().map(|subject| subject.to_le_bytes()))?;
        self.write("created_at", records.created_at.iter().map(|at| at.to_le_bytes()))?;
        self.write("kind", records.kind.iter().map(|kind| kind.to_le_bytes()))?;
        self.write("as_of", records.as_of.iter().map(|at| at.to_le_bytes()))
    }

    fn write<const N: usize>(
        &self,
        name: &str,
        values: impl Iterator<Item = [u8; N]>,
    ) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(self.0.join(name))?);
        for value in values {
            file.write_all(&value)?;
        }
        file.flush()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind in the folder of temporary files does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
