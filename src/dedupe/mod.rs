//! What is the same: canonical addresses, exact fingerprints, word differences. Pure.
