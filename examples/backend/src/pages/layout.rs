//! What every page has: the head, the languages, and the styles.

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::language::{COOKIE, Language, Reads};
use crate::say;

/// Returns a page. The first heading is its title.
#[must_use]
pub fn page(reads: Reads, path: &str, title: &str, content: &Markup) -> Response {
    let language = reads.language;
    let page = html! {
        (DOCTYPE)
        html lang=(language.id) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="data:,";
            }
            body {
                a.skip href="#content" { (say!(language, "skip")) }
                header {
                    nav aria-label=(say!(language, "languages")) {
                        ul {
                            @for other in Language::all() {
                                li {
                                    a href={ (path) "?lang=" (other.id) } lang=(other.id) hreflang=(other.id)
                                        aria-current=[(other.id == language.id).then_some("true")] { (other.name) }
                                }
                            }
                        }
                    }
                }
                main #content tabindex="-1" {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    if reads.is_chosen {
        let cookie = format!("{COOKIE}={}; Path=/; SameSite=Lax; Max-Age=31536000", language.id);
        return ([(header::SET_COOKIE, cookie)], page).into_response();
    }
    page.into_response()
}

/// Serves the styles.
pub async fn styles() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("style.css"))
}
