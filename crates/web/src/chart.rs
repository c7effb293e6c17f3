//! Curves: the one place where pages draw lines. A chart is drawn as SVG without a style or a script of its own, so that the strict
//! policy of the pages holds; each line has its own color and its own dashes, and a table says the same in numbers.
//!
//! ```ignore
//! LineChart::new("Loss", "step", "nats a token", vec![Series::new("part 1", points)])   // in a page: `{{ chart|safe }}`
//! ```

use askama::Template;

/// Width and height of the drawing, and of its margins, in units of the picture.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;
/// Most ticks of an axis.
const TICKS: f64 = 5.0;
/// Most points that are drawn of one line; more are thinned evenly, first and last kept.
const POINTS: usize = 240;
/// Looks of lines, as the style sheet knows them.
const LOOKS: usize = 8;

/// One line of a chart.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

/// A chart of lines, drawn; a page shows it with `{{ chart|safe }}`.
#[derive(Template)]
#[template(path = "line_chart.html")]
pub(crate) struct LineChart {
    title: String,
    x: String,
    y: String,
    words: String,
    lines: Vec<Line>,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
}

struct Line {
    name: String,
    look: usize,
    points: String,
    first: String,
    lowest: String,
    last: String,
}

struct Tick {
    at: String,
    label: String,
}

/// A range of values that is drawn along one axis.
struct Axis {
    low: f64,
    high: f64,
    start: f64,
    length: f64,
}

impl Series {
    /// A line through these points; what is no number is left out.
    pub(crate) fn new(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let points = points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        Self { name: name.into(), points: points.collect() }
    }
}

impl LineChart {
    /// Draws lines; none if there is no point at all. `title` is the caption, `x` and `y` say what the axes measure.
    pub(crate) fn new(title: &str, x: &str, y: &str, series: Vec<Series>) -> Option<Self> {
        let series: Vec<Series> = series.into_iter().filter(|one| !one.points.is_empty()).collect();
        let points = || series.iter().flat_map(|one| &one.points);
        let across = Axis::over(points().map(|p| p.0), LEFT, WIDTH - LEFT - RIGHT)?;
        let up = Axis::over(points().map(|p| p.1), HEIGHT - BOTTOM, TOP + BOTTOM - HEIGHT)?;
        let lines: Vec<Line> = series.iter().enumerate().map(|(i, one)| line(i, one, &across, &up)).collect();
        let words = lines.iter().map(|line| format!("{}: from {} to {}", line.name, line.first, line.last));
        Some(Self {
            title: title.into(),
            x: x.into(),
            y: y.into(),
            words: words.collect::<Vec<_>>().join("; "),
            x_ticks: across.ticks(),
            y_ticks: up.ticks(),
            lines,
        })
    }
}

fn line(index: usize, series: &Series, across: &Axis, up: &Axis) -> Line {
    let place = |&(x, y): &(f64, f64)| format!("{:.1},{:.1}", across.at(x), up.at(y));
    let told = |point: Option<&(f64, f64)>| point.map_or_else(String::new, |p| format!("{:.3}", p.1));
    let lowest = series.points.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    Line {
        name: series.name.clone(),
        look: index % LOOKS + 1,
        points: thinned(&series.points).iter().map(place).collect::<Vec<_>>().join(" "),
        first: told(series.points.first()),
        lowest: told(lowest),
        last: told(series.points.last()),
    }
}

/// At most [`POINTS`] of the points, evenly.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let last = points.len().saturating_sub(1);
    let picked = points.len().min(POINTS);
    (0..picked).filter_map(|i| points.get(i * last / picked.saturating_sub(1).max(1)).copied()).collect()
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>, start: f64, length: f64) -> Option<Self> {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        // A single value still needs a range to lie in.
        let room = if high > low { 0.0 } else { high.abs().max(1.0) / 2.0 };
        low.is_finite().then_some(Self { low: low - room, high: high + room, start, length })
    }

    fn at(&self, value: f64) -> f64 {
        self.start + self.length * (value - self.low) / (self.high - self.low)
    }

    /// Round numbers within the range: multiples of 1, 2 or 5 times a power of ten.
    fn ticks(&self) -> Vec<Tick> {
        let rough = (self.high - self.low) / TICKS;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= rough).unwrap_or(rough);
        let decimals = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
        let first = (self.low / step).ceil();
        let values = (0..=TICKS as usize).map(|i| (first + i as f64) * step);
        values
            .take_while(|value| *value <= self.high)
            .map(|value| Tick { at: format!("{:.1}", self.at(value)), label: format!("{value:.decimals$}") })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_every_line_inside_the_frame() {
        let falling = Series::new("part <1>", (0..1000).map(|i| (f64::from(i), 5.0 - f64::from(i) / 500.0)));
        let odd = Series::new("part 2", [(0.0, f64::NAN), (10.0, 4.5)]);
        let chart = LineChart::new("Loss", "step", "nats a token", vec![falling, odd]).expect("points to draw");
        assert_eq!(chart.lines.len(), 2);
        for point in chart.lines.iter().flat_map(|line| line.points.split(' ')) {
            let (x, y) = point.split_once(',').expect("a pair");
            let (x, y): (f64, f64) = (x.parse().expect("a number"), y.parse().expect("a number"));
            assert!((LEFT..=WIDTH).contains(&x) && (TOP..=HEIGHT - BOTTOM).contains(&y), "{point}");
        }
        assert_eq!(chart.lines[0].points.split(' ').count(), POINTS);
        let html = chart.to_string();
        assert!(html.contains("part &#60;1&#62;") && !html.contains("<1>"), "{html}");
        assert!(!html.contains("style="), "the pages' policy allows no inline style");
    }

    #[test]
    fn ticks_are_round_and_nothing_gives_no_chart() {
        let axis = Axis::over([2.93, 5.31].into_iter(), 0.0, 100.0).expect("a range");
        let labels: Vec<String> = axis.ticks().into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["3.0", "3.5", "4.0", "4.5", "5.0"]);
        assert!(LineChart::new("Loss", "x", "y", vec![Series::new("empty", [])]).is_none());
        let one = LineChart::new("Loss", "x", "y", vec![Series::new("one", [(1.0, 2.0)])]);
        assert!(one.is_some_and(|chart| !chart.x_ticks.is_empty()));
    }
}
