//! Times the four questions of `make bench` on the kernels of this crate, on one thread, with the data in memory:
//!
//! ```text
//! questions MARKS DAYS ROUNDS ANSWERS
//! ```
//!
//! MARKS holds a byte for each student and day (0 present, 1 excused, 2 unexcused). The answers go to the folder
//! ANSWERS, one file a question with a little-endian 16-bit number a student, so that they can be compared with what
//! other engines say. The seconds of each round go to stdout as JSON.

use rules::bits;
use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// A day that has none, for a student who never met the rule.
const NEVER: i16 = -1;
/// The window of question B, in school days.
const WINDOW: usize = 20;
/// Words that hold a year of 180 days.
const WORDS: usize = 3;

/// A year of one student: 72 bytes.
struct Year {
    known: [u64; WORDS],
    absent: [u64; WORDS],
    unexcused: [u64; WORDS],
}

fn year(codes: &[u8]) -> Year {
    let mut year = Year { known: [0; WORDS], absent: [0; WORDS], unexcused: [0; WORDS] };
    for (day, code) in codes.iter().enumerate() {
        bits::set(&mut year.known, day);
        if *code != 0 {
            bits::set(&mut year.absent, day);
        }
        if *code == 2 {
            bits::set(&mut year.unexcused, day);
        }
    }
    year
}

fn day_or_never(day: Option<usize>) -> i16 {
    day.map_or(NEVER, |day| day as i16)
}

/// What is asked, how often, and where the answers go.
struct Timer<'a> {
    years: &'a [Year],
    rounds: usize,
    answers: &'a Path,
}

impl Timer<'_> {
    /// Asks each student's year, writes the answers and returns `"name":[seconds, …]`.
    fn ask(&self, name: &str, question: impl Fn(&Year) -> i16) -> std::io::Result<String> {
        let mut answer = vec![NEVER; self.years.len()];
        let mut seconds = Vec::new();
        for _ in 0..self.rounds {
            let begin = Instant::now();
            for (value, year) in answer.iter_mut().zip(black_box(self.years)) {
                *value = question(year);
            }
            black_box(&answer);
            seconds.push(begin.elapsed().as_secs_f64());
        }
        let bytes: Vec<u8> = answer.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(self.answers.join(format!("{name}.i16")), bytes)?;
        Ok(format!("\"{name}\":{seconds:?}"))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [marks, days, rounds, answers] = arguments.as_slice() else {
        return Err("usage: questions MARKS DAYS ROUNDS ANSWERS".into());
    };
    let (days, rounds): (usize, usize) = (days.parse()?, rounds.parse()?);
    if days > WORDS * 64 {
        return Err(format!("{days} days do not fit into {WORDS} words").into());
    }
    let codes = std::fs::read(marks)?;
    let years: Vec<Year> = codes.chunks_exact(days).map(year).collect();

    let rate = bits::Rate { percent: 10, more_than: false, least: 10 };
    let timer = Timer { years: &years, rounds, answers: Path::new(answers) };
    let lines = [
        timer.ask("A", |y| i16::from(bits::standing_rate(&y.known, &y.absent, rate)))?,
        timer.ask("A2", |y| day_or_never(bits::first_rate_day(&y.known, &y.absent, rate)))?,
        timer.ask("B", |y| bits::most_in(&y.unexcused, WINDOW) as i16)?,
        timer.ask("C", |y| day_or_never(bits::nth(&y.unexcused, 3)))?,
    ];
    println!("{{{}}}", lines.join(","));
    Ok(())
}
