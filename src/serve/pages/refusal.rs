//! A problem in words, for people.

use axum::response::Response;
use maud::html;

use crate::serve::credentials::{Scope, Visitor};
use crate::serve::pages::frame::{Frame, Tab};
use crate::serve::pages::words::Shown;
use crate::serve::problem::Problem;

pub(super) fn page(problem: &Problem) -> Response {
    let (status, title, detail) = problem.told();
    // Who was refused is not known here; the page offers nothing that one would have to be let do.
    let visitor = Visitor {
        scope: Scope::Admin,
        session: false,
    };
    let body = html! {
        h1 { (title) }
        p { (Shown(detail)) "." }
        p { a href="/" { "To the wire" } }
    };
    Frame::new(title, Tab::Other, visitor).with_status(status, &body)
}
