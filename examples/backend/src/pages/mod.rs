//! The pages: server-rendered, and of use without JavaScript.
//!
//! A page takes a [`Visitor`](crate::auth::Visitor), who has the token in a cookie. A form posts to
//! the same origin; the layer `CsrfLayer` refuses other sites.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::app::Service;
use crate::auth::{COOKIE, Role};
use crate::problem::{Answer, Problem};

/// Returns the routes of the pages.
pub fn router() -> Router<Arc<Service>> {
    Router::new().route("/login", get(login))
}

/// The query of `GET /login`.
#[derive(Deserialize)]
struct Login {
    token: String,
}

/// Puts a token into a cookie, and goes on to the page of its role. In real life, your platform's
/// own login does this.
async fn login(
    State(service): State<Arc<Service>>,
    Query(Login { token }): Query<Login>,
) -> Answer<Response> {
    let unknown = || Problem::new(axum::http::StatusCode::UNAUTHORIZED);
    let claims = service.verify.verify(&token).ok_or_else(unknown)?;
    let page = match claims.role {
        Role::Member => "/me",
        Role::Officer | Role::Pipeline => "/officer",
    };
    // On a server with TLS, add `Secure`.
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(page)).into_response())
}
