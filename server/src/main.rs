//! The one binary, `everpresent`.
fn main() {}
