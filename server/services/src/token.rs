//! Tokens of sessions and invitations: 256 random bits, shown once, kept only as their hash.

use crate::{Chance, Context};
use model::ids::DistrictId;
use sha2::{Digest, Sha256};
use std::fmt;
use store::session::TokenHash;

/// A token: the district it belongs to, and the secret. Its `Debug` shows neither.
#[derive(Clone)]
pub struct Token {
    pub(crate) district: DistrictId,
    secret: String,
}

impl Token {
    /// A new token.
    pub(crate) fn mint(district: DistrictId, context: &Context) -> Self {
        let chance: &dyn Chance = context.chance();
        let secret = (0..4).map(|_| format!("{:016x}", chance.bits())).collect();
        Self { district, secret }
    }

    /// Reads what [`Self::reveal`] wrote; `None` for anything else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (district, secret) = text.split_once('.')?;
        let is_secret =
            secret.len() == 64 && secret.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_secret.then_some(Self { district: district.parse().ok()?, secret: secret.to_owned() })
    }

    /// What the store keeps of it.
    pub(crate) fn hash(&self) -> TokenHash {
        Sha256::digest(self.secret.as_bytes()).into()
    }

    /// The token itself, for the cookie or the link and for nothing else.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.district, self.secret)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
