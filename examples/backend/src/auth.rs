//! Who calls, and what they may do.
//!
//! [`Verify`] is the place for your platform's own tokens: it turns one into a [`Caller`]. [`Jwt`]
//! verifies JSON Web Tokens with an HMAC secret. The API takes `Authorization: Bearer …` alone; the
//! pages take the same token from a cookie, so that no other site can use it against the API.
//!
//! Each refusal leaves a line of the target `audit`. It has pseudonyms of the caller and of the
//! member that was asked about, and no path, because paths hold ids.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use may_train::SubjectId;
use may_train::ledger::TokenKey;
use serde::{Deserialize, Serialize};

use crate::app::Service;
use crate::clock;
use crate::problem::{Answer, Problem};

/// The name of the pages' cookie.
pub const COOKIE: &str = "may_train";
/// The audience of the tokens: a token for another service is refused.
const AUDIENCE: &str = "may-train";

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A member of the platform, who sees and changes their own choices and residence.
    Member,
    /// A privacy officer, who reads everything and changes policies.
    Officer,
    /// The platform's own services: they post facts and records, decide, and run.
    Pipeline,
}

/// A verified caller.
#[derive(Clone)]
pub struct Caller {
    /// The id: of a member, the id of the subject that they are.
    pub subject: SubjectId,
    /// The role.
    pub role: Role,
    /// What was asked, for the audit line.
    asked: Asked,
    pseudonyms: TokenKey,
}

/// A method and the pattern of a path: `GET /v1/subjects/{id}/export`.
#[derive(Clone)]
struct Asked(String);

/// The claims of a token.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The id of the caller.
    pub sub: SubjectId,
    /// The role.
    pub role: Role,
    /// The audience.
    pub aud: String,
    /// When the token ends, in seconds since 1970.
    pub exp: i64,
}

/// Verifies tokens. Implement it for the tokens of your platform.
pub trait Verify: Send + Sync {
    /// Returns the claims of a token; `None` if it is not valid now.
    fn verify(&self, token: &str) -> Option<Claims>;
}

/// Verifies JSON Web Tokens, signed with HMAC-SHA-256.
pub struct Jwt {
    key: DecodingKey,
    validation: Validation,
}

impl Jwt {
    /// Returns the verifier for a secret of at least 32 bytes.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.leeway = 5;
        Self { key: DecodingKey::from_secret(secret.as_bytes()), validation }
    }

    /// Returns a token that is valid for an hour. The service itself makes tokens only for a first
    /// look, and for tests.
    ///
    /// # Errors
    ///
    /// Fails if the token cannot be written.
    pub fn issue(secret: &str, subject: &SubjectId, role: Role) -> Result<String, String> {
        let exp = clock::now().as_micros() / 1_000_000 + 3600;
        let claims = Claims { sub: subject.clone(), role, aud: AUDIENCE.into(), exp };
        let key = EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&Header::default(), &claims, &key).map_err(|error| error.to_string())
    }
}

impl Verify for Jwt {
    fn verify(&self, token: &str) -> Option<Claims> {
        jsonwebtoken::decode(token, &self.key, &self.validation).ok().map(|token| token.claims)
    }
}

impl Caller {
    /// Passes callers of these roles.
    ///
    /// # Errors
    ///
    /// Refuses others with 403, and leaves an audit line.
    pub fn only(&self, roles: &[Role]) -> Answer<()> {
        if roles.contains(&self.role) { Ok(()) } else { Err(self.refuse(None)) }
    }

    /// Passes the member themselves, and officers.
    ///
    /// # Errors
    ///
    /// Refuses others with 403, and leaves an audit line.
    pub fn may_see(&self, subject: &SubjectId) -> Answer<()> {
        let may = match self.role {
            Role::Member => self.subject == *subject,
            Role::Officer => true,
            Role::Pipeline => false,
        };
        if may { Ok(()) } else { Err(self.refuse(Some(subject))) }
    }

    /// Passes the member themselves, and the platform's services.
    ///
    /// # Errors
    ///
    /// Refuses others with 403, and leaves an audit line.
    pub fn may_change(&self, subject: &SubjectId) -> Answer<()> {
        let may = match self.role {
            Role::Member => self.subject == *subject,
            Role::Officer => false,
            Role::Pipeline => true,
        };
        if may { Ok(()) } else { Err(self.refuse(Some(subject))) }
    }

    /// Returns the problem of a caller who may not, and leaves an audit line.
    #[must_use]
    pub fn refuse(&self, about: Option<&SubjectId>) -> Problem {
        let pseudonym = |id: &SubjectId| self.pseudonyms.token(id.as_str()).to_string();
        tracing::warn!(
            target: "audit",
            status = 403,
            asked = self.asked.0,
            role = ?self.role,
            caller = pseudonym(&self.subject),
            about = about.map(pseudonym),
            "refused",
        );
        Problem::with(StatusCode::FORBIDDEN, "your token does not allow this")
    }

    /// Returns the caller of a token, or leaves an audit line.
    fn of(token: Option<&str>, asked: Asked, service: &Service) -> Answer<Self> {
        let claims = token.and_then(|token| service.verify.verify(token));
        let Some(claims) = claims else {
            let has_token = token.is_some();
            tracing::warn!(target: "audit", status = 401, asked = asked.0, has_token, "refused");
            return Err(Problem::with(StatusCode::UNAUTHORIZED, "give a valid token"));
        };
        let Claims { sub: subject, role, .. } = claims;
        Ok(Self { subject, role, asked, pseudonyms: service.pseudonyms.clone() })
    }
}

impl Asked {
    fn of(parts: &Parts) -> Self {
        let path = parts.extensions.get::<MatchedPath>().map_or("?", MatchedPath::as_str);
        Self(format!("{} {path}", parts.method))
    }
}

/// The caller of the API, by `Authorization: Bearer …`.
impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Answer<Self> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        Self::of(token.map(|(_, token)| token.trim()), Asked::of(parts), service)
    }
}

/// The caller of a page, by the cookie. Forms are safe from other sites by the layer `CsrfLayer`.
pub struct Visitor(pub Caller);

impl FromRequestParts<Arc<Service>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Answer<Self> {
        Caller::of(cookie(&parts.headers).as_deref(), Asked::of(parts), service).map(Self)
    }
}

/// Returns the token in the cookie.
fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == COOKIE).map(|(_, value)| value.trim().to_owned())
}
