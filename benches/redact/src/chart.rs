//! The picture of the report: how much structured data each engine finds, and how fast. Drawn by hand as SVG; the tables say the same.

use crate::report::Measured;
use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 210.0;
const ROW: f64 = 26.0;
/// The length of the longest bar.
const LONGEST: f64 = 440.0;
/// Megabytes a second at the start and at the end of the scale, which is logarithmic.
const SLOWEST: f64 = 0.01;
const FASTEST: f64 = 1000.0;

/// Draws the chart.
pub fn svg(measured: &[Measured]) -> String {
    let panel = 56.0 + ROW * measured.len() as f64;
    let height = 2.0 * panel + 16.0;
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = draw(&mut out, measured, panel, height);
    out
}

fn draw(out: &mut String, measured: &[Measured], panel: f64, height: f64) -> std::fmt::Result {
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title words\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">"
    )?;
    writeln!(out, "<title id=\"title\">Redaction: how much is found, and how fast</title>")?;
    writeln!(out, "<desc id=\"words\">{}</desc>", words(measured))?;
    writeln!(out, "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>")?;
    let found: Vec<(&Measured, f64, String)> = measured
        .iter()
        .map(|one| (one, one.structured.all().recall().unwrap_or_default()))
        .map(|(one, recall)| (one, recall, format!("{recall:.3}")))
        .collect();
    bars(out, 0.0, "Structured personal data found (share of 365 labels, presidio_synth)", &found)?;
    let speed: Vec<(&Measured, f64, String)> = measured
        .iter()
        .map(|one| (one, (one.posts / SLOWEST).ln() / (FASTEST / SLOWEST).ln(), format!("{:.2} MB/s", one.posts)))
        .collect();
    bars(out, panel, "Speed on raw posts, one core (logarithmic)", &speed)?;
    writeln!(out, "</svg>")
}

fn words(measured: &[Measured]) -> String {
    let one = |one: &Measured| {
        let recall = one.structured.all().recall().unwrap_or_default();
        format!("{}: {recall:.3} found, {:.2} MB/s", one.engine.title, one.posts)
    };
    measured.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn bars(out: &mut String, top: f64, title: &str, rows: &[(&Measured, f64, String)]) -> std::fmt::Result {
    writeln!(out, "<text x=\"16\" y=\"{}\" font-weight=\"600\" fill=\"#1a1f24\">{title}</text>", top + 30.0)?;
    for (place, (one, share, told)) in rows.iter().enumerate() {
        let y = top + 46.0 + ROW * place as f64;
        let length = (share * LONGEST).clamp(1.0, LONGEST);
        let fill = if one.engine.is_ours { "#1d5c8f" } else { "#8a949e" };
        let name = one.engine.title;
        writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#1a1f24\">{name}</text>",
            LEFT - 10.0,
            y + 14.0
        )?;
        writeln!(out, "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"18\" fill=\"{fill}\"/>")?;
        writeln!(out, "<text x=\"{:.1}\" y=\"{}\" fill=\"#1a1f24\">{told}</text>", LEFT + length + 8.0, y + 14.0)?;
    }
    Ok(())
}
