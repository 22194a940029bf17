//! Which endpoints gather what they are told.

use crate::config::digest::Every;
use crate::model::id::EndpointName;

/// An endpoint that is told several things in one message.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathering {
    /// Which.
    pub endpoint: EndpointName,
    /// When its digests are made.
    pub every: Every,
    /// Articles, and other events, that one digest holds at most.
    pub most: usize,
}
