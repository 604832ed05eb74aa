//! Printing signals, the same way for `evaluate` and `check`.

use super::Format;
use comfy_table::{Table, presets};
use model::report::SetAside;
use model::signal::WhyNot;
use services::signals::{EvidenceRow, NextRow, NotCountedRow, NotEvaluated, SignalRow};
use std::collections::BTreeMap;
use std::io::Write;

/// Prints the signals on stdout in the chosen format.
pub(crate) fn print(signals: Vec<SignalRow>, format: Format, explain: bool) {
    let mut printer = Printer::new(format, explain);
    printer.print(form(format)(signals));
    printer.finish();
}

/// Some signals, formed to be printed.
pub(crate) enum Piece {
    /// Lines, the last one without its end.
    Lines(Vec<u8>),
    /// A table can only be formed as a whole.
    Rows(Vec<SignalRow>),
}

/// Forms some signals; on any thread.
pub(crate) fn form(format: Format) -> impl Fn(Vec<SignalRow>) -> Piece + Sync {
    move |signals| {
        let mut lines = Vec::new();
        // Writing to memory never fails.
        let _ = match format {
            Format::Json => services::signals::json_lines(&signals, &mut lines).map_err(Into::into),
            Format::Csv => csv(&signals, &mut lines),
            Format::Table => return Piece::Rows(signals),
        };
        lines.pop();
        Piece::Lines(lines)
    }
}

/// Prints signals on stdout, piece by piece. A reader that stops reading early is no error.
pub(crate) struct Printer {
    format: Format,
    explain: bool,
    out: std::io::StdoutLock<'static>,
    begun: bool,
    rows: Vec<SignalRow>,
}

impl Printer {
    /// Begins to print; `explain` opens each line of a table to its days.
    pub(crate) fn new(format: Format, explain: bool) -> Self {
        Self { format, explain, out: std::io::stdout().lock(), begun: false, rows: Vec::new() }
    }

    /// Prints the next piece.
    pub(crate) fn print(&mut self, piece: Piece) {
        match piece {
            Piece::Rows(rows) => self.rows.extend(rows),
            Piece::Lines(lines) if lines.is_empty() => {}
            Piece::Lines(mut lines) => {
                let before: &[u8] = match (self.format, self.begun) {
                    (Format::Json, false) => b"[\n",
                    (Format::Json, true) => b",\n",
                    (_, false) => COLUMNS,
                    (_, true) => b"\n",
                };
                // One write for each piece: the output is not buffered beyond a line.
                lines.splice(..0, before.iter().copied());
                let _ = self.out.write_all(&lines);
                self.begun = true;
            }
        }
    }

    /// Prints what ends the output.
    pub(crate) fn finish(mut self) {
        let end: &[u8] = match (self.format, self.begun) {
            (Format::Table, _) => {
                let mut out = std::io::BufWriter::with_capacity(1 << 16, &mut self.out);
                let _ = if self.explain { opened(&self.rows, &mut out) } else { table(&self.rows, &mut out) };
                let _ = ending(&self.rows, &mut out);
                b""
            }
            (Format::Json, true) => b"\n]\n",
            (Format::Json, false) => b"[]\n",
            (Format::Csv, true) => b"\n",
            (Format::Csv, false) => COLUMNS,
        };
        let _ = self.out.write_all(end);
        let _ = self.out.flush();
    }
}

/// The first line of the CSV.
const COLUMNS: &[u8] =
    b"student_id,school_id,scope,pack,pack_version,rule,school_year,met_on,standing,standing_since,\
    as_of,numerator,denominator,unit,evidence,met_evidence,episodes,citation,title,next,contributions,\
    not_counted,unknown_days,to_verify\n";

/// Lists rows set aside on stderr, one a line.
pub(crate) fn list_set_aside(rows: &[SetAside]) {
    let mut err = std::io::stderr().lock();
    let _ = match rows.len() {
        0 => Ok(()),
        1 => writeln!(err, "1 row was set aside:"),
        many => writeln!(err, "{many} rows were set aside:"),
    };
    for row in rows {
        let _ = writeln!(err, "  {row}");
    }
}

/// Says once a rule which rules could not be evaluated.
pub(crate) fn list_not_evaluated(rules: &[NotEvaluated]) {
    for rule in rules {
        eprintln!("{rule}");
    }
}

/// A cell that a spreadsheet would take for a formula is made text by a leading apostrophe (ASVS 1.2.10).
fn cell(text: &str) -> String {
    let safe =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if safe.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

fn csv(signals: &[SignalRow], out: &mut impl Write) -> std::io::Result<()> {
    for s in signals {
        let dates = |dates: &mut dyn Iterator<Item = String>| dates.collect::<Vec<_>>().join(" ");
        let fields = [
            cell(&s.student_id),
            cell(s.school_id.as_deref().unwrap_or_default()),
            s.scope.to_owned(),
            s.pack.clone(),
            s.pack_version.clone(),
            s.rule.clone(),
            s.school_year.to_string(),
            s.met_on.to_string(),
            s.standing.to_string(),
            s.standing_since.map(|d| d.to_string()).unwrap_or_default(),
            s.as_of.to_string(),
            s.numerator.to_string(),
            s.denominator.map(|d| d.to_string()).unwrap_or_default(),
            s.unit.clone(),
            dates(&mut s.evidence.iter().map(|e| e.date.to_string())),
            dates(&mut s.met_evidence.iter().map(ToString::to_string)),
            dates(
                &mut s
                    .episodes
                    .iter()
                    .map(|(from, to)| format!("{from}/{}", to.map(|to| to.to_string()).unwrap_or_default())),
            ),
            cell(&s.citation),
            cell(&s.title),
            cell(&s.next.as_ref().map(next_words).unwrap_or_default()),
            cell(&counted(s)),
            cell(&not_counted(s)),
            s.unknown_days.to_string(),
            s.to_verify.to_string(),
        ];
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

/// `1 more before 2026-03-14`.
fn next_words(next: &NextRow) -> String {
    next.before
        .map_or_else(|| format!("{} more", next.more), |date| format!("{} more before {date}", next.more))
}

/// Each day that counted, with what it contributes: `2026-03-02 Unexcused Absence 1; …`.
fn counted(of: &SignalRow) -> String {
    let day = |e: &EvidenceRow| format!("{} {} {}", e.date, e.category, e.counts);
    of.evidence.iter().map(day).collect::<Vec<_>>().join("; ")
}

/// Each day that did not, and why: `2026-03-03 Tardy (part too small); …`.
fn not_counted(of: &SignalRow) -> String {
    let day = |n: &NotCountedRow| format!("{} {} ({})", n.date, n.category, why(n.why));
    of.not_counted.iter().map(day).collect::<Vec<_>>().join("; ")
}

fn why(of: WhyNot) -> &'static str {
    match of {
        WhyNot::OtherCategory => "another category",
        WhyNot::PartTooSmall => "part too small",
        WhyNot::Unusable => "row cannot be used",
        WhyNot::RollNotTaken => "roll not taken",
        WhyNot::NotCounted => "in no count",
        WhyNot::OutsideWindow => "outside the window",
        WhyNot::Excluded => "taken out by a fact of the case",
    }
}

fn place(of: &SignalRow) -> String {
    of.school_id.clone().unwrap_or_else(|| "all of the year".to_owned())
}

fn since(of: &SignalRow) -> String {
    of.standing_since.map_or_else(|| "no longer".to_owned(), |d| d.to_string())
}

fn amount(of: &SignalRow) -> String {
    of.denominator.map_or_else(|| of.numerator.to_string(), |d| format!("{} of {d}", of.numerator))
}

/// A signal a paragraph, opened to its days.
fn opened(signals: &[SignalRow], out: &mut impl Write) -> std::io::Result<()> {
    for s in signals {
        writeln!(out, "{}, school {}, {}: {} ({})", s.student_id, place(s), s.school_year, s.rule, s.title)?;
        let (met, since, amount) = (s.met_on, since(s), amount(s));
        writeln!(out, "  met on {met}, stands since {since}, counted {amount} ({})", s.unit)?;
        for (heading, days) in [("counted", counted(s)), ("not counted", not_counted(s))] {
            if !days.is_empty() {
                writeln!(out, "  {heading}: {days}")?;
            }
        }
        if s.unknown_days > 0 {
            writeln!(out, "  unknown days, in no count: {}", s.unknown_days)?;
        }
        if let Some(next) = &s.next {
            writeln!(out, "  would be met by {}", next_words(next))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What is said once: each rule's clause and the version of its pack, and how many signals there are.
fn ending(signals: &[SignalRow], out: &mut impl Write) -> std::io::Result<()> {
    let rules: BTreeMap<_, _> = signals.iter().map(|s| ((&s.rule, &s.pack, &s.pack_version), s)).collect();
    for ((rule, pack, version), s) in rules {
        let open =
            if s.to_verify { " Not all of it is checked against the text of the law yet." } else { "" };
        writeln!(out, "{rule} ({pack} {version}): {}. {}.{open}", s.title, s.citation.trim_end_matches('.'))?;
    }
    let standing = signals.iter().filter(|s| s.standing).count();
    let noun = if signals.len() == 1 { "signal" } else { "signals" };
    writeln!(out, "{} {noun}, of which {standing} standing", signals.len())
}

fn table(signals: &[SignalRow], out: &mut impl Write) -> std::io::Result<()> {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header([
        "student",
        "school",
        "rule",
        "year",
        "met on",
        "stands since",
        "counted",
        "dates that count",
    ]);
    for s in signals {
        let mut dates: Vec<String> = s.evidence.iter().map(|e| e.date.format("%m-%d").to_string()).collect();
        if dates.len() > 6 {
            let more = dates.len() - 5;
            dates.truncate(5);
            dates.push(format!("and {more} more"));
        }
        table.add_row([
            s.student_id.clone(),
            place(s),
            s.rule.clone(),
            s.school_year.to_string(),
            s.met_on.to_string(),
            since(s),
            amount(s),
            dates.join(" "),
        ]);
    }
    if signals.is_empty() { Ok(()) } else { writeln!(out, "{table}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_become_a_formula() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("@sum"), "'@sum");
        assert_eq!(cell("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(cell("700001"), "700001");
    }
}
