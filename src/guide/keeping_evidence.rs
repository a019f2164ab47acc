//! What to keep of the erased, so that a training run can still be audited.
//!
//! An erasure ends the use of a person's data; it does not undo the runs that took place. Somebody
//! may ask later whether such a run was right: the person, an authority, a court. To answer, an
//! [`Audit`](crate::ledger::Audit) decides each admission anew, on the facts of its subjects. Whether
//! and how long you may keep these facts is a legal question, which this page does not answer. It
//! says what each choice leaves you able to prove.
//!
//! # What an audit needs
//!
//! | kept of an erased subject | what an audit says of their records |
//! |---|---|
//! | all facts, and the erasure | whether each admission was sound |
//! | the id and the erasure alone | "not audited for lack of the subject", and when they were erased |
//! | nothing | "not audited for lack of the subject", as not in the registry |
//!
//! Facts are few and small: the residences, the year of birth, the audiences, the choices, the
//! restrictions and the erasures, each with its two instants. Names, addresses and the contents of
//! posts are none of them. Of a record, an audit needs the id, the subjects, the kind, and when it
//! was created and deleted.
//!
//! # Three ways
//!
//! - **Keep the facts apart.** Move an erased subject's facts to a store of evidence, out of reach of
//!   the product, with a time limit: as long as somebody may ask about the run. An audit reads the
//!   registry together with that store. Later runs refuse the person's records by the erasure.
//! - **Keep the id and the erasure.** The ledger proves whose records were used by which run, and
//!   [`Ledger::deletion_proof`](crate::ledger::Ledger::deletion_proof) that no later run used them.
//!   Whether an admission was sound can no longer be shown.
//! - **Audit before you erase.** Keep the printed audit of every run that used the person, with the
//!   ledger's digest of that day, then delete the facts.
//!
//! Whichever you choose, say which: an audit tells the lack apart from an unsound admission, and
//! never calls the one the other. What is left still counts against you: a record whose subject is
//! known to have opted out is unsound, though another subject of it was erased.
//!
//! # Outside the registry
//!
//! - The opt-out of the erased: a [`SuppressionList`](crate::ledger::SuppressionList) keeps it by
//!   token, for the day they come back.
//! - The ledger names subjects by id. Use ids that mean nothing outside your platform, so that an
//!   erasure leaves a pseudonym there, and no name.
//! - The ledger's [digest](crate::ledger::Ledger::digest) after each run: keep it where those who can
//!   write the ledger's file cannot, such as the model registry or a ticket. A ledger whose last runs
//!   were cut off [holds](crate::ledger::Ledger::holds) it no longer.
//! - The models: [`Ledger::models_of`](crate::ledger::Ledger::models_of) names those that learned
//!   from the person, directly or through a run that they build on.
