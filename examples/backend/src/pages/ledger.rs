//! The sealed runs on the page of an officer, and their audits.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use may_train::ledger::Ledger;
use serde::Deserialize;

use super::language::{Language, Reads};
use super::layout::page;
use crate::api;
use crate::app::Service;
use crate::auth::{Role, Visitor};
use crate::problem::Answer;
use crate::say;

/// The sealed runs, each with a link to its audit.
#[must_use]
pub fn runs(language: &Language, ledger: &Ledger) -> Markup {
    let runs: Vec<_> = ledger.runs().collect();
    html! {
        section aria-labelledby="runs" {
            h2 #runs { (say!(language, "ledger-heading")) }
            @if runs.is_empty() {
                p { (say!(language, "runs-none")) }
            } @else {
                div.scroll role="region" tabindex="0" aria-label=(say!(language, "ledger-table")) {
                    table {
                        caption { (say!(language, "ledger-table")) }
                        thead { tr {
                            @for id in ["ledger-run", "ledger-as-of", "ledger-revision", "ledger-admitted", "ledger-refused", "ledger-audit"] {
                                th scope="col" { (say!(language, id)) }
                            }
                        } }
                        tbody {
                            @for run in runs.iter().rev() {
                                tr {
                                    th scope="row" { (run.id()) }
                                    td { (language.date(run.as_of())) }
                                    td { (run.revision().map(ToString::to_string).unwrap_or_default()) }
                                    td.number { (run.admitted()) }
                                    td.number { (run.refused()) }
                                    td {
                                        form method="get" action="/officer/audit" {
                                            input type="hidden" name="run" value=(run.id());
                                            button type="submit" { (say!(language, "ledger-audit-now", run = run.id().as_str())) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Which run is audited.
#[derive(Deserialize)]
pub struct Audited {
    run: String,
}

/// Audits a run, and shows what was found.
///
/// # Errors
///
/// Fails if there is no such run, and if the store does not answer.
pub async fn audit(
    State(service): State<Arc<Service>>,
    Visitor(caller): Visitor,
    reads: Reads,
    Query(Audited { run }): Query<Audited>,
) -> Answer<Response> {
    caller.only(&[Role::Officer])?;
    let (audit, erased) = api::runs::audit_of(&service, &run.parse()?).await?;
    let language = reads.language;
    let title = say!(language, "audit-title", run = run.as_str());
    let lists = [
        ("audit-sound", audit.sound()),
        ("audit-overtaken", count_of(audit.overtaken())),
        ("audit-unsound", count_of(audit.unsound())),
        ("audit-lacking", count_of(audit.lacking())),
        ("audit-missing", count_of(audit.missing())),
    ];
    let content = html! {
        p { (say!(language, "audit-about")) }
        ul {
            @for (id, count) in lists {
                li { (say!(language, id, count = count)) }
            }
            @if erased > 0 {
                li { (say!(language, "audit-erased", count = erased)) }
            }
        }
        p { a href="/officer#runs" { (say!(language, "audit-back")) } }
    };
    Ok(page(reads, "/officer", &title, &content))
}

fn count_of<T>(all: &[T]) -> u64 {
    u64::try_from(all.len()).unwrap_or(u64::MAX)
}
