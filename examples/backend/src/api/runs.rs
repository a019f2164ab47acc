//! Training runs: opened, rechecked, sealed and audited.
//!
//! Building takes long, so each step is a job: the answer is 202, and `GET /v1/runs/{id}` tells the
//! stage. A run that is being built lives on one instance, and goes with it: open it again. A sealed
//! run is in the ledger of all instances.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use may_train::ledger::{Admit, Audit, MismatchError, RunId, SealedRun, TrainingSet};
use may_train::{Policy, Record, Registry, Timestamp, ndjson};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;
use utoipa::ToSchema;

use super::Text;
use crate::app::Service;
use crate::auth::{Caller, Role};
use crate::problem::{Answer, Problem, Refusal};

/// The runs that are being built on this instance.
#[derive(Default)]
pub struct OpenRuns(Mutex<BTreeMap<RunId, Stage>>);

/// How far a run is.
enum Stage {
    /// A job works on it.
    Working(&'static str),
    /// It waits for the next step. What the last one did, as JSON.
    Open(Box<TrainingSet>, Value),
    /// The last step failed.
    Failed(String),
}

/// How many runs are being built at once. Each holds its records.
const AT_ONCE: usize = 4;
/// How many records are read at a time.
const PAGE: i64 = 10_000;
/// The roles that build runs, and those that may read about them.
const MAY_BUILD: [Role; 1] = [Role::Pipeline];
const MAY_READ: [Role; 2] = [Role::Pipeline, Role::Officer];

impl OpenRuns {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<RunId, Stage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, id: &RunId, stage: Stage) {
        self.lock().insert(id.clone(), stage);
    }

    /// Notes that a run is being opened.
    fn begin(&self, id: &RunId) -> Answer<()> {
        let mut runs = self.lock();
        match runs.get(id) {
            None | Some(Stage::Failed(_)) => {}
            Some(_) => return Err(Problem::conflict("the run is open already")),
        }
        if runs.len() >= AT_ONCE && !runs.contains_key(id) {
            return Err(Problem::conflict("too many runs are open; seal one, or give one up"));
        }
        runs.insert(id.clone(), Stage::Working("open"));
        Ok(())
    }

    /// Takes the set of a run out, for a job to work on.
    fn take(&self, id: &RunId, job: &'static str) -> Answer<Box<TrainingSet>> {
        let mut runs = self.lock();
        match runs.remove(id) {
            Some(Stage::Open(set, _)) => {
                runs.insert(id.clone(), Stage::Working(job));
                Ok(set)
            }
            Some(other) => {
                runs.insert(id.clone(), other);
                Err(Problem::conflict("the run is being worked on, or has failed; look at it"))
            }
            None => Err(Problem::not_found("this instance builds no such run; open it")),
        }
    }
}

/// What a run is built for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The cut-off; the present if it is missing. It cannot lie in the future.
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// The sealed runs whose models it starts from.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    builds_on: Vec<RunId>,
}

/// What a step decides over: a copy of the registry, so that nobody waits for the step.
struct Question {
    registry: Registry,
    policy: Arc<Policy>,
    as_of: Timestamp,
    known_at: Timestamp,
}

impl Question {
    async fn ask(service: &Arc<Service>, as_of: Option<Timestamp>) -> Answer<Self> {
        let known_at = service.live.known_now().await?;
        let as_of = as_of.unwrap_or(known_at);
        if as_of > known_at {
            return Err(Problem::bad_input("`as_of` lies in the future, which nobody knows"));
        }
        let policy = service.policy()?;
        let live = Arc::clone(&service.live);
        let registry = tokio::task::spawn_blocking(move || live.copy()).await?;
        Ok(Self { registry, policy, as_of, known_at })
    }

    fn gate(&self) -> may_train::ledger::Gate<'_> {
        self.registry.gate(&self.policy, self.as_of, self.known_at)
    }
}

/// Starts a job. Its result is the next stage of the run.
fn start(
    service: &Arc<Service>,
    id: RunId,
    permit: OwnedSemaphorePermit,
    job: impl Future<Output = Answer<Option<Stage>>> + Send + 'static,
) -> (StatusCode, Json<Value>) {
    let service = Arc::clone(service);
    let answer = json!({ "run": id, "stage": "working" });
    tokio::spawn(async move {
        match job.await {
            Ok(Some(stage)) => service.runs.set(&id, stage),
            Ok(None) => drop(service.runs.lock().remove(&id)),
            Err(problem) => service.runs.set(&id, Stage::Failed(problem.told())),
        }
        drop(permit);
    });
    (StatusCode::ACCEPTED, Json(answer))
}

/// Opens a run: admits every record that may enter, and counts the others by ground.
#[utoipa::path(
    post, path = "/v1/runs/{id}", tag = "runs", params(("id" = String, Path)), request_body = Wanted,
    responses(
        (status = 202, description = "look at the run", body = Object),
        Refusal,
    )
)]
pub async fn open(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<RunId>>,
    body: Bytes,
) -> Answer<(StatusCode, Json<Value>)> {
    caller.only(&MAY_BUILD)?;
    let wanted: Wanted =
        if body.is_empty() { Wanted::default() } else { ndjson::read_value(&body)? };
    if wanted.as_of.is_some_and(|as_of| as_of > crate::clock::now()) {
        return Err(Problem::bad_input("`as_of` lies in the future, which nobody knows"));
    }
    let parents = parents(&service, &id, &wanted.builds_on)?;
    let permit = service.begin_heavy()?;
    service.runs.begin(&id)?;
    let (of_job, name) = (Arc::clone(&service), id.clone());
    Ok(start(&service, id, permit, async move {
        let question = Arc::new(Question::ask(&of_job, wanted.as_of).await?);
        let set = TrainingSet::new(name, &question.gate());
        let set = parents.iter().fold(set, TrainingSet::with_parent);
        let set = build(&of_job, &question, set).await?;
        let done = json!({ "did": "open", "records": set.len(), "as_of": set.as_of() });
        Ok(Some(Stage::Open(Box::new(set), done)))
    }))
}

/// Returns the sealed runs that a new run builds on.
fn parents(service: &Service, id: &RunId, builds_on: &[RunId]) -> Answer<Vec<SealedRun>> {
    let ledger = service.live.ledger();
    if ledger.run(id).is_some() {
        return Err(Problem::conflict("the ledger holds a run of this id; choose another"));
    }
    let unknown = |id: &RunId| Problem::bad_input(format!("`builds_on`: no sealed run `{id}`"));
    builds_on.iter().map(|id| ledger.run(id).cloned().ok_or_else(|| unknown(id))).collect()
}

/// Decides every record of the store, a page at a time.
async fn build(
    service: &Service,
    question: &Arc<Question>,
    mut set: TrainingSet,
) -> Answer<TrainingSet> {
    let mut after = String::new();
    loop {
        let records = service.store.records_after(&after, PAGE).await?;
        let Some(last) = records.last() else { return Ok(set) };
        after = last.id().to_string();
        let question = Arc::clone(question);
        set = tokio::task::spawn_blocking(move || admit(set, &question, &records)).await??;
    }
}

/// Decides records, and enters those that may.
fn admit(mut set: TrainingSet, question: &Question, records: &[Record]) -> Answer<TrainingSet> {
    let gate = question.gate();
    for record in records {
        let entered = match gate.admit(record) {
            Admit::Yes(admission) => set.enter(admission).map_err(MismatchError::from),
            Admit::No(decision) => set.count_refused(&decision),
        };
        entered.map_err(Problem::conflict)?;
    }
    Ok(set)
}

/// Decides again, over the present facts, whatever has changed since the run was opened, and drops
/// the records that may not enter any more. The cut-off moves to the present.
#[utoipa::path(
    post, path = "/v1/runs/{id}/recheck", tag = "runs", params(("id" = String, Path)),
    responses(
        (status = 202, description = "look at the run", body = Object),
        Refusal,
    )
)]
pub async fn recheck(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<RunId>>,
) -> Answer<(StatusCode, Json<Value>)> {
    caller.only(&MAY_BUILD)?;
    let permit = service.begin_heavy()?;
    let set = service.runs.take(&id, "recheck")?;
    let of_job = Arc::clone(&service);
    Ok(start(&service, id, permit, async move {
        let (set, done) = rechecked(&of_job, set).await?;
        Ok(Some(Stage::Open(set, done)))
    }))
}

async fn rechecked(
    service: &Arc<Service>,
    mut set: Box<TrainingSet>,
) -> Answer<(Box<TrainingSet>, Value)> {
    let question = Question::ask(service, None).await?;
    let done = tokio::task::spawn_blocking(move || {
        let recheck = set.recheck(&question.gate()).map_err(Problem::conflict)?;
        let done = json!({
            "did": "recheck",
            "records": set.len(),
            "as_of": set.as_of(),
            "decided_again": recheck.redecided(),
            "dropped": recheck.dropped().len(),
        });
        Ok::<_, Problem>((set, done))
    });
    done.await?
}

/// Rechecks the run, seals it, and appends it to the ledger. It never changes any more.
#[utoipa::path(
    post, path = "/v1/runs/{id}/seal", tag = "runs", params(("id" = String, Path)),
    responses(
        (status = 202, description = "look at the run", body = Object),
        Refusal,
    )
)]
pub async fn seal(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<RunId>>,
) -> Answer<(StatusCode, Json<Value>)> {
    caller.only(&MAY_BUILD)?;
    let permit = service.begin_heavy()?;
    let set = service.runs.take(&id, "seal")?;
    let of_job = Arc::clone(&service);
    Ok(start(&service, id, permit, async move {
        let (set, _) = rechecked(&of_job, set).await?;
        let run = tokio::task::spawn_blocking(move || set.seal()).await?;
        of_job.live.seal(&run).await?.map_err(Problem::conflict)?;
        Ok(None)
    }))
}

/// Gives up a run that is open or has failed. A sealed run stays.
#[utoipa::path(
    delete, path = "/v1/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 204, description = "given up"), Refusal)
)]
pub async fn give_up(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<RunId>>,
) -> Answer<StatusCode> {
    caller.only(&MAY_BUILD)?;
    if service.live.ledger().run(&id).is_some() {
        return Err(Problem::conflict("the run is sealed, and stays"));
    }
    let mut runs = service.runs.lock();
    match runs.get(&id) {
        None => Err(Problem::not_found("this instance builds no such run")),
        Some(Stage::Working(_)) => Err(Problem::conflict("the run is being worked on; wait")),
        Some(Stage::Open(..) | Stage::Failed(_)) => {
            runs.remove(&id);
            Ok(StatusCode::NO_CONTENT)
        }
    }
}

/// Lists the sealed runs, the oldest first, and those that this instance is building.
#[utoipa::path(
    get, path = "/v1/runs", tag = "runs",
    responses((status = 200, body = Object), Refusal)
)]
pub async fn list(State(service): State<Arc<Service>>, caller: Caller) -> Answer<Json<Value>> {
    caller.only(&MAY_READ)?;
    let building: Vec<RunId> = service.runs.lock().keys().cloned().collect();
    let ledger = service.live.ledger();
    let sealed: Vec<Value> = ledger.runs().map(|run| json!(run)).collect();
    let digest = ledger.digest().map(|digest| digest.to_string());
    Ok(Json(json!({ "sealed": sealed, "digest": digest, "building": building })))
}

/// Tells how far a run is.
#[utoipa::path(
    get, path = "/v1/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = Object), Refusal)
)]
pub async fn show(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<RunId>>,
) -> Answer<Json<Value>> {
    caller.only(&MAY_READ)?;
    if let Some(run) = service.live.ledger().run(&id) {
        return Ok(Json(json!({ "run": id, "stage": "sealed", "sealed": run })));
    }
    let stage = match service.runs.lock().get(&id) {
        None => return Err(Problem::not_found("no such run in the ledger or on this instance")),
        Some(Stage::Working(job)) => json!({ "run": id, "stage": "working", "job": job }),
        Some(Stage::Open(_, done)) => json!({ "run": id, "stage": "open", "last": done }),
        Some(Stage::Failed(why)) => json!({ "run": id, "stage": "failed", "why": why }),
    };
    Ok(Json(stage))
}

/// Audits a sealed run: was each admission right by the facts known then, and by those known now?
#[utoipa::path(
    get, path = "/v1/runs/{id}/audit", tag = "runs", params(("id" = String, Path)),
    responses(
        (status = 200, body = Object),
        Refusal,
    )
)]
pub async fn audit(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<RunId>>,
) -> Answer<Json<Value>> {
    caller.only(&MAY_READ)?;
    let (audit, erased) = audit_of(&service, &id).await?;
    let text = audit.to_string();
    let text: Vec<&str> = text.lines().take(20).collect();
    Ok(Json(json!({ "audit": audit, "text": text, "subjects_erased_since": erased })))
}

/// Returns the audit of a run, and how many of its subjects were erased since; the page of an officer
/// shows the same.
///
/// # Errors
///
/// Fails if there is no such run, and if the store does not answer.
pub async fn audit_of(service: &Arc<Service>, id: &RunId) -> Answer<(Audit, usize)> {
    let run = service.live.ledger().run(id).cloned();
    let run = run.ok_or_else(|| Problem::not_found("no such run in the ledger"))?;
    let _permit = service.begin_heavy()?;
    let question = Question::ask(service, None).await?;
    // The policy of the run may be an earlier one.
    let is_its = |stored: &&crate::live::StoredPolicy| {
        stored.policy.digest_at(run.as_of()) == run.policy_digest_at_cut_off()
    };
    let policies = service.live.policies();
    let policy = policies.iter().rev().find(is_its).map(|stored| Arc::clone(&stored.policy));
    let mut used = Vec::new();
    let mut after = String::new();
    loop {
        let records = service.store.records_after(&after, PAGE).await?;
        let Some(last) = records.last() else { break };
        after = last.id().to_string();
        used.extend(records.into_iter().filter(|record| run.uses(record.id())));
    }
    let policy = policy.unwrap_or(question.policy);
    let audited = tokio::task::spawn_blocking(move || {
        let audit = Audit::of(&run, &policy, &question.registry, &used);
        let erased: BTreeSet<_> =
            run.subjects().filter(|id| is_erased(&question.registry, id)).collect();
        audit.map(|audit| (audit, erased.len()))
    });
    audited.await?.map_err(Problem::conflict)
}

fn is_erased(registry: &Registry, id: &may_train::SubjectId) -> bool {
    registry.get(id).is_some_and(|subject| subject.erasure(None).is_some())
}
