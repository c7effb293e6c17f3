//! Which network addresses may be spoken to. What no table names as public is not: a new special range of the Internet is refused until
//! somebody adds it here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a connection may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only public addresses: for whatever is out in the world.
    Public,
    /// Only this machine and private networks: for a server that the operator runs beside this one. Never what answers with secrets of a
    /// cloud machine (link-local addresses).
    Near,
    /// Either of the two: for what the operator named and members' words never reach.
    Either,
}

impl Reach {
    /// Whether this address may be connected to.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        let address = plain(address);
        match self {
            Self::Public => is_public(address),
            Self::Near => is_near(address),
            Self::Either => is_public(address) || is_near(address),
        }
    }
}

/// An IPv4 address that is written as an IPv6 one counts as itself (RFC 4291, section 2.5.5.2).
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() && v6 != METADATA_V6,
    }
}

/// Where a large cloud answers its machines with their secrets, inside the unique local range.
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// IPv4 ranges that are for something else than public hosts, as first address and prefix length (IANA's registry of special addresses).
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// A service address inside a public range, from which a large cloud serves its machines.
const WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = |(first, length): (Ipv4Addr, u32)| (address.to_bits() ^ first.to_bits()) >> (32 - length) == 0;
    address != WIRE_SERVER && !SPECIAL_V4.into_iter().any(special)
}

/// Only global unicast (2000::/3) is public, less what is set apart in it. Addresses that carry an IPv4 address inside (6to4, Teredo) are
/// refused whole; NAT64 is outside of the range.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    let set_apart = match first {
        0x2001 => second < 0x200 || second == 0xdb8,
        0x2002 => true,
        0x2620 => second == 0x4f && third == 0x8000,
        0x3fff => second < 0x1000,
        _ => false,
    };
    first & 0xe000 == 0x2000 && !set_apart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public_and_only_near_ones_near() {
        let cases: [(&str, bool, bool); 40] = [
            ("93.184.215.14", true, false),
            ("1.1.1.1", true, false),
            ("172.32.0.1", true, false),
            ("100.128.0.1", true, false),
            ("2606:4700::1111", true, false),
            ("2a00:1450:4001::200e", true, false),
            ("127.0.0.1", false, true),
            ("127.255.255.254", false, true),
            ("10.1.2.3", false, true),
            ("172.16.0.1", false, true),
            ("172.31.255.255", false, true),
            ("192.168.0.1", false, true),
            ("::1", false, true),
            ("fd12:3456::1", false, true),
            ("169.254.169.254", false, false),
            ("169.254.0.1", false, false),
            ("168.63.129.16", false, false),
            ("fd00:ec2::254", false, false),
            ("fe80::1", false, false),
            ("0.0.0.0", false, false),
            ("0.1.2.3", false, false),
            ("::", false, false),
            ("100.64.0.1", false, false),
            ("100.100.100.200", false, false),
            ("192.0.0.192", false, false),
            ("198.18.0.1", false, false),
            ("203.0.113.9", false, false),
            ("224.0.0.1", false, false),
            ("255.255.255.255", false, false),
            ("ff02::1", false, false),
            ("::ffff:127.0.0.1", false, true),
            ("::ffff:10.0.0.1", false, true),
            ("::ffff:169.254.169.254", false, false),
            ("::ffff:1.1.1.1", true, false),
            ("::127.0.0.1", false, false),
            ("64:ff9b::a00:1", false, false),
            ("64:ff9b:1::a00:1", false, false),
            ("2002:7f00:1::", false, false),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", false, false),
            ("2001:db8::1", false, false),
        ];
        for (text, public, near) in cases {
            let address: IpAddr = text.parse().unwrap();
            let expected = (public, near, public || near);
            let got = (Reach::Public.allows(address), Reach::Near.allows(address), Reach::Either.allows(address));
            assert_eq!(got, expected, "{text}");
        }
    }
}
