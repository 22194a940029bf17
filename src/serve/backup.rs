//! `/api/v1/backup`: all that the store holds, as it stands when it is asked for, in one stream.
//!
//! Made on a thread of its own and no faster than it is taken; whoever takes nothing for a while
//! loses the connection like any other client. A backup that cannot be finished is cut off before
//! its trailer, and so is never taken for whole.

use std::io::{self, Write};

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::sync::mpsc;

use crate::observe::chain;
use crate::serve::Context;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::Params;
use crate::store::StoreError;
use crate::store::backup::{self, MEDIA_TYPE, Source};

/// Where it is asked for.
pub(super) const PATH: &str = "/api/v1/backup";

/// Bytes sent at a time.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the client.
const AHEAD: usize = 4;

pub(super) async fn stream(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let source = match context.state.store.snapshot().await {
        Err(StoreError::Busy { doing }) => return Err(Problem::new(Kind::Conflict, doing)),
        other => other?,
    };
    let (pipe, pieces) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || send(source, &pipe));
    let body = Body::from_stream(stream::unfold(pieces, |mut pieces| async move {
        pieces.recv().await.map(|piece| (piece, pieces))
    }));
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"wireroom.backup\"",
        ),
    ];
    Ok((headers, body).into_response())
}

type Piece = io::Result<Bytes>;

fn send(mut source: Box<dyn Source>, pipe: &mpsc::Sender<Piece>) {
    let out = Pipe {
        pipe: pipe.clone(),
        gathered: BytesMut::with_capacity(PIECE),
    };
    match backup::write(source.as_mut(), out, &mut |_| {}) {
        Ok((_, tally)) => {
            let (records, bytes) = (tally.records, tally.bytes);
            tracing::info!(records, bytes, "a backup of {records} records was taken");
        }
        Err(error) => {
            let why = chain(&error);
            tracing::warn!("a backup was not finished: {why}");
            // The client may be the one who went.
            drop(pipe.blocking_send(Err(io::Error::other(why))));
        }
    }
}

/// Hands what is written to the connection, in pieces.
struct Pipe {
    pipe: mpsc::Sender<Piece>,
    gathered: BytesMut,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE - self.gathered.len();
        let taken = &bytes[..bytes.len().min(room)];
        self.gathered.extend_from_slice(taken);
        if self.gathered.len() == PIECE {
            self.flush()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        self.pipe
            .blocking_send(Ok(self.gathered.split().freeze()))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the client has gone"))?;
        self.gathered.reserve(PIECE);
        Ok(())
    }
}
