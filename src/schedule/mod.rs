//! When next: cadence of polls, back-off of attempts, health of sources. Pure.
