//! Starts the service, and stops it when it is told to.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use may_train_backend::app::{self, Service};
use may_train_backend::auth::{Jwt, Role};
use may_train_backend::config::Config;
use may_train_backend::{ops, sample};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// How long open requests may take when the service stops.
const GRACE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let config = Config::from_env()?;
    tracing::info!(%config, "starting");

    let made_up = config.token_secret.is_none();
    let secret = config.token_secret.clone().map_or_else(random_secret, Ok)?;
    let service = Service::open(config, &secret).await?;
    sample::first_policy(&service.store, &service.config.policy).await?;
    if let Some(folder) = folder_to_import(made_up) {
        sample::import(&service.store, &folder).await?;
    }
    service.live.catch_up().await?;
    let follow = {
        let (live, of_follow) = (Arc::clone(&service.live), Arc::clone(&service));
        let url = service.config.database.clone();
        tokio::spawn(live.follow(url, move |is_fresh| of_follow.ops.set_fresh(is_fresh)))
    };

    let listener = TcpListener::bind(service.config.address).await?;
    let ops_listener = TcpListener::bind(service.config.ops_address).await?;
    let first_look = made_up.then_some(secret.as_str());
    let greeting = greeting(listener.local_addr()?, ops_listener.local_addr()?, first_look)?;
    // Nobody may be reading; the service runs all the same.
    let _ = std::io::stdout().write_all(greeting.as_bytes());
    let operation = axum::serve(ops_listener, ops::router(Arc::clone(&service)));
    let operation = tokio::spawn(operation.into_future());
    let routes = app::router(&service).into_make_service_with_connect_info::<SocketAddr>();
    let (told, stopped) = tokio::sync::oneshot::channel();
    let serve = axum::serve(listener, routes).with_graceful_shutdown(async { _ = stopped.await });
    let serve = tokio::spawn(serve.into_future());

    told_to_stop().await?;
    tracing::info!("stopping");
    service.ops.stop();
    let _ = told.send(());
    if tokio::time::timeout(GRACE, serve).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    follow.abort();
    operation.abort();
    service.store.close().await;
    Ok(())
}

/// Returns the folder that an empty database is filled from: `IMPORT`, or the sample for a first
/// look.
fn folder_to_import(first_look: bool) -> Option<PathBuf> {
    let named = std::env::var_os("IMPORT").map(PathBuf::from);
    named.or_else(|| first_look.then(|| PathBuf::from(sample::SAMPLE)))
}

/// Waits for SIGTERM or Ctrl-C.
async fn told_to_stop() -> Result<(), std::io::Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        stopped = tokio::signal::ctrl_c() => stopped,
    }
}

/// Returns a secret for one start, from the operating system's randomness.
fn random_secret() -> std::io::Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(blake3::Hash::from_bytes(bytes).to_string())
}

/// Returns the addresses and, for a first look, ways in.
fn greeting(
    address: SocketAddr,
    ops: SocketAddr,
    secret: Option<&str>,
) -> Result<String, Box<dyn Error>> {
    let mut lines = vec![
        format!("API      http://{address}/openapi.json"),
        format!("health   http://{ops}/ready, /live and /metrics"),
    ];
    if let Some(secret) = secret {
        for (who, id, role) in [("member", "u013", Role::Member), ("officer", "ada", Role::Officer)]
        {
            let token = Jwt::issue(secret, &id.parse()?, role)?;
            lines.push(format!("{who:8} http://{address}/login?token={token}"));
        }
        let token = Jwt::issue(secret, &"trainer".parse()?, Role::Pipeline)?;
        let header = format!("-H 'Authorization: Bearer {token}'");
        lines.push(format!("pipeline curl {header} http://{address}/v1/runs"));
        lines.push("Set TOKEN_SECRET for tokens of your own; these are for a first look.".into());
    }
    Ok(lines.join("\n") + "\n")
}
