//! What opting out does and does not do.
//!
//! For people, sentence by sentence. Behind each stands the property that proves it, by the name of
//! its test in `tests/ledger`; another test checks that there is one of that name. This is what the
//! crate decides under a policy; it is no legal advice.
//!
//! # What it does
//!
//! - Where the policy's opt-outs reach future runs, an opt-out keeps your data out of every run with
//!   a cut-off at or after it, until you or your guardian opt in for the same purpose.
//!   (`law_3_an_opt_out_binds_every_later_run`)
//! - It does not matter who makes it: you, your guardian, a signal of your browser, or an
//!   administrator. (`law_3_an_opt_out_binds_every_later_run`)
//! - An opt-out of a wider purpose is one of every narrower purpose.
//!   (`law_3_an_opt_out_binds_every_later_run`)
//! - Where the policy's opt-outs reach future data, it keeps out what is created at or after it.
//!   (`law_3_an_opt_out_binds_every_later_run`)
//! - A training set that is being built when you opt out is rechecked before the run starts, and
//!   what no longer may be in it leaves it. (`a_recheck_equals_deciding_anew`)
//! - What you are told beforehand of the effect is what the decisions then do.
//!   (`an_effect_statement_is_what_the_decisions_then_do`)
//! - An opt-out outlives a change of your id. (`renamed_ids_keep_their_opt_outs`)
//! - If two accounts turn out to be yours, an opt-out of either counts for both from then on.
//!   (`merging_never_widens`)
//! - If you are erased and come back, your opt-out is still there, where the platform keeps a
//!   suppression list. (`an_opt_out_survives_the_erasure_and_a_new_account`)
//!
//! # What it does not do
//!
//! - It does not change any run with a cut-off before it: what was decided then is decided.
//!   (`law_2_later_facts_never_change_earlier_decisions`)
//! - It does not change the record of such a run: a sealed run stays as it is, and the ledger keeps
//!   it. (`law_12_a_sealed_run_never_changes_and_its_admissions_were_eligible`,
//!   `a_ledger_never_forgets`)
//! - It does not make a run wrong that took place before the platform could know of it. An audit
//!   tells these apart: what was right as known then from what was not.
//!   (`an_audit_decides_anew_as_known_then_and_as_known_now`)
//! - Where the policy's opt-outs reach future data alone, it does not keep out what was created
//!   before it. (`the_statement_under_future_data_says_what_stays_in`)
//! - It does not take back what a model has learned: nothing in this crate touches a model. The
//!   ledger says which runs used your data. (`a_ledger_never_forgets`)
//! - Nobody may conclude from a refusal that you should be asked: what stands against your data is
//!   listed with who may change it, and what you chose is yours.
//!   (`why_not_tells_every_ground_and_the_subject_can_change_what_is_the_subjects`)
