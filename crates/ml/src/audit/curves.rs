//! The audit's curves as SVG: how exposed the canaries are, how well members are told from non-members, what the adapters take off
//! the loss. Drawn from the report alone; attributes only, so that a page may forbid styles.

use super::AuditReport;
use super::membership::Membership;
use std::fmt::Write;

/// Width and height of a drawing.
const SIZE: (f64, f64) = (420.0, 240.0);
/// Space around the axes.
const MARGIN: f64 = 36.0;
/// Bits of the histogram: more than 20 cannot be.
const BITS_MOST: usize = 20;

/// A drawing with its caption.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Curve {
    /// What it shows, in words.
    pub title: String,
    /// The drawing: one `svg` element.
    pub svg: String,
}

/// All curves that the report has numbers for.
pub fn curves(report: &AuditReport) -> Vec<Curve> {
    let mut all = Vec::new();
    if let Some(exposure) = &report.exposure {
        let title = format!(
            "Exposure of made-up secrets, in bits: learnt once (dark), four times (light). Chance has half of them under 1 bit; {} by \
             chance set aside",
            exposure.by_chance
        );
        all.push(Curve { svg: histogram(&exposure.once, &exposure.four_times, &title), title });
    }
    if let Some(membership) = &report.membership {
        let title = format!(
            "Members told from non-members: area {:.3}, from {:.3} to {:.3}",
            membership.auc.value, membership.auc.low, membership.auc.high
        );
        all.push(Curve { svg: roc(membership, &title), title });
    }
    if let Some(utility) = &report.utility {
        let title = "Loss on rows never learnt from, nats a token".to_owned();
        let bars = [("base alone", utility.base.nats), ("with the adapters", utility.adapted.nats)];
        all.push(Curve { svg: bars_of(&bars, &title), title });
    }
    all
}

/// An `svg` element with a name for those who do not see it.
fn frame(title: &str, inside: &str) -> String {
    let (width, height) = SIZE;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{title}\" font-size=\"11\" font-family=\"sans-serif\" fill=\"currentColor\">{inside}</svg>"
    )
}

/// Both axes and what stands at them.
fn axes(x: &str, y: &str) -> String {
    let (width, height) = SIZE;
    let (right, bottom) = (width - MARGIN, height - MARGIN);
    format!(
        "<path d=\"M{MARGIN} {MARGIN}V{bottom}H{right}\" fill=\"none\" stroke=\"currentColor\"/>\
         <text x=\"{right}\" y=\"{}\" text-anchor=\"end\">{x}</text><text x=\"{MARGIN}\" y=\"{}\">{y}</text>",
        height - 6.0,
        MARGIN - 10.0
    )
}

/// A value between 0 and 1 as a place on the axes.
fn place(x: f64, y: f64) -> (f64, f64) {
    let (width, height) = SIZE;
    (MARGIN + x * (width - 2.0 * MARGIN), height - MARGIN - y * (height - 2.0 * MARGIN))
}

fn histogram(once: &[f64], four_times: &[f64], title: &str) -> String {
    let count = |values: &[f64]| {
        let mut bins = vec![0usize; BITS_MOST];
        values.iter().for_each(|bits| bins[(*bits as usize).min(BITS_MOST - 1)] += 1);
        bins
    };
    let (once, four_times) = (count(once), count(four_times));
    let most = once.iter().chain(&four_times).copied().max().unwrap_or(0).max(1);
    let mut inside = axes("bits", "secrets");
    let slot = 1.0 / BITS_MOST as f64;
    for (bit, (&dark, &light)) in once.iter().zip(&four_times).enumerate() {
        for (half, count, opacity) in [(0.0, dark, 0.9), (0.5, light, 0.35)] {
            let (x, top) = place(slot * (bit as f64 + half), count as f64 / most as f64);
            let (end, bottom) = place(slot * (bit as f64 + half + 0.45), 0.0);
            let _ = write!(
                inside,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill-opacity=\"{opacity}\"/>",
                end - x,
                bottom - top
            );
        }
        if bit % 5 == 0 {
            let (x, y) = place(slot * bit as f64, 0.0);
            let _ = write!(inside, "<text x=\"{x:.1}\" y=\"{:.1}\">{bit}</text>", y + 14.0);
        }
    }
    let (x, y) = place(0.0, 1.0);
    let _ = write!(inside, "<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{most}</text>", x - 4.0);
    frame(title, &inside)
}

fn roc(membership: &Membership, title: &str) -> String {
    let point = |&(x, y): &(f64, f64)| {
        let (x, y) = place(x, y);
        format!("{x:.1},{y:.1}")
    };
    let points: Vec<String> = membership.curve.iter().map(point).collect();
    let (from, to) = (point(&(0.0, 0.0)), point(&(1.0, 1.0)));
    let inside = format!(
        "{}<polyline points=\"{from} {to}\" fill=\"none\" stroke=\"currentColor\" stroke-dasharray=\"4 4\" stroke-opacity=\"0.5\"/>\
         <polyline points=\"{}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>",
        axes("non-members taken for members", "members found"),
        points.join(" ")
    );
    frame(title, &inside)
}

fn bars_of(bars: &[(&str, f64)], title: &str) -> String {
    let most = bars.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let slot = 1.0 / bars.len().max(1) as f64;
    let mut inside = axes("", "nats a token");
    for (i, (name, value)) in bars.iter().enumerate() {
        let (x, top) = place(slot * (i as f64 + 0.2), value / most);
        let (end, bottom) = place(slot * (i as f64 + 0.8), 0.0);
        let middle = (x + end) / 2.0;
        let _ = write!(
            inside,
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill-opacity=\"0.7\"/>\
             <text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{value:.3}</text>\
             <text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>",
            end - x,
            bottom - top,
            top - 4.0,
            bottom + 14.0
        );
    }
    frame(title, &inside)
}
