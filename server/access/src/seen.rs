//! A thing the asker may see, with every reason why.

use crate::capability::may;
use model::role::{Capability, Role, SeenBecause};

/// One reason for which something is visible: a role, and the relation that opens it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenReason {
    /// The role that sees.
    pub role: Role,
    /// The relation.
    pub because: SeenBecause,
}

/// The reasons the store's view yields for one scope and one student.
#[derive(Debug, Clone)]
pub struct SealedReasons(Vec<SeenReason>);

impl SealedReasons {
    /// For the store alone, with rows of its view; a test keeps every other crate from calling it.
    pub fn from_store(reasons: Vec<SeenReason>) -> Self {
        Self(reasons)
    }
}

/// A thing the asker may see. What they may do with it comes only from the roles whose own relation opens it: a teacher
/// of one child who is the parent of another sees the second as a parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<T> {
    id: T,
    reasons: Vec<SeenReason>,
}

impl<T: Copy> Seen<T> {
    pub(crate) fn mint(id: T, reasons: SealedReasons) -> Option<Self> {
        let mut reasons = reasons.0;
        reasons.sort();
        reasons.dedup();
        (!reasons.is_empty()).then_some(Self { id, reasons })
    }

    /// Its id.
    pub fn id(&self) -> T {
        self.id
    }

    /// Every reason, by role.
    pub fn reasons(&self) -> &[SeenReason] {
        &self.reasons
    }

    /// Every relation that opens it, without repeats.
    pub fn because(&self) -> Vec<SeenBecause> {
        let mut because: Vec<SeenBecause> = self.reasons.iter().map(|r| r.because.clone()).collect();
        because.sort();
        because.dedup();
        because
    }

    /// Whether one of the roles that open it has the capability.
    pub fn may(&self, capability: Capability) -> bool {
        self.reasons.iter().any(|r| may(r.role, capability))
    }
}
