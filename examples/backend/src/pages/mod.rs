//! The pages: server-rendered, and of use without JavaScript.
//!
//! A page takes a [`Visitor`](crate::auth::Visitor), who has the token in a cookie. A form posts to
//! the same origin; the layer `CsrfLayer` refuses other sites. Every sentence comes from the message
//! files in `locales`.

pub mod language;
pub mod layout;
pub mod ledger;
pub mod member;
pub mod officer;
pub mod reasons;
pub mod setting;
pub mod signals;
pub mod timeline;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde::Deserialize;

use crate::app::Service;
use crate::auth::{COOKIE, Role};
use crate::problem::{Answer, Problem};

/// Returns the routes of the pages. The signals of a member's browser are noted before the page is
/// made.
pub fn router(service: &Arc<Service>) -> Router<Arc<Service>> {
    let noted = middleware::from_fn_with_state(Arc::clone(service), signals::note);
    let of_members = Router::new()
        .route("/me", get(member::show))
        .route("/me/choice", post(member::choose))
        .route("/me/residence", post(member::reside))
        .route_layer(noted);
    of_members
        .route("/officer", get(officer::show))
        .route("/officer/audit", get(ledger::audit))
        .route("/login", get(login))
        .route("/style.css", get(layout::styles))
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
