//! Times the four questions of `make bench` on the kernels of this crate, on one thread, with the data in memory:
//!
//! ```text
//! questions MARKS DAYS ROUNDS ANSWERS [QUESTION]
//! ```
//!
//! MARKS holds a byte for each student and day (0 present, 1 excused, 2 unexcused). The answers go to the folder
//! ANSWERS, one file a question with a little-endian 16-bit number a student, so that they can be compared with what
//! other engines say. The seconds of each round go to stdout as JSON, with those of `turn` (from a mask a student to
//! rows of students) and of `read` (every row of the three masks looked at once: no question can be faster than its
//! part of that). With QUESTION only that one is asked.

use rules::bits::block::{self, NEVER, Row, STUDENTS};
use rules::bits::{self, Rate};
use std::error::Error;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

/// The window of question B, in school days.
const WINDOW: usize = 20;

/// A year of up to 256 students: 3 bits a student and day.
struct Block {
    known: Vec<Row>,
    absent: Vec<Row>,
    unexcused: Vec<Row>,
}

/// The years of some students as masks, one student after the other: known, absent, unexcused.
fn masks(codes: &[u8], days: usize) -> [Vec<u64>; 3] {
    let words = bits::words(days);
    let mut masks = [(); 3].map(|()| vec![0; codes.len() / days * words]);
    for (student, year) in codes.chunks_exact(days).enumerate() {
        let [known, absent, unexcused] = masks.each_mut().map(|mask| &mut mask[student * words..]);
        bits::set_range(&mut known[..words], 0, days);
        for (day, code) in year.iter().enumerate().filter(|(_, code)| **code != 0) {
            bits::set(absent, day);
            if *code == 2 {
                bits::set(unexcused, day);
            }
        }
    }
    masks
}

fn turned(masks: &[u64], days: usize) -> Vec<Row> {
    let mut rows = vec![Row::NONE; days];
    block::turn(masks, bits::words(days), &mut rows);
    rows
}

/// What is asked, how often, and where the answers go.
struct Timer {
    rounds: usize,
    only: Option<String>,
    answers: PathBuf,
    lines: Vec<String>,
}

impl Timer {
    fn time<T>(&mut self, name: &str, mut task: impl FnMut() -> T) -> Option<T> {
        if self.only.as_ref().is_some_and(|only| only != name) {
            return None;
        }
        let (mut last, mut seconds) = (None, Vec::new());
        for _ in 0..self.rounds {
            let begin = Instant::now();
            let answer = black_box(task());
            seconds.push(begin.elapsed().as_secs_f64());
            last = Some(answer);
        }
        self.lines.push(format!("\"{name}\":{seconds:?}"));
        last
    }

    /// Asks each block, and writes the answers as numbers.
    fn ask<T: Clone>(
        &mut self,
        name: &str,
        blocks: &[Block],
        nothing: T,
        question: impl Fn(&Block, &mut T),
        number: impl Fn(&T, usize) -> u16,
    ) -> std::io::Result<()> {
        let mut answers = vec![nothing; blocks.len()];
        self.time(name, || {
            for (answer, block) in answers.iter_mut().zip(black_box(blocks)) {
                question(block, answer);
            }
            black_box(&mut answers);
        });
        let numbers = answers.iter().flat_map(|answer| (0..STUDENTS).map(|student| number(answer, student)));
        let bytes: Vec<u8> = numbers.flat_map(u16::to_le_bytes).collect();
        std::fs::write(self.answers.join(format!("{name}.i16")), bytes)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [marks, days, rounds, answers, only @ ..] = arguments.as_slice() else {
        return Err("usage: questions MARKS DAYS ROUNDS ANSWERS [QUESTION]".into());
    };
    let days: usize = days.parse()?;
    let codes = std::fs::read(marks)?;
    let (rounds, answers, only) = (rounds.parse()?, PathBuf::from(answers), only.first().cloned());
    let mut timer = Timer { rounds, only, answers, lines: Vec::new() };

    let years: Vec<[Vec<u64>; 3]> = codes.chunks(days * STUDENTS).map(|codes| masks(codes, days)).collect();
    let turn = || -> Vec<Block> {
        let blocks = black_box(&years).iter().map(|year| year.each_ref().map(|mask| turned(mask, days)));
        blocks.map(|[known, absent, unexcused]| Block { known, absent, unexcused }).collect()
    };
    timer.time("turn", turn);
    let blocks = turn();

    let rate = Rate { percent: 10, more_than: false, least: 10 };
    let windows = block::windows(days, WINDOW);
    let (nobody, never) = (Row::NONE, [NEVER; STUDENTS]);
    let day = |days: &[u16; STUDENTS], student: usize| days[student];
    timer.ask(
        "A",
        &blocks,
        nobody,
        |b, met| *met = block::standing_rate(&b.known, &b.absent, rate),
        |met, student| u16::from(met.has(student)),
    )?;
    timer.ask("A2", &blocks, never, |b, days| block::first_rate_day(&b.known, &b.absent, rate, days), day)?;
    timer.ask("B", &blocks, never, |b, most| block::most_in(&b.unexcused, &windows, most), day)?;
    timer.ask("C", &blocks, never, |b, days| block::nth(&b.unexcused, 3, days), day)?;

    timer.time("read", || {
        let rows = black_box(&blocks).iter().flat_map(|b| [&b.known, &b.absent, &b.unexcused]);
        rows.map(|rows| rows.iter().fold(Row::NONE, |any, row| any ^ *row)).collect::<Vec<Row>>()
    });
    println!("{{{}}}", timer.lines.join(","));
    Ok(())
}
