//! What to keep of an erased subject, so that a training run can still be audited.
//!
//! An erasure (GDPR 17) ends the use of a person's data. It does not undo the runs that took place.
//! The person, an authority or a court may later ask whether such a run was right. To answer, an
//! [`Audit`](crate::ledger::Audit) decides each admission anew, on the facts of its subjects.
//!
//! Whether and how long you may keep these facts is a legal question, which this page does not answer.
//! It says what you can prove after each choice.
//!
//! # What an audit needs
//!
//! | what you keep of an erased subject | what an audit says about the subject's records |
//! |---|---|
//! | all facts, and the erasure | whether each admission was sound |
//! | the id and the erasure alone | "not audited for lack of the subject", and when they were erased |
//! | nothing | "not audited for lack of the subject", as not in the registry |
//!
//! The facts are few and small:
//!
//! - of a subject: the year of birth, and the residences, audiences, choices, restrictions and
//!   erasures, each with its two instants;
//! - of a record: the id, the subjects, the kind, and when it was created and deleted.
//!
//! An audit needs no names, addresses or contents of posts.
//!
//! # Three ways
//!
//! - **Keep the facts apart.** Move an erased subject's facts to a store of evidence that the product
//!   cannot reach. Give it a time limit: as long as somebody may ask about the run. An audit reads the
//!   registry together with that store. Later runs refuse the person's records because of the erasure.
//! - **Keep the id and the erasure.** The ledger proves which run used whose records.
//!   [`Ledger::deletion_proof`](crate::ledger::Ledger::deletion_proof) proves that no later run used
//!   them. You can no longer prove that an admission was sound.
//! - **Audit before you erase.** Print the audit of every run that used the person's data. Keep it with
//!   the ledger's digest of that day. Then delete the facts.
//!
//! State which way you chose. An audit distinguishes a missing subject from an unsound admission. The
//! facts that you keep still count: if one subject of a record opted out, the admission is unsound,
//! even if another subject was erased.
//!
//! # Outside the registry
//!
//! - The opt-out of an erased subject: a [`SuppressionList`](crate::ledger::SuppressionList) keeps it
//!   by token, in case the person comes back.
//! - The ledger names subjects by id. Use ids that mean nothing outside your platform, so that an
//!   erasure leaves a pseudonym there and no name.
//! - The ledger's [digest](crate::ledger::Ledger::digest) after each run: keep it in a place that the
//!   writers of the ledger's file cannot change. The model registry or a ticket is such a place. If somebody
//!   cuts runs off the end, the ledger no longer [holds](crate::ledger::Ledger::holds) the digest.
//! - The models: [`Ledger::models_of`](crate::ledger::Ledger::models_of) names the models that learned
//!   from the person, directly or through a run that they build on.
