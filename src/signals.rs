//! Opt-out signals of browsers and files, as values: GPC, AIPREF, TDMRep and IAB GPP.
//!
//! A function of this module reads what a request, a response or a file says, and returns a
//! [`Signal`] if it refuses. A signal becomes an opt-out of a subject or a restriction of a record.
//! No signal becomes an opt-in: a value that allows is read, and returns `None`.
//!
//! The page [`guide::signals`](crate::guide::signals) says what each signal covers, and what it does
//! not.
//!
//! ```
//! use may_train::signals;
//! use may_train::{Policy, Record, Registry, Subject, Verdict};
//!
//! let mut registry = Registry::new();
//! registry.insert(Subject::new("u1".parse()?)
//!     .with_birth("1990".parse()?)
//!     .with_residence("US".parse()?, "2019-01-01".parse()?))?;
//! let policy = Policy::shipped("linkedin")?;
//! let record = Record::new("r1".parse()?, "post".parse()?, "2024-01-01".parse()?)
//!     .with_subject("u1".parse()?);
//! let cut_off = "2024-12-01".parse()?;
//! assert_eq!(registry.view(&policy, cut_off).decide(&record).verdict(), Verdict::Eligible);
//!
//! // The browser of the member sends `Sec-GPC: 1`.
//! let seen = "2024-10-01T09:30:00Z".parse()?;
//! let signal = signals::gpc(["1"], seen).ok_or("no signal")?;
//! registry.apply(&signal.opt_out("u1".parse()?, policy.purpose().clone()));
//! let decision = registry.view(&policy, cut_off).decide(&record);
//! assert_eq!(decision.grounds().to_string(), "opted-out");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod aipref;
pub(crate) mod gpc;
#[cfg(feature = "gpp")]
pub(crate) mod gpp;
pub(crate) mod path;
pub(crate) mod robots;
pub(crate) mod signal;
pub(crate) mod tdmrep;

pub use aipref::content_usage;
pub use gpc::gpc;
#[cfg(feature = "gpp")]
pub use gpp::gpp;
pub use robots::robots_txt;
pub use signal::{Signal, Source};
pub use tdmrep::{tdm_meta, tdm_reservation, tdmrep_json};
