//! What digits without a plus sign look like by their groups alone: most are dates, networks and amounts. Words are `phone_words.rs`.

/// What digits without a plus sign look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// A number as people write it.
    Fine,
    /// An amount or a fraction; a telephone number only beside a word.
    Amount,
    /// A date, a network, or another number.
    Wrong,
}

/// What stands between the groups: how many of each sign, and how many bytes in all.
#[derive(Clone, Copy, Default)]
pub(super) struct Gaps {
    pub(super) length: usize,
    pub(super) dots: usize,
    pub(super) slashes: usize,
    pub(super) hyphens: usize,
    pub(super) opened: usize,
    pub(super) closed: usize,
}

impl Gaps {
    pub(super) fn push(&mut self, gap: &str) {
        self.length += gap.len();
        for byte in gap.bytes() {
            match byte {
                b'.' => self.dots += 1,
                b'/' => self.slashes += 1,
                b'-' => self.hyphens += 1,
                b'(' => self.opened += 1,
                b')' => self.closed += 1,
                _ => {}
            }
        }
    }
}

/// Tells dates, spans of years, numbers of people and of cards, and amounts by their layout.
pub(super) fn of(digits: &[u8], shape: &[usize], gaps: Gaps) -> Looks {
    let year = |at: usize| {
        let start: usize = shape.iter().take(at).sum();
        let group = digits.get(start..start + 4).unwrap_or_default();
        group.starts_with(b"19") || group.starts_with(b"20")
    };
    let Gaps { length, dots, slashes, hyphens, .. } = gaps;
    let date = match shape {
        [4, 2, 2, ..] | [4, 4] | [4, 1, 2, ..] | [4, 2, 1, ..] => year(0),
        [1 | 2, 1 | 2, 4, ..] => year(2),
        [3, 2, 4] => hyphens == 2 && length == 2,
        [4, 4, 4, ..] => digits.len() > 11,
        // `06-07.11.2024`: the days from one to another.
        [2, 2, 2, 4] | [1, 2, 2, 4] | [2, 2, 2, 2, 4] => year(shape.len() - 1) && hyphens + slashes == 1,
        _ => false,
    };
    let amount = dots == 1 && length == 1;
    let thousands = dots > 0 && length == dots && shape.iter().skip(1).all(|length| *length == 3);
    let network = dots == 3 && is_network(digits, shape);
    // People put one dot or one slash into their number as well, and groups of three with dots between them.
    if date || network || slashes > 1 {
        Looks::Wrong
    } else if amount || thousands || slashes == 1 && !digits.starts_with(b"0") {
        Looks::Amount
    } else {
        Looks::Fine
    }
}

/// Four groups that are numbers of one byte each.
fn is_network(digits: &[u8], shape: &[usize]) -> bool {
    let mut digits = digits.iter();
    let value = |length: &usize| {
        digits.by_ref().take(*length).fold(0_u32, |value, digit| value * 10 + u32::from(digit.wrapping_sub(b'0')))
    };
    shape.len() == 4 && shape.iter().all(|length| *length <= 3) && shape.iter().map(value).fold(0, u32::max) < 256
}
