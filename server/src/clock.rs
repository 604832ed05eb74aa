//! The one place that asks the machine for the time and for chance. Everything else takes them as parameters.

use chrono::{DateTime, Utc};
use services::{Chance, Clock};

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct MachineClock;

impl Clock for MachineClock {
    #[allow(clippy::disallowed_methods, reason = "the one place")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The operating system's random bytes.
#[derive(Debug, Clone, Copy)]
pub struct MachineChance;

impl Chance for MachineChance {
    #[allow(clippy::disallowed_methods, reason = "this is where chance comes from")]
    fn bits(&self) -> u64 {
        let mut bytes = [0_u8; 8];
        // Without the system's random source no token is safe: better to stop than to go on with a weak one.
        if getrandom::fill(&mut bytes).is_err() {
            tracing::error!("the operating system gives no random bytes");
            std::process::abort();
        }
        u64::from_le_bytes(bytes)
    }
}
