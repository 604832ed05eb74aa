//! Typed events, chained by SHA-256, written in the caller's transaction.
