//! A small line, drawn as SVG on the server. Its numbers always stand in a table beside it.

use leptos::prelude::*;

/// One point of a line: a share, or nothing where the figure is hidden or nobody was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartPoint {
    /// Part and whole; `None` breaks the line.
    pub share: Option<(u32, u32)>,
}

/// The line's path in a box of 100 by 100, the scale given in per mille.
fn path(points: &[ChartPoint], low: u32, high: u32) -> (String, Option<(String, String)>) {
    use std::fmt::Write as _;
    let span = f64::from(high.saturating_sub(low).max(1));
    let step = 100.0 / (points.len().saturating_sub(1).max(1)) as f64;
    let mut line = String::new();
    let mut last = None;
    let mut drawing = false;
    for (i, point) in points.iter().enumerate() {
        let Some((part, of)) = point.share.filter(|(_, of)| *of > 0) else {
            drawing = false;
            continue;
        };
        let share = f64::from(part) * 1000.0 / f64::from(of);
        let x = step * i as f64;
        let y = 100.0 - ((share - f64::from(low)) / span * 100.0).clamp(0.0, 100.0);
        // A point without neighbours still shows: a line of no length with round ends.
        let _ = if drawing { write!(line, "L{x:.1} {y:.1}") } else { write!(line, "M{x:.1} {y:.1}h0") };
        drawing = true;
        last = Some((format!("{x:.1}"), format!("{y:.1}")));
    }
    (line, last)
}

/// The line, with the ends of its scale in per mille and of its time in words, and a dashed line at `mark`.
pub fn line_chart(
    points: &[ChartPoint],
    label: String,
    scale: (u32, u32),
    mark: Option<u32>,
    from: String,
    to: String,
) -> AnyView {
    let (low, high) = scale;
    let (line, last) = path(points, low, high);
    let end = last.map(|(x, y)| view! { <path class="chart-end" d=format!("M{x} {y}h0")></path> });
    let mark = mark.filter(|m| (low..=high).contains(m)).map(|m| {
        let y = 100.0 - f64::from(m - low) / f64::from((high - low).max(1)) * 100.0;
        view! { <path class="chart-mark" d=format!("M0 {y:.1}h100")></path> }
    });
    view! {
        <div class="chart">
            <span class="chart-high">{format!("{} %", high / 10)}</span>
            <span class="chart-low">{format!("{} %", low / 10)}</span>
            <svg class="chart-plot" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=label>
                <path class="chart-frame" d="M0 0h100M0 100h100"></path>
                {mark}
                <path class="chart-line" d=line></path>
                {end}
            </svg>
            <span class="chart-from">{from}</span>
            <span class="chart-to">{to}</span>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(shares: &[Option<(u32, u32)>]) -> Vec<ChartPoint> {
        shares.iter().map(|share| ChartPoint { share: *share }).collect()
    }

    #[test]
    fn a_hidden_figure_breaks_the_line() {
        let (line, last) = path(&points(&[Some((0, 5)), None, Some((5, 5))]), 0, 1000);
        assert_eq!(line, "M0.0 100.0h0M100.0 0.0h0");
        assert_eq!(last, Some(("100.0".to_owned(), "0.0".to_owned())));
    }

    #[test]
    fn a_week_without_school_days_is_no_point() {
        assert_eq!(path(&points(&[Some((0, 0))]), 0, 1000), (String::new(), None));
    }
}
