//! The counting on rows. Everything here is inlined into the functions that choose the vector instructions.

use super::{NEVER, Row, STUDENTS};
use crate::bits::Rate;
use wide::u64x4;

/// A number for each student: its binary digits, lowest first.
type Digits<const P: usize> = [Row; P];

/// Adds 1 where `row` has a bit; a number that is full begins again at 0.
#[inline(always)]
fn add<const P: usize>(digits: &mut Digits<P>, row: Row) {
    let mut carry = row;
    for digit in digits {
        (*digit, carry) = (*digit ^ carry, *digit & carry);
    }
}

/// Takes 1 away where `row` has a bit; from 0 it goes to the largest number.
#[inline(always)]
fn subtract<const P: usize>(digits: &mut Digits<P>, row: Row) {
    let mut borrow = row;
    for digit in digits {
        (*digit, borrow) = (*digit ^ borrow, !*digit & borrow);
    }
}

/// Both in one; no student is in both rows.
#[inline(always)]
fn step<const P: usize>(digits: &mut Digits<P>, more: Row, less: Row) {
    let (mut carry, mut borrow) = (more, less);
    for digit in digits {
        let before = *digit;
        *digit = before ^ carry ^ borrow;
        (carry, borrow) = (before & carry, !before & borrow);
    }
}

/// The sum of three bits: its lower and its upper digit.
#[inline(always)]
fn sum(a: Row, b: Row, c: Row) -> (Row, Row) {
    let either = a ^ b;
    (either ^ c, (a & b) | (either & c))
}

/// The same number for everybody; a negative one as its complement.
#[inline(always)]
fn all<const P: usize>(number: i64) -> Digits<P> {
    std::array::from_fn(|i| if number >> i.min(63) & 1 == 1 { Row::ALL } else { Row::NONE })
}

/// The digits as numbers. More than 16 digits are not looked at.
#[inline(always)]
fn read<const P: usize>(digits: &Digits<P>, into: &mut [u16; STUDENTS]) {
    let digit = |i: usize| digits.get(i).copied().unwrap_or(Row::NONE);
    let low = bytes(std::array::from_fn(digit));
    for (number, byte) in into.iter_mut().zip(low.iter()) {
        *number = u16::from(*byte);
    }
    if P > 8 {
        let high = bytes(std::array::from_fn(|i| digit(i + 8)));
        for (number, byte) in into.iter_mut().zip(high.iter()) {
            *number |= u16::from(*byte) << 8;
        }
    }
}

/// Eight digits as bytes: the bits of eight rows change places in ever larger squares until each student's lie together.
#[inline(always)]
fn bytes(mut digits: Digits<8>) -> [u8; STUDENTS] {
    const SQUARES: [(u32, usize, u64); 6] = [
        (1, 1, 0x5555_5555_5555_5555),
        (2, 2, 0x3333_3333_3333_3333),
        (4, 4, 0x0f0f_0f0f_0f0f_0f0f),
        (8, 1, 0x00ff_00ff_00ff_00ff),
        (16, 2, 0x0000_ffff_0000_ffff),
        (32, 4, 0x0000_0000_ffff_ffff),
    ];
    for (width, apart, low) in SQUARES {
        for i in (0..8).filter(|i| i & apart == 0) {
            let (a, b) = (digits[i], digits[i + apart]);
            let swapped = (a.0 >> width ^ b.0) & u64x4::splat(low);
            digits[i] = Row(a.0 ^ swapped << width);
            digits[i + apart] = Row(b.0 ^ swapped);
        }
    }
    let mut bytes = [0; STUDENTS];
    for (place, eight) in bytes.chunks_exact_mut(8).enumerate() {
        eight.copy_from_slice(&digits[place % 8].0.as_array()[place / 8].to_le_bytes());
    }
    bytes
}

/// Counts for each student the days until something came, and remembers it: as a Gray code, in which only one digit
/// changes from one day to the next.
struct Until<const P: usize> {
    gray: Digits<P>,
    come: Row,
}

impl<const P: usize> Until<P> {
    #[inline(always)]
    fn new() -> Self {
        Self { gray: [Row::NONE; P], come: Row::NONE }
    }

    /// After the day of this number, on which it came to these students or had come before.
    #[inline(always)]
    fn after(&mut self, day: usize, came: Row) {
        self.come = self.come | came;
        if let Some(digit) = self.gray.get_mut((day + 1).trailing_zeros() as usize) {
            *digit = *digit ^ !self.come;
        }
    }

    /// The day on which it came, or [`NEVER`].
    #[inline(always)]
    fn read(mut self, into: &mut [u16; STUDENTS]) {
        for i in (0..P - 1).rev() {
            self.gray[i] = self.gray[i] ^ self.gray[i + 1];
        }
        for digit in &mut self.gray {
            *digit = *digit | !self.come;
        }
        read(&self.gray, into);
        // With fewer digits than 16 "never" is the largest number of so many digits; no day has it.
        let largest = u16::MAX >> (16 - P.min(16));
        for day in into {
            *day = if *day == largest { NEVER } else { *day };
        }
    }
}

/// How many days each student is in. Eight days go through a tree of adders, so that the upper digits move once in
/// eight days.
#[inline(always)]
fn count<const P: usize>(days: &[Row]) -> Digits<P> {
    let mut digits = [Row::NONE; P];
    let mut eights = days.chunks_exact(8);
    for day in &mut eights {
        let (ones, a) = sum(digits[0], day[0], day[1]);
        let (ones, b) = sum(ones, day[2], day[3]);
        let (twos, e) = sum(digits[1], a, b);
        let (ones, a) = sum(ones, day[4], day[5]);
        let (ones, b) = sum(ones, day[6], day[7]);
        let (twos, f) = sum(twos, a, b);
        let (fours, mut carry) = sum(digits[2], e, f);
        (digits[0], digits[1], digits[2]) = (ones, twos, fours);
        for digit in &mut digits[3..] {
            (*digit, carry) = (*digit ^ carry, *digit & carry);
        }
    }
    for day in eights.remainder() {
        add(&mut digits, *day);
    }
    digits
}

/// See [`super::counts`].
#[inline(always)]
pub(super) fn counts<const P: usize>(days: &[Row], into: &mut [u16; STUDENTS]) {
    read(&count::<P>(days), into);
}

/// Adds a multiple of some numbers.
#[inline(always)]
fn add_times<const P: usize>(sums: &mut Digits<24>, numbers: &Digits<P>, times: u32) {
    for twofold in (0..24_usize).filter(|i| times >> i & 1 == 1) {
        let mut carry = Row::NONE;
        for (i, digit) in sums.iter_mut().enumerate().skip(twofold) {
            let number = numbers.get(i - twofold).copied().unwrap_or(Row::NONE);
            (*digit, carry) = sum(*digit, number, carry);
        }
    }
}

/// See [`super::standing_rate`].
#[inline(always)]
pub(super) fn standing_rate<const P: usize>(known: &[Row], absent: &[Row], rate: Rate) -> Row {
    let (enrolled, absences): (Digits<P>, Digits<P>) = (count(known), count(absent));
    let (whole, share) = rate.parts();
    // share × days − whole × absences: met where it is at most 0, or less than 0.
    let mut missing: Digits<24> = [Row::NONE; 24];
    add_times(&mut missing, &absences, whole);
    missing = missing.map(|digit| !digit);
    add_times(&mut missing, &enrolled, share);
    // The complement is one less than the negative number.
    if rate.more_than {
        add(&mut missing, Row::ALL);
    }
    // No student has so many days.
    let mut untested: Digits<24> = all(-i64::from(rate.least.min(1 << 16)));
    add_times(&mut untested, &enrolled, 1);
    missing[23] & !untested[23]
}

/// See [`super::nth`]; P digits hold −n and 0, D digits any day.
#[inline(always)]
pub(super) fn nth<const P: usize, const D: usize>(days: &[Row], n: u32, into: &mut [u16; STUDENTS]) {
    let mut left: Digits<P> = all(-i64::from(n));
    let mut until = Until::<D>::new();
    for (day, row) in days.iter().enumerate() {
        add(&mut left, *row);
        until.after(day, !left[P - 1]);
    }
    until.read(into);
}

/// Whether those who are there on some day are known on the same days, up to the day on which they left.
#[inline(always)]
pub(super) fn same_days(known: &[Row]) -> bool {
    let (mut here, mut others) = (Row::ALL, Row::NONE);
    for day in known.iter().filter(|day| !day.is_empty()) {
        others = others | (*day & !here);
        here = *day;
    }
    others.is_empty()
}

/// See [`super::first_rate_day`], where [`same_days`] holds: the same number of absences is needed of everybody on a
/// day. P digits hold what is needed on the last day as a negative number, and the least enrollment.
#[inline(always)]
pub(super) fn first_rate_day_together<const P: usize, const D: usize>(
    known: &[Row],
    absent: &[Row],
    rate: Rate,
    into: &mut [u16; STUDENTS],
) {
    let (whole, share) = rate.parts();
    // Absences less those needed: one more is needed whenever another `whole` of `share` × days is full.
    let mut beyond: Digits<P> = all(-i64::from(rate.strict()));
    let mut due = if rate.strict() { 0 } else { whole - 1 };
    let mut until = Until::<D>::new();
    let mut enrolled = 0;
    for (day, (known, absent)) in known.iter().zip(absent).enumerate() {
        if !known.is_empty() {
            enrolled += 1;
            due += share;
            while due >= whole {
                due -= whole;
                subtract(&mut beyond, Row::ALL);
            }
            add(&mut beyond, *absent);
        }
        let tested = if enrolled >= rate.least { *known } else { Row::NONE };
        until.after(day, tested & !beyond[P - 1]);
    }
    until.read(into);
}

/// See [`super::first_rate_day`], whoever is known on which day. P digits hold the largest balance; see [`balance`].
#[inline(always)]
pub(super) fn first_rate_day_each<const P: usize, const D: usize>(
    known: &[Row],
    absent: &[Row],
    rate: Rate,
    into: &mut [u16; STUDENTS],
) {
    let (whole, share) = rate.parts();
    let (for_absence, for_presence): (Digits<P>, Digits<P>) =
        (all(i64::from(whole) - i64::from(share)), all(-i64::from(share)));
    // whole × absences − share × days: met where it is at least 0, or more than 0.
    let mut balance: Digits<P> = all(-i64::from(rate.strict()));
    let mut untested: Digits<32> = all(-i64::from(rate.least));
    let mut testable = if rate.least == 0 { Row::ALL } else { Row::NONE };
    let mut until = Until::<D>::new();
    for (day, (known, absent)) in known.iter().zip(absent).enumerate() {
        let present = *known & !*absent;
        let mut carry = Row::NONE;
        for ((digit, a), p) in balance.iter_mut().zip(for_absence).zip(for_presence) {
            (*digit, carry) = sum(*digit, (*absent & a) | (present & p), carry);
        }
        let early = *known & !testable;
        if !early.is_empty() {
            add(&mut untested, early);
            testable = testable | !untested[31];
        }
        until.after(day, *known & testable & !balance[P - 1]);
    }
    until.read(into);
}

/// See [`super::most_in`]; P digits hold the longest window, so that none is counted beyond them.
#[inline(always)]
pub(super) fn most_in<const P: usize>(days: &[Row], first: &[u16], into: &mut [u16; STUDENTS]) {
    // The most so far, and how far the window of the day is below it.
    let (mut most, mut below): (Digits<P>, Digits<P>) = ([Row::NONE; P], [Row::NONE; P]);
    let mut left = 0;
    for (row, first) in days.iter().zip(first) {
        let mut leaves = Row::NONE;
        for day in days.get(left..usize::from(*first)).unwrap_or(&[]) {
            add(&mut below, leaves);
            leaves = *day;
        }
        left = usize::from(*first).max(left);
        let (comes, goes) = (*row & !leaves, leaves & !*row);
        let full = below.iter().fold(Row::NONE, |any, digit| any | *digit);
        add(&mut most, comes & !full);
        step(&mut below, goes, comes & full);
    }
    read(&most, into);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_as_the_numbers_they_are() {
        for number in [0, 1, 2, 100, 255, 256, 4_711, 65_535] {
            let mut digits: Digits<16> = [Row::NONE; 16];
            for (i, digit) in digits.iter_mut().enumerate() {
                for student in (0..STUDENTS).filter(|s| (number ^ s) >> i & 1 == 1) {
                    digit.add(student);
                }
            }
            let mut numbers = [0; STUDENTS];
            read(&digits, &mut numbers);
            assert!(numbers.iter().enumerate().all(|(s, n)| usize::from(*n) == number ^ s));
        }
    }
}
