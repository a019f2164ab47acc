//! What opting out does and does not do, sentence by sentence, for people who opt out.
//!
//! After each sentence stands the name of the test in `tests/ledger` that proves it. Another test
//! checks that these tests exist. The page describes what the crate decides under a policy. It is no
//! legal advice.
//!
//! # What it does
//!
//! - If the policy's opt-outs reach future runs, an opt-out keeps your data out of every run with a
//!   cut-off at or after it. It ends when you or your guardian opt in for the same purpose.
//!   (`law_3_an_opt_out_binds_every_later_run`)
//! - It counts whether you make it, your guardian, a signal of your browser, or an administrator. (`law_3_an_opt_out_binds_every_later_run`)
//! - An opt-out of a wider purpose counts for every narrower purpose.
//!   (`law_3_an_opt_out_binds_every_later_run`)
//! - If the policy's opt-outs reach future data, an opt-out keeps out what is created at or after it.
//!   (`law_3_an_opt_out_binds_every_later_run`)
//! - If you opt out while a training set is being built, the platform rechecks the set before the run
//!   starts. Records that it may no longer use leave the set. (`a_recheck_equals_deciding_anew`)
//! - If the platform tells you the effect beforehand, the decisions then do exactly that.
//!   (`an_effect_statement_is_what_the_decisions_then_do`)
//! - An opt-out outlives a change of your id. (`renamed_ids_keep_their_opt_outs`)
//! - If two accounts turn out to be yours, an opt-out of either counts for both from then on.
//!   (`merging_never_widens`)
//! - If the platform erases you and you come back, your opt-out still counts, provided that the
//!   platform keeps a suppression list. (`an_opt_out_survives_the_erasure_and_a_new_account`)
//!
//! # What it does not do
//!
//! - It does not change any run with an earlier cut-off: those decisions stay as they are.
//!   (`law_2_later_facts_never_change_earlier_decisions`)
//! - It does not change the documentation of such a run. A sealed run stays as it is, and the ledger
//!   keeps it. (`law_12_a_sealed_run_never_changes_and_its_admissions_were_eligible`,
//!   `a_ledger_never_forgets`)
//! - It does not make a run wrong that took place before the platform could know of it. An audit
//!   distinguishes what was right as known then from what was not.
//!   (`an_audit_decides_anew_as_known_then_and_as_known_now`)
//! - If the policy's opt-outs reach future data alone, an opt-out does not keep out what was created
//!   before it. (`the_statement_under_future_data_says_what_stays_in`)
//! - It does not take back what a model has learned. Nothing in this crate touches a model. The
//!   ledger says which runs used your data. (`a_ledger_never_forgets`)
//! - Nobody may conclude from a refusal that the platform should ask you. The crate lists each ground
//!   against your data with who may change it, and your choice is yours alone.
//!   (`why_not_tells_every_ground_and_the_subject_can_change_what_is_the_subjects`)
