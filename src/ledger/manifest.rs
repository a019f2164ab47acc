//! Manifests: the file format of a sealed run, a bill of materials for consent.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::decision::digest::Digest;
use crate::ledger::id_set::IdSet;
use crate::ledger::run::{Format, Head, SealedRun};
use crate::values::error::ReadError;

/// The first line of a manifest: the head of the run and its digest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    pub(crate) head: Head,
    pub(crate) digest: Digest,
}

impl SealedRun {
    /// Writes the manifest: one line of JSON that describes the run, then the bytes of its
    /// identifiers. Identifiers with numbers are bitmaps in the portable Roaring format.
    ///
    /// # Errors
    ///
    /// The error of the writer.
    ///
    /// ```
    /// use may_train::{Policy, Registry};
    /// use may_train::ledger::{SealedRun, TrainingSet};
    ///
    /// let (policy, registry) = (Policy::shipped("linkedin")?, Registry::new());
    /// let now = "2024-12-01".parse()?;
    /// let run = TrainingSet::new("run-1".parse()?, &registry.gate(&policy, now, now)).seal();
    ///
    /// let mut manifest = Vec::new();
    /// run.write_manifest(&mut manifest)?;
    /// assert_eq!(SealedRun::read_manifest(manifest.as_slice())?, run);
    ///
    /// let text = String::from_utf8(manifest)?.replace("\"refused\":0", "\"refused\":1");
    /// assert_eq!(SealedRun::read_manifest(text.as_bytes()).unwrap_err().to_string(),
    ///     "the digest does not match: it was changed since it was sealed; take it from where it \
    ///      was sealed");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_manifest(&self, writer: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut *writer, &self.sealed())?;
        writer.write_all(b"\n")?;
        writer.write_all(&self.body())
    }

    /// Reads a manifest. It must be, byte for byte, a manifest as it was written.
    ///
    /// # Errors
    ///
    /// Fails if the reader fails, or if even one byte of the manifest has changed.
    pub fn read_manifest(mut reader: impl Read) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        reader
            .read_to_end(&mut bytes)
            .map_err(|error| ReadError::new(format!("cannot be read: {error}")))?;
        let (line, body) = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .and_then(|end| bytes.split_at_checked(end))
            .and_then(|(line, rest)| Some((line, rest.split_first()?.1)))
            .ok_or_else(|| ReadError::new("not a manifest: its first line has no end"))?;
        let sealed: Sealed = serde_json::from_slice(line)
            .map_err(|error| ReadError::new(format!("not a manifest: {error}")).at_line(1))?;
        if serde_json::to_vec(&sealed).is_ok_and(|written| written == line) {
            Self::unseal(sealed, body)
        } else {
            Err(changed().at_line(1))
        }
    }

    /// Returns the first line of the manifest.
    pub(crate) fn sealed(&self) -> Sealed {
        Sealed { head: self.head.clone(), digest: self.digest }
    }

    /// Builds the run from the first line of a manifest and the bytes of its identifiers.
    ///
    /// # Errors
    ///
    /// Fails if the digest, the format or the number of identifiers does not match the head.
    pub(crate) fn unseal(sealed: Sealed, mut body: &[u8]) -> Result<Self, ReadError> {
        let Sealed { head, digest } = sealed;
        if head.digest(body) != digest {
            return Err(changed());
        }
        if head.format != Format::of(&head.builds_on) {
            let problem = "`builds_on` belongs to the format may-train-run/2, and to no other";
            return Err(ReadError::new(problem));
        }
        let records = IdSet::read_from(&head.records, &mut body)?;
        let subjects = IdSet::read_from(&head.subjects, &mut body)?;
        if body.is_empty() && records.len() == head.admitted {
            Ok(Self { head, digest, records, subjects })
        } else {
            Err(ReadError::new("the identifiers are not as many as the head says"))
        }
    }
}

/// Returns the error for a manifest that has changed.
fn changed() -> ReadError {
    ReadError::new(
        "the digest does not match: it was changed since it was sealed; take it from where it was \
         sealed",
    )
}
