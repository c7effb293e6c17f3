//! What a client writes down of each of its operations: a line of words, since there are a million of them. Times are
//! nanoseconds of the machine's monotonic clock, which all processes share.

use candor_core::{ChoiceValue, MemberId, Scope, SnapshotId};
use std::fmt;

/// What a member says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Word {
    /// On, with everything from before.
    On,
    Off,
    /// Off, and out of what was trained.
    Retract,
}

impl Word {
    pub(super) const ALL: [Self; 3] = [Self::On, Self::Off, Self::Retract];

    pub(super) fn choice(self) -> (ChoiceValue, Scope) {
        match self {
            Self::On => (ChoiceValue::On, Scope::IncludePast),
            Self::Off => (ChoiceValue::Off, Scope::FutureUse),
            Self::Retract => (ChoiceValue::Off, Scope::Retract),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Retract => "retract",
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A choice is about to be sent.
    Asked { at: u64, key: String, member: MemberId, word: Word },
    /// It was acknowledged: its index, and the tree that its receipt is for. The bug that is planted knows no root.
    Told { at: u64, key: String, seq: u64, size: u64, root: Option<String> },
    /// A member's switch, or what the gate says of their record, as of an index that lies between two.
    Read { asked: u64, told: u64, member: MemberId, at_least: u64, from: u64, to: u64, open: bool },
    /// A snapshot was sealed.
    Sealed { at: u64, snapshot: SnapshotId, seq: u64 },
    /// Who is in the weights of the release that is served, as of an index at least.
    Served { head: u64, snapshot: SnapshotId, members: Vec<MemberId> },
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked { at, key, member, word } => write!(f, "asked {at} {key} {member} {}", word.name()),
            Self::Told { at, key, seq, size, root } => {
                write!(f, "told {at} {key} {seq} {size} {}", root.as_deref().unwrap_or("-"))
            }
            Self::Read { asked, told, member, at_least, from, to, open } => {
                write!(f, "read {asked} {told} {member} {at_least} {from} {to} {}", u8::from(*open))
            }
            Self::Sealed { at, snapshot, seq } => write!(f, "sealed {at} {snapshot} {seq}"),
            Self::Served { head, snapshot, members } => {
                write!(f, "served {head} {snapshot}")?;
                members.iter().try_for_each(|member| write!(f, " {member}"))
            }
        }
    }
}

impl Line {
    /// The line that a text is; none if it is the half line of a process that was killed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let kind = words.next()?;
        let mut word = || words.next();
        let number = |text: Option<&str>| text?.parse::<u64>().ok();
        let member = |text: Option<&str>| MemberId::new(text?).ok();
        Some(match kind {
            "asked" => Self::Asked {
                at: number(word())?,
                key: word()?.to_owned(),
                member: member(word())?,
                word: word().and_then(|name| Word::ALL.into_iter().find(|word| word.name() == name))?,
            },
            "told" => Self::Told {
                at: number(word())?,
                key: word()?.to_owned(),
                seq: number(word())?,
                size: number(word())?,
                root: word().map(|root| (root != "-").then(|| root.to_owned()))?,
            },
            "read" => Self::Read {
                asked: number(word())?,
                told: number(word())?,
                member: member(word())?,
                at_least: number(word())?,
                from: number(word())?,
                to: number(word())?,
                open: word()? == "1",
            },
            "sealed" => {
                Self::Sealed { at: number(word())?, snapshot: SnapshotId::new(word()?).ok()?, seq: number(word())? }
            }
            "served" => Self::Served {
                head: number(word())?,
                snapshot: SnapshotId::new(word()?).ok()?,
                members: words.map(MemberId::new).collect::<Result<_, _>>().ok()?,
            },
            _ => return None,
        })
    }
}

/// The whole lines of a file.
pub(super) fn lines(bytes: &[u8]) -> Vec<Line> {
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let text = std::str::from_utf8(&bytes[..whole]).expect("clients write ASCII");
    text.lines().map(|line| Line::parse(line).unwrap_or_else(|| panic!("no line: {line}"))).collect()
}

#[test]
fn a_line_is_read_as_it_was_written() {
    let (ann, s) = (MemberId::new("ann").unwrap(), SnapshotId::new("s").unwrap());
    for line in [
        Line::Asked { at: 1, key: "k".into(), member: ann.clone(), word: Word::Retract },
        Line::Told { at: 2, key: "k".into(), seq: 3, size: 4, root: Some("ab".into()) },
        Line::Told { at: 2, key: "k".into(), seq: 3, size: 4, root: None },
        Line::Read { asked: 1, told: 2, member: ann.clone(), at_least: 3, from: 4, to: 5, open: true },
        Line::Sealed { at: 1, snapshot: s.clone(), seq: 2 },
        Line::Served { head: 1, snapshot: s.clone(), members: vec![ann] },
        Line::Served { head: 1, snapshot: s, members: vec![] },
    ] {
        assert_eq!(Line::parse(&line.to_string()), Some(line));
    }
    assert_eq!(lines(b"served 1 s\nserved 2 s").len(), 1);
}
