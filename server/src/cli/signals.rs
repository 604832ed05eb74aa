//! Printing signals, the same way for `evaluate` and `check`.

use super::Format;
use comfy_table::{Table, presets};
use model::report::SetAside;
use services::signals::{NotEvaluated, SignalRow};
use std::io::Write;

/// Prints the signals on stdout in the chosen format.
pub(crate) fn print(signals: Vec<SignalRow>, format: Format) {
    let mut printer = Printer::new(format);
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
    out: std::io::StdoutLock<'static>,
    begun: bool,
    rows: Vec<SignalRow>,
}

impl Printer {
    /// Begins to print.
    pub(crate) fn new(format: Format) -> Self {
        Self { format, out: std::io::stdout().lock(), begun: false, rows: Vec::new() }
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
                let _ = table(&self.rows, &mut out);
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
    as_of,numerator,denominator,unit,evidence,met_evidence,episodes,citation\n";

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
        ];
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
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
            s.school_id.clone().unwrap_or_else(|| "all of the year".to_owned()),
            s.rule.clone(),
            s.school_year.to_string(),
            s.met_on.to_string(),
            s.standing_since.map_or_else(|| "no longer".to_owned(), |d| d.to_string()),
            s.denominator.map_or_else(|| s.numerator.to_string(), |d| format!("{} of {d}", s.numerator)),
            dates.join(" "),
        ]);
    }
    if !signals.is_empty() {
        writeln!(out, "{table}")?;
    }
    let standing = signals.iter().filter(|s| s.standing).count();
    let noun = if signals.len() == 1 { "signal" } else { "signals" };
    writeln!(out, "{} {noun}, of which {standing} standing", signals.len())
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
