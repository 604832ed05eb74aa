//! Chance that repeats: every thing that is drawn has its own stream, named by the seed, by what it is and by its
//! number, so that adding a draw in one place moves nothing elsewhere, and nothing depends on the order of work.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// Closures and outages of a school's year.
    Calendar = 1,
    /// Which families there are, and their children's paths.
    Family = 2,
    /// A household: names, relations, addresses.
    Household = 3,
    /// Staff names.
    Staff = 4,
    /// A student's date of birth and characteristics.
    Student = 5,
    /// A student's habits, the same in every year.
    Habit = 6,
    /// A student's marks of one year.
    Marks = 7,
    /// Whose bus is late on a day.
    LateBus = 8,
}

/// A stream of draws. Integers only: the same on every machine.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of one thing.
    pub(crate) fn of(seed: u64, purpose: Purpose, number: u64) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = purpose as u8;
        key[16..24].copy_from_slice(&number.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number from 0 to `n` − 1; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True `percent` times in a hundred.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of the items, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u32) as usize]
    }
}
