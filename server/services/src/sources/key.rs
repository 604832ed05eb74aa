//! The master key, and what it does: it wraps a data key of its own for each source, and the data key seals the
//! credentials and wraps the keys of what is kept of the last fetch (AES-256-GCM, all). District and source are sealed in
//! beside the text, so that no part opens in another place. The master key comes from a file or the environment and is
//! never in the store.

use crate::Chance;
use crate::sources::{Fault, Secret};
use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use model::ids::{DistrictId, SourceId};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use store::sources::SealedSecret;
use zeroize::Zeroizing;

/// 32 bytes, gone from memory when dropped.
type Key = Zeroizing<[u8; 32]>;

/// Where the master key is to be found.
#[derive(Clone, Default)]
pub struct KeyPlace {
    /// A file with the key: `EVERPRESENT_KEY_FILE`. It goes before `text`.
    pub file: Option<PathBuf>,
    /// The key itself: `EVERPRESENT_KEY`.
    pub text: Option<String>,
}

impl fmt::Debug for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPlace(…)")
    }
}

impl KeyPlace {
    /// The key that is there.
    ///
    /// # Errors
    /// Where none is named, the file cannot be read, everybody may read it, or what is there is no key.
    pub fn key(&self) -> Result<MasterKey, Fault> {
        match (&self.file, &self.text) {
            (Some(file), _) => MasterKey::from_file(file),
            (None, Some(text)) if !text.trim().is_empty() => {
                MasterKey::read(text).ok_or_else(|| Fault::NotAKey { place: "EVERPRESENT_KEY".to_owned() })
            }
            _ => Err(Fault::NoKey),
        }
    }
}

/// The master key. Its `Debug` shows its id alone.
pub struct MasterKey {
    id: String,
    key: Key,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// 256 bits of chance.
fn random(chance: &dyn Chance) -> Key {
    let mut key = Key::default();
    for part in key.chunks_exact_mut(8) {
        part.copy_from_slice(&chance.bits().to_le_bytes());
    }
    key
}

/// A nonce is used once: of 96 random bits none comes twice in the few times that a key seals or wraps.
fn nonce(chance: &dyn Chance) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&chance.bits().to_le_bytes());
    nonce[8..].copy_from_slice(&chance.bits().to_le_bytes()[..4]);
    nonce
}

fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new((&**key).into())
}

/// What is sealed in beside the text: what this is, and whose.
fn beside(what: &str, district: &DistrictId, source: SourceId) -> Vec<u8> {
    format!("everpresent 1 {what}\u{1f}{district}\u{1f}{}", source.0).into_bytes()
}

fn seal(key: &Key, nonce: [u8; 12], text: &[u8], beside: &[u8]) -> Result<Vec<u8>, Fault> {
    let payload = Payload { msg: text, aad: beside };
    cipher(key).encrypt(&Nonce::from(nonce), payload).map_err(|_| Fault::TooLong)
}

fn open(key: &Key, nonce: &[u8], sealed: &[u8], beside: &[u8]) -> Option<Secret> {
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    let payload = Payload { msg: sealed, aad: beside };
    cipher(key).decrypt(&Nonce::from(nonce), payload).ok().map(Zeroizing::new)
}

fn key_of(bytes: &[u8]) -> Option<Key> {
    bytes.try_into().ok().map(Zeroizing::new)
}

impl MasterKey {
    /// A new key.
    pub fn new(chance: &dyn Chance) -> Self {
        Self::of(random(chance))
    }

    fn of(key: Key) -> Self {
        let mut sha = Sha256::new();
        sha.update(b"everpresent key id");
        sha.update(*key);
        let id = sha.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id, key }
    }

    /// Reads 64 hexadecimal digits, with blanks around them.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.trim().as_bytes();
        let digit = |byte: u8| (byte as char).to_digit(16).map(|d| d as u8);
        if digits.len() != 64 {
            return None;
        }
        let mut key = Key::default();
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self::of(key))
    }

    /// Reads a key's file.
    ///
    /// # Errors
    /// Where it cannot be read, everybody may read it, or it is no key.
    pub fn from_file(path: &Path) -> Result<Self, Fault> {
        let place = path.display().to_string();
        let unreadable = |e: std::io::Error| Fault::KeyFile { place: place.clone(), why: e.to_string() };
        let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & 0o007 != 0 {
            return Err(Fault::OpenKey { place });
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
        Self::read(&text).ok_or(Fault::NotAKey { place })
    }

    /// Writes the key to a new file that only its owner may read.
    ///
    /// # Errors
    /// Where there is such a file already, or it cannot be written.
    pub fn write_new(&self, path: &Path) -> Result<(), Fault> {
        let fault =
            |e: std::io::Error| Fault::KeyFile { place: path.display().to_string(), why: e.to_string() };
        let text = Zeroizing::new(self.key.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault)?;
        writeln!(file, "{}", *text).map_err(fault)?;
        file.sync_all().map_err(fault)
    }

    /// What names the key without giving it away: 16 hexadecimal digits of a hash of it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals a source's credentials.
    pub(crate) fn seal(
        &self,
        chance: &dyn Chance,
        district: &DistrictId,
        source: SourceId,
        secret: &[u8],
    ) -> Result<SealedSecret, Fault> {
        let data_key = random(chance);
        let at = nonce(chance);
        let sealed = seal(&data_key, at, secret, &beside("secret", district, source))?;
        self.wrap(chance, district, source, &data_key, at.to_vec(), sealed)
    }

    fn wrap(
        &self,
        chance: &dyn Chance,
        district: &DistrictId,
        source: SourceId,
        data_key: &Key,
        nonce_of_secret: Vec<u8>,
        sealed: Vec<u8>,
    ) -> Result<SealedSecret, Fault> {
        let at = nonce(chance);
        let wrapped = seal(&self.key, at, &**data_key, &self.beside_key(district, source))?;
        let key_id = self.id.clone();
        Ok(SealedSecret { key_id, wrap_nonce: at.to_vec(), wrapped, nonce: nonce_of_secret, sealed })
    }

    fn beside_key(&self, district: &DistrictId, source: SourceId) -> Vec<u8> {
        beside(&format!("key {}", self.id), district, source)
    }

    /// The data key of a source.
    pub(crate) fn source_key(
        &self,
        district: &DistrictId,
        source: SourceId,
        secret: &SealedSecret,
    ) -> Result<SourceKey, Fault> {
        if secret.key_id != self.id {
            let (sealed_by, given) = (secret.key_id.clone(), self.id.clone());
            return Err(Fault::OtherKey { sealed_by, given });
        }
        let bytes = open(&self.key, &secret.wrap_nonce, &secret.wrapped, &self.beside_key(district, source));
        let key = bytes.and_then(|bytes| key_of(&bytes)).ok_or(Fault::NotSealedHere)?;
        Ok(SourceKey { key, district: district.clone(), source })
    }

    /// Wraps the data key under another master key; what it seals stays as it is.
    pub(crate) fn rewrap(
        &self,
        chance: &dyn Chance,
        under: &Self,
        district: &DistrictId,
        source: SourceId,
        secret: SealedSecret,
    ) -> Result<SealedSecret, Fault> {
        let data_key = self.source_key(district, source, &secret)?.key;
        under.wrap(chance, district, source, &data_key, secret.nonce, secret.sealed)
    }
}

/// The data key of a source: new with each credentials, the same when the master key is another.
pub(crate) struct SourceKey {
    key: Key,
    district: DistrictId,
    source: SourceId,
}

/// A file's key as it stands before the file's chunks: its nonce, the key, the tag.
pub(crate) type WrappedKey = [u8; 12 + 32 + 16];

impl SourceKey {
    /// Opens the source's credentials.
    pub(crate) fn open(&self, secret: &SealedSecret) -> Result<Secret, Fault> {
        open(&self.key, &secret.nonce, &secret.sealed, &beside("secret", &self.district, self.source))
            .ok_or(Fault::NotSealedHere)
    }

    /// What is sealed in beside each chunk of a file of the source.
    pub(crate) fn beside_chunk(&self) -> Vec<u8> {
        beside("fetched", &self.district, self.source)
    }

    fn beside_file_key(&self) -> Vec<u8> {
        beside("fetched key", &self.district, self.source)
    }

    /// What seals the chunks of a new file of the source, and its key, wrapped.
    pub(crate) fn seal_file(
        &self,
        chance: &dyn Chance,
    ) -> Result<(WrappedKey, EncryptorBE32<Aes256Gcm>), Fault> {
        let (key, at) = (random(chance), nonce(chance));
        let sealed = seal(&self.key, at, &*key, &self.beside_file_key())?;
        let mut wrapped = [0; size_of::<WrappedKey>()];
        wrapped[..12].copy_from_slice(&at);
        wrapped[12..].copy_from_slice(&sealed);
        // The key is of this file alone, so what goes before the chunk's number may be the same in each.
        Ok((wrapped, EncryptorBE32::from_aead(cipher(&key), &Default::default())))
    }

    /// What opens the chunks of a file of the source.
    pub(crate) fn open_file(&self, wrapped: &WrappedKey) -> Option<DecryptorBE32<Aes256Gcm>> {
        let (at, sealed) = wrapped.split_at(12);
        let key = key_of(&open(&self.key, at, sealed, &self.beside_file_key())?)?;
        Some(DecryptorBE32::from_aead(cipher(&key), &Default::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Numbers that differ, and are the same in each run.
    struct Counted(AtomicU64);

    impl Chance for Counted {
        fn bits(&self) -> u64 {
            self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
        }
    }

    fn chance() -> Counted {
        Counted(AtomicU64::new(7))
    }

    fn town() -> DistrictId {
        "town".parse().unwrap()
    }

    /// Opens credentials.
    fn open(
        key: &MasterKey,
        district: &DistrictId,
        source: SourceId,
        secret: &SealedSecret,
    ) -> Result<Secret, Fault> {
        key.source_key(district, source, secret)?.open(secret)
    }

    const SECRET: &[u8] = b"{\"client_secret\":\"s3cret\"}";

    #[test]
    fn what_was_sealed_opens_in_its_own_place_alone() {
        let chance = chance();
        let key = MasterKey::new(&chance);
        let sealed = key.seal(&chance, &town(), SourceId(7), SECRET).unwrap();
        assert_eq!(open(&key, &town(), SourceId(7), &sealed).unwrap().as_slice(), SECRET);
        let elsewhere = open(&key, &"other".parse().unwrap(), SourceId(7), &sealed);
        assert!(matches!(elsewhere, Err(Fault::NotSealedHere)));
        assert!(matches!(open(&key, &town(), SourceId(8), &sealed), Err(Fault::NotSealedHere)));
        // Nor does the sealed text open under the data key of another source.
        let other = key.seal(&chance, &town(), SourceId(8), SECRET).unwrap();
        let mixed = SealedSecret { sealed: sealed.sealed.clone(), nonce: sealed.nonce.clone(), ..other };
        assert!(matches!(open(&key, &town(), SourceId(8), &mixed), Err(Fault::NotSealedHere)));
    }

    #[test]
    fn a_bit_changed_anywhere_opens_nothing() {
        let chance = chance();
        let key = MasterKey::new(&chance);
        let sealed = key.seal(&chance, &town(), SourceId(7), SECRET).unwrap();
        for part in 0..4 {
            let mut changed = sealed.clone();
            let bytes = match part {
                0 => &mut changed.wrap_nonce,
                1 => &mut changed.wrapped,
                2 => &mut changed.nonce,
                _ => &mut changed.sealed,
            };
            for byte in bytes.iter_mut() {
                *byte ^= 1;
            }
            assert!(
                matches!(open(&key, &town(), SourceId(7), &changed), Err(Fault::NotSealedHere)),
                "{part}"
            );
        }
    }

    #[test]
    fn the_same_credentials_are_sealed_otherwise_each_time_and_never_in_clear() {
        let chance = chance();
        let key = MasterKey::new(&chance);
        let seal = || key.seal(&chance, &town(), SourceId(7), SECRET).unwrap();
        let (one, two) = (seal(), seal());
        assert_ne!(one.sealed, two.sealed);
        assert_ne!(one.wrapped, two.wrapped);
        assert_ne!((&one.nonce, &one.wrap_nonce), (&two.nonce, &two.wrap_nonce));
        assert!(!one.sealed.windows(6).any(|part| part == b"s3cret"));
    }

    #[test]
    fn rotation_changes_the_key_and_not_the_credentials() {
        let chance = chance();
        let (old, new) = (MasterKey::new(&chance), MasterKey::new(&chance));
        let sealed = old.seal(&chance, &town(), SourceId(7), SECRET).unwrap();
        let moved = old.rewrap(&chance, &new, &town(), SourceId(7), sealed.clone()).unwrap();
        assert_eq!(moved.sealed, sealed.sealed);
        assert_eq!(open(&new, &town(), SourceId(7), &moved).unwrap().as_slice(), SECRET);
        let by_old = open(&old, &town(), SourceId(7), &moved).unwrap_err();
        assert_eq!(by_old.code(), "other_key");
        assert!(by_old.to_string().contains(new.id()) && by_old.to_string().contains(old.id()), "{by_old}");
    }

    #[test]
    fn a_key_is_kept_in_a_file_of_its_own_that_nobody_else_reads_and_nothing_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let key = MasterKey::new(&chance());
        key.write_new(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let place = KeyPlace { file: Some(file.clone()), text: None };
        assert_eq!(place.key().unwrap().id(), key.id());
        assert_eq!(key.write_new(&file).unwrap_err().code(), "key_file");
        let text = std::fs::read_to_string(&file).unwrap();
        let place = KeyPlace { file: None, text: Some(text.clone()) };
        assert_eq!(place.key().unwrap().id(), key.id());
        assert!(!format!("{place:?} {key:?}").contains(text.trim()));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o604)).unwrap();
        assert_eq!(MasterKey::from_file(&file).unwrap_err().code(), "open_key");
    }

    #[test]
    fn without_a_key_or_with_something_else_in_its_place_the_remedy_is_named() {
        let none = KeyPlace::default().key().unwrap_err();
        assert!(none.to_string().contains("everpresent key new"), "{none}");
        let bad = KeyPlace { file: None, text: Some("password".to_owned()) }.key().unwrap_err();
        assert!(bad.to_string().contains("64 hexadecimal digits"), "{bad}");
        assert!(!bad.to_string().contains("password"), "{bad}");
    }
}
