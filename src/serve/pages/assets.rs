//! The stylesheet, the script and the icon: files of ours, built in. They carry an `ETag` as every
//! answer does, so that a browser asks and seldom loads.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::serve::problem::Problem;

pub(super) const STYLE: &str = include_str!("assets/wireroom.css");
const SCRIPT: &str = include_str!("assets/wireroom.js");
const ICON: &str = include_str!("assets/icon.svg");

pub(super) async fn file(Path(file): Path<String>) -> Result<Response, Problem> {
    let (media_type, text) = match file.as_str() {
        "wireroom.css" => ("text/css; charset=utf-8", STYLE),
        "wireroom.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Err(Problem::not_found("file", &file)),
    };
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}
