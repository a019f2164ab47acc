//! The page of a member: their setting, what it does, and what is known about them.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use may_train::ledger::{EffectStatement, Outcome, RunId, SealedRun};
use may_train::policy::OptOutReach;
use may_train::{
    Choice, Country, Event, Fact, Place, Policy, Record, Regime, Registry, Subject, SubjectId,
    Timestamp,
};
use serde::Deserialize;

use super::language::{Language, Reads};
use super::layout::page;
use super::reasons::{event as event_sentence, opted_out, reasons};
use super::setting::Setting;
use super::timeline::Timeline;
use crate::api::events;
use crate::app::Service;
use crate::auth::{Caller, Role, Visitor};
use crate::clock;
use crate::problem::{Answer, Problem};
use crate::say;
use crate::store::StoredEvent;

/// How many records are shown, and how many are drawn.
const SHOWN: usize = 20;
const DRAWN: usize = 5;

/// What the page shows of a member.
struct Member {
    subject: Subject,
    /// The member and everybody else in their records.
    registry: Registry,
    records: Vec<Record>,
    events: Vec<StoredEvent>,
    signals: Vec<String>,
    policy: Arc<Policy>,
    now: Timestamp,
}

impl Member {
    /// Reads what is known about a member.
    async fn read(service: &Service, id: &SubjectId) -> Answer<Self> {
        let events = service.store.events_of(id).await?;
        let mut records = service.store.records_of(id).await?;
        records.sort_by_key(|record| std::cmp::Reverse(record.created_at()));
        let signals = service.store.signals_of(id).await?;
        let policy = service.policy()?;
        // A decision reads the subjects of the record and no others: copy them, and let go.
        let mut registry = Registry::new();
        let ids: BTreeSet<&SubjectId> = records.iter().flat_map(Record::subjects).collect();
        for id in ids.into_iter().chain([id]) {
            if let Some(subject) = service.live.registry().get(id) {
                registry.replace(subject.clone());
            }
        }
        let subject = registry.get(id).cloned().unwrap_or_else(|| Subject::new(id.clone()));
        Ok(Self { subject, registry, records, events, signals, policy, now: clock::now() })
    }
}

/// Passes members alone: officers have a page of their own.
fn only_members(caller: &Caller) -> Answer<()> {
    caller.only(&[Role::Member])
}

/// Shows the page.
///
/// # Errors
///
/// Fails if the store does not answer.
pub async fn show(
    State(service): State<Arc<Service>>,
    Visitor(caller): Visitor,
    reads: Reads,
) -> Answer<Response> {
    only_members(&caller)?;
    let member = Member::read(&service, &caller.subject).await?;
    let policy = &member.policy;
    let platform = policy.title().map_or_else(|| policy.platform().to_string(), str::to_owned);
    let language = reads.language;
    let title = say!(language, "me-title");
    let ledger = service.live.ledger();
    let models = ledger.models_of(&caller.subject);
    let content = html! {
        p.faint { (say!(language, "me-about", platform = platform, id = caller.subject.as_str())) }
        (setting(language, &member))
        (residence(language, &member))
        (what_it_does(language, &member, models.direct().len()))
        (timeline(language, &member))
        (records(language, &member))
        (runs(language, models.direct(), models.inherited()))
        (history(language, &member))
    };
    Ok(page(reads, "/me", &title, &content))
}

/// The setting as the jurisdiction offers it: a switch with its default, or none, and why.
fn setting(language: &Language, member: &Member) -> Markup {
    let Member { subject, policy, now, .. } = member;
    let setting = Setting::at(policy, subject, *now);
    let place = setting.place.map(|place| language.place(place)).unwrap_or_default();
    let platform = language.platform(policy.platform());
    let group = setting.group.as_ref().map(ToString::to_string).unwrap_or_default();
    let word = match setting.regime() {
        Some(Regime::Excluded) if !group.is_empty() => "group",
        Some(regime) => regime.as_str(),
        None => "unknown",
    };
    let choice = setting.choice.as_str();
    // Who opted the member out, and when.
    let why = opted_out(language, subject.choice_at(policy.purpose(), *now, None));
    let is_on = setting.is_on();
    let is_opted_out = setting.choice == may_train::ChoiceState::OptedOut;
    let next = if is_on.unwrap_or(!is_opted_out) { "opt-out" } else { "opt-in" };
    html! {
        section aria-labelledby="setting" {
            h2 #setting { (say!(language, "setting-heading")) }
            div.card {
                p { (say!(language, "setting-offer", regime = word, place = place, group = group, platform = platform.as_str())) }
                form method="post" action="/me/choice" {
                    input type="hidden" name="choice" value=(next);
                    @if let Some(is_on) = is_on {
                        button.switch type="submit" role="switch" aria-checked=(is_on) aria-describedby="state" {
                            span.track aria-hidden="true" { span.knob {} }
                            span { (say!(language, "setting-switch", platform = platform.as_str())) }
                        }
                    } @else {
                        button type="submit" { (say!(language, "setting-object", choice = next)) }
                    }
                }
                p #state { strong { (say!(language, "setting-state", on = on_word(is_on), choice = choice, why = why)) } }
                @if let (Some(_), true) = (setting.regime(), setting.kinds.len() > 1) {
                    details {
                        summary { (say!(language, "setting-kinds")) }
                        ul {
                            @for (regime, kinds) in &setting.kinds {
                                @let kinds = kinds.iter().map(|kind| language.kind(kind)).collect::<Vec<_>>().join(", ");
                                li { (say!(language, "setting-kinds-of", regime = regime.as_str(), kinds = kinds)) }
                            }
                        }
                    }
                }
            }
            @for text in &member.signals {
                @if let Some((source, seen)) = signal(text) {
                    p.notice { (say!(language, "signal-noted", source = source, date = language.date_and_time(seen))) }
                }
            }
        }
    }
}

fn on_word(is_on: Option<bool>) -> &'static str {
    match is_on {
        Some(true) => "on",
        Some(false) => "off",
        None => "none",
    }
}

/// Reads a stored signal: where it was found, and when.
fn signal(text: &str) -> Option<(String, Timestamp)> {
    #[derive(Deserialize)]
    struct Stored {
        source: String,
        seen: Timestamp,
    }
    serde_json::from_str(text).ok().map(|Stored { source, seen }| (source, seen))
}

/// Returns where a member lives; `None` if it is not known.
fn held(subject: &Subject, at: Timestamp) -> Option<Place> {
    match subject.residences().in_force(at, None) {
        [only] => *only.value(),
        _ => None,
    }
}

/// Where the member lives, which decides about the setting, and how to change it.
fn residence(language: &Language, member: &Member) -> Markup {
    let held = held(&member.subject, member.now);
    let mut countries: Vec<(String, Country)> =
        Country::all().map(|country| (language.country(country), country)).collect();
    countries.sort();
    html! {
        section aria-labelledby="residence" {
            h2 #residence { (say!(language, "residence-heading")) }
            p {
                @match held {
                    Some(place) => (say!(language, "residence-held", place = language.place(place))),
                    None => (say!(language, "residence-unknown")),
                }
            }
            form.row method="post" action="/me/residence" {
                input type="hidden" name="at" value=(member.now.as_micros());
                label for="country" { (say!(language, "residence-label")) }
                select #country name="country" required {
                    @for (name, country) in &countries {
                        option value=(country) selected[held.is_some_and(|place| place.country() == *country)] { (name) }
                    }
                }
                button type="submit" { (say!(language, "residence-move")) }
            }
        }
    }
}

/// What an opt-out does, and what it does not.
fn what_it_does(language: &Language, member: &Member, runs: usize) -> Markup {
    let reach = member.policy.in_force(member.now).map(may_train::Revision::opt_out_reaches);
    html! {
        section aria-labelledby="does" {
            h2 #does { (say!(language, "does-heading")) }
            h3 { (say!(language, "does-yes")) }
            ul {
                @match reach {
                    Some(OptOutReach::FutureRuns) => li { (say!(language, "does-future-runs")) },
                    Some(OptOutReach::FutureData) => li { (say!(language, "does-future-data")) },
                    Some(OptOutReach::Both) => li { (say!(language, "does-both")) },
                    None => {}
                }
                li { (say!(language, "does-everywhere")) }
                li { (say!(language, "does-erasure")) }
            }
            h3 { (say!(language, "does-no")) }
            ul {
                li { (say!(language, "does-not-past", runs = runs)) }
                li { (say!(language, "does-not-unlearn")) }
                @if reach == Some(OptOutReach::FutureData) {
                    li { (say!(language, "does-not-old-data")) }
                }
            }
        }
    }
}

/// The picture of the newest records.
fn timeline(language: &Language, member: &Member) -> Markup {
    let drawn = Timeline {
        language,
        policy: &member.policy,
        registry: &member.registry,
        subject: &member.subject,
        records: member.records.get(..DRAWN).unwrap_or(&member.records),
        now: member.now,
    };
    html! {
        section aria-labelledby="timeline" {
            h2 #timeline { (say!(language, "timeline-heading")) }
            p { (say!(language, "timeline-about")) }
            (drawn.draw())
        }
    }
}

/// The records, each with the decision on it today and its reasons.
fn records(language: &Language, member: &Member) -> Markup {
    let Member { registry, policy, now, subject, records, .. } = member;
    let view = registry.view(policy, *now);
    html! {
        section aria-labelledby="records" {
            h2 #records { (say!(language, "records-heading")) }
            p { (say!(language, "records-about", count = records.len())) }
            ul.records {
                @for record in records.iter().take(SHOWN) {
                    @let explanation = view.explain(record);
                    @let verdict = explanation.verdict().as_str();
                    li class=(verdict) {
                        p { (say!(language, "row-record", kind = language.kind(record.kind()), date = language.date(record.created_at()))) }
                        p.verdict { (say!(language, "records-verdict", verdict = verdict)) }
                        @for reason in reasons(language, &explanation, subject.id()) {
                            p { (reason) }
                        }
                    }
                }
            }
            @if records.len() > SHOWN {
                p { (say!(language, "records-more", count = records.len() - SHOWN)) }
            }
        }
    }
}

/// The runs that used the member's data, and those that build on them.
fn runs(language: &Language, direct: &[&SealedRun], inherited: &[&SealedRun]) -> Markup {
    let list = |runs: &[&SealedRun], id: &str| {
        html! {
            ul {
                @for run in runs {
                    li { (say!(language, id, run = run.id().as_str(), date = language.date(run.as_of()))) }
                }
            }
        }
    };
    html! {
        section aria-labelledby="runs" {
            h2 #runs { (say!(language, "runs-heading")) }
            @if direct.is_empty() {
                p { (say!(language, "runs-none")) }
            } @else {
                p { (say!(language, "runs-about")) }
                (list(direct, "runs-direct"))
            }
            @if !inherited.is_empty() {
                p { (say!(language, "runs-inherited-about")) }
                (list(inherited, "runs-inherited"))
            }
        }
    }
}

/// What was told and learned about the member, the newest first.
fn history(language: &Language, member: &Member) -> Markup {
    let mut events: Vec<&Event> =
        member.events.iter().filter_map(|stored| stored.event.as_ref()).collect();
    events.sort_by_key(|event| std::cmp::Reverse((event.at(), event.recorded())));
    html! {
        section aria-labelledby="history" {
            h2 #history { (say!(language, "history-heading")) }
            ol.history reversed {
                @for event in events {
                    li {
                        span.faint {
                            @if event.at() > Timestamp::MIN { (language.date_and_time(event.at())) }
                        }
                        span {
                            (event_sentence(language, event))
                            @if event.recorded() > event.at() {
                                " " span.faint { (say!(language, "history-learned", date = language.date_and_time(event.recorded()))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The form of a choice. Without `at` it asks; with it, it is confirmed.
#[derive(Deserialize)]
pub struct ChoiceForm {
    choice: String,
    /// When the question was asked, in microseconds: it makes the answer count once.
    at: Option<i64>,
}

/// Shows what a choice would change, or stores it once it is confirmed.
///
/// # Errors
///
/// Fails if the choice cannot be read or stored.
pub async fn choose(
    State(service): State<Arc<Service>>,
    Visitor(caller): Visitor,
    reads: Reads,
    Form(form): Form<ChoiceForm>,
) -> Answer<Response> {
    only_members(&caller)?;
    let choice: Choice = form.choice.parse()?;
    let purpose = service.policy()?.purpose().clone();
    let now = clock::now();
    let at = form.at.map(Timestamp::from_micros).transpose()?.unwrap_or(now);
    let event = match choice {
        Choice::OptOut => Event::opt_out(caller.subject.clone(), purpose, at),
        Choice::OptIn => Event::opt_in(caller.subject.clone(), purpose, at),
    };
    if form.at.is_some() {
        return store(&service, event).await;
    }
    let member = Member::read(&service, &caller.subject).await?;
    let statement = {
        let ledger = service.live.ledger();
        event.effect(&member.registry, &member.policy, &ledger, &member.records)
    };
    let language = reads.language;
    let title = say!(language, "confirm-title", choice = choice.as_str());
    let content = html! {
        (effect(language, &statement))
        div.row {
            form method="post" action="/me/choice" {
                input type="hidden" name="choice" value=(choice);
                input type="hidden" name="at" value=(at.as_micros());
                button.main type="submit" { (say!(language, "confirm-yes", choice = choice.as_str())) }
            }
            a href="/me" { (say!(language, "confirm-no")) }
        }
    };
    Ok(page(reads, "/me", &title, &content))
}

/// What a choice would change, from the values of the statement.
fn effect(language: &Language, statement: &EffectStatement) -> Markup {
    let count = |outcome| statement.records().iter().filter(|e| e.outcome() == outcome).count();
    let names = |runs: &[RunId]| runs.iter().map(RunId::as_str).collect::<Vec<_>>().join(", ");
    let outcomes = Outcome::ALL.iter().copied().map(|outcome| (outcome, count(outcome)));
    html! {
        p { (say!(language, "effect-about")) }
        ul.effect {
            @for (outcome, count) in outcomes.filter(|(_, count)| *count > 0) {
                li { (say!(language, "effect-records", outcome = outcome.as_str(), count = count)) }
            }
            @for (id, runs) in [("effect-unaffected", statement.unaffected()), ("effect-too-late", statement.too_late_for()),
                ("effect-inherited", statement.inherited()), ("effect-recheck", statement.recheck())] {
                @if !runs.is_empty() {
                    li { (say!(language, id, count = runs.len(), runs = names(runs))) }
                }
            }
        }
    }
}

/// The form of a move.
#[derive(Deserialize)]
pub struct MoveForm {
    country: String,
    /// When the form was shown, in microseconds: it makes the move count once.
    at: i64,
}

/// Stores where the member lives from now on.
///
/// # Errors
///
/// Fails if the country cannot be read, or the move cannot be stored.
pub async fn reside(
    State(service): State<Arc<Service>>,
    Visitor(caller): Visitor,
    Form(form): Form<MoveForm>,
) -> Answer<Response> {
    only_members(&caller)?;
    let place: Place = form.country.parse()?;
    let at = Timestamp::from_micros(form.at)?;
    let stays = service.live.registry().get(&caller.subject).is_some_and(|subject| {
        held(subject, at).is_some_and(|held| held.country() == place.country())
    });
    if stays {
        // The part of the country that is known must not be forgotten.
        return Ok(Redirect::to("/me").into_response());
    }
    store(&service, Event::new(caller.subject.clone(), at, Fact::Residence(Some(place)))).await
}

/// Stores an event of a form, and shows the page again. Sent twice, it is stored once.
async fn store(service: &Service, event: Event) -> Answer<Response> {
    if event.at() > clock::now() {
        return Err(Problem::bad_input("`at` lies in the future; reload the page"));
    }
    let name = format!("{} {}", event.subject(), event.at().as_micros());
    let id = format!("web-{}", service.pseudonyms.token(&name));
    drop(events::store(service, id, event).await?);
    Ok(Redirect::to("/me").into_response())
}
