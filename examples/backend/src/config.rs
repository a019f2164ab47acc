//! The configuration, read from the environment. `Display` prints it without secrets.

use std::env;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

/// Every setting of the service.
#[derive(Clone)]
pub struct Config {
    /// `DATABASE_URL`: `sqlite:FILE?mode=rwc` or `postgres://…`.
    pub database: String,
    /// `ADDRESS`: where the API and the pages are served.
    pub address: SocketAddr,
    /// `OPS_ADDRESS`: where health and metrics are served. Keep it inside the cluster.
    pub ops_address: SocketAddr,
    /// `TOKEN_SECRET`: the HMAC secret of the bearer tokens. Without it, a random one is made, and
    /// the service prints tokens for a first look.
    pub token_secret: Option<String>,
    /// `SUPPRESSION_KEY`: 64 hexadecimal digits, the key of the tokens of erased people. It must be
    /// the same for ever, and in each instance.
    pub suppression_key: Option<[u8; 32]>,
    /// `POLICY`: the policy of an empty database, an id of a shipped policy or a TOML file.
    pub policy: String,
    /// `REQUESTS_PER_SECOND` and `REQUEST_BURST`: how many requests one address may send.
    pub requests_per_second: u32,
    /// See `requests_per_second`.
    pub request_burst: u32,
    /// `REQUESTS_AT_ONCE`: further requests are answered with 503.
    pub requests_at_once: usize,
    /// `REQUEST_SECONDS`: the time limit of a request.
    pub request_time: Duration,
    /// `BODY_BYTES`: the longest body of a request.
    pub body_bytes: usize,
    /// `STREAM_BYTES`: the longest body of a stream of records.
    pub stream_bytes: usize,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// Names the variable that cannot be read, and what to write.
    pub fn from_env() -> Result<Self, String> {
        let (token_secret, suppression_key) = (secret("TOKEN_SECRET")?, suppression_key()?);
        if token_secret.is_some() && suppression_key.is_none() {
            return Err("SUPPRESSION_KEY is missing; it must outlive every TOKEN_SECRET".into());
        }
        Ok(Self {
            database: read("DATABASE_URL", "sqlite:may-train.db?mode=rwc".into())?,
            address: read("ADDRESS", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            ops_address: read("OPS_ADDRESS", SocketAddr::from(([127, 0, 0, 1], 8081)))?,
            token_secret,
            suppression_key,
            policy: read("POLICY", "linkedin".into())?,
            requests_per_second: read("REQUESTS_PER_SECOND", 50)?,
            request_burst: read("REQUEST_BURST", 200)?,
            requests_at_once: read("REQUESTS_AT_ONCE", 512)?,
            request_time: Duration::from_secs(read("REQUEST_SECONDS", 10)?),
            body_bytes: read("BODY_BYTES", 64 << 10)?,
            stream_bytes: read("STREAM_BYTES", 1 << 30)?,
        })
    }
}

/// Reads a variable, or returns the default.
fn read<T: FromStr>(name: &str, default: T) -> Result<T, String> {
    match env::var(name) {
        Err(env::VarError::NotPresent) => Ok(default),
        Ok(text) => text.parse().map_err(|_| format!("{name} cannot be read; see src/config.rs")),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    }
}

/// Reads the secret of the tokens: an HMAC needs 32 bytes at least.
fn secret(name: &str) -> Result<Option<String>, String> {
    match read(name, String::new())? {
        empty if empty.is_empty() => Ok(None),
        short if short.len() < 32 => Err(format!("{name} is too short; give 32 bytes at least")),
        secret => Ok(Some(secret)),
    }
}

/// Reads 64 hexadecimal digits.
fn suppression_key() -> Result<Option<[u8; 32]>, String> {
    let text: String = read("SUPPRESSION_KEY", String::new())?;
    if text.is_empty() {
        return Ok(None);
    }
    let hash = blake3::Hash::from_hex(text);
    let hash = hash.map_err(|_| "SUPPRESSION_KEY: write 64 hexadecimal digits".to_owned())?;
    Ok(Some(*hash.as_bytes()))
}

impl fmt::Display for Config {
    /// Prints no secret: of the database only the scheme, because its URL has a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.database.split(':').next().unwrap_or_default();
        let set = |is_set: bool| if is_set { "set" } else { "made at random" };
        write!(
            f,
            "DATABASE_URL={scheme}:… ADDRESS={} OPS_ADDRESS={} TOKEN_SECRET={} SUPPRESSION_KEY={} \
             POLICY={} REQUESTS_PER_SECOND={} REQUEST_BURST={} REQUESTS_AT_ONCE={} \
             REQUEST_SECONDS={} BODY_BYTES={} STREAM_BYTES={}",
            self.address,
            self.ops_address,
            set(self.token_secret.is_some()),
            set(self.suppression_key.is_some()),
            self.policy,
            self.requests_per_second,
            self.request_burst,
            self.requests_at_once,
            self.request_time.as_secs(),
            self.body_bytes,
            self.stream_bytes,
        )
    }
}
