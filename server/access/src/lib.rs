//! Grants -> Scope and capability. Mints the only keys to the store.
