//! Which addresses may be reached: the public internet, and what the configuration names.
//!
//! Invariant: an address passes only if the whole world may be expected to route it the same way.
//! So IPv6 is an allow-list (`2000::/3` and the NAT64 prefix) with holes, and an IPv6 address that
//! carries an IPv4 address is judged by the address it carries. The guard judges addresses, never
//! names: a name proves nothing about where it leads a second later (DNS rebinding), therefore
//! `resolve` asks here for each address that is about to be dialed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

use crate::fetch::{Bounds, FetchError};

/// Whether `addr` may be dialed: it is public, or one of the networks in `allow` contains it.
///
/// An IPv4 network in `allow` also covers the IPv6 forms that carry one of its addresses
/// (`::ffff:127.0.0.1`, NAT64, 6to4): they lead to the same place.
pub fn allowed(addr: IpAddr, allow: &[IpNet]) -> bool {
    let listed = |addr: IpAddr| allow.iter().any(|net| net.contains(&addr));
    if listed(addr) {
        return true;
    }
    match addr {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match carried(v6) {
            Some(v4) => is_public_v4(v4) || listed(IpAddr::V4(v4)),
            None => is_public_v6(v6),
        },
    }
}

/// The allow-list of an endpoint whose `allow_private` is set: every network there is.
pub fn all_networks() -> Vec<IpNet> {
    vec![IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())]
}

/// Whether an allow-list is [`all_networks`].
pub(crate) fn lets_all_pass(allow: &[IpNet]) -> bool {
    all_networks().iter().all(|net| allow.contains(net))
}

/// Refuses an address that is not http(s), and a literal that may not be reached; names pass,
/// they are judged once they are resolved.
pub(crate) fn check(url: &Url, bounds: &Bounds) -> Result<(), FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Scheme(url.scheme().to_owned()));
    }
    let literal = match url.host() {
        Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
        Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(FetchError::Scheme(url.scheme().to_owned())),
    };
    if allowed(literal, &bounds.allow_private) {
        return Ok(());
    }
    Err(FetchError::Private {
        address: literal.to_string(),
        remedy: bounds.allow_key.remedy(),
    })
}

/// The IPv4 address inside an IPv4-mapped (RFC 4291 §2.5.5.2), NAT64 (RFC 6052) or 6to4
/// (RFC 3056) address.
fn carried(addr: Ipv6Addr) -> Option<Ipv4Addr> {
    match addr.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(pair(high, low)),
        _ => None,
    }
}

fn pair(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}

/// What is not "globally reachable" in the IANA special-purpose registry (RFC 6890), and one more.
const SPECIAL_V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),        // this network (RFC 1122)
    ([10, 0, 0, 0], 8),       // private (RFC 1918)
    ([100, 64, 0, 0], 10),    // carrier-grade NAT (RFC 6598); one cloud's metadata
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // another cloud's host agent, on a public address
    ([169, 254, 0, 0], 16),   // link-local (RFC 3927); most clouds' metadata
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments; a third cloud's metadata
    ([192, 0, 2, 0], 24),     // documentation (RFC 5737)
    ([192, 88, 99, 0], 24),   // 6to4 relays, withdrawn (RFC 7526)
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks (RFC 2544)
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, broadcast
];

fn is_public_v4(addr: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|(net, length)| {
        let differing = u32::from(addr) ^ u32::from(Ipv4Addr::from(*net));
        differing.leading_zeros() >= *length
    })
}

/// Global unicast (`2000::/3`, RFC 4291 §2.4) without the special blocks inside it.
fn is_public_v6(addr: Ipv6Addr) -> bool {
    let [a, b, ..] = addr.segments();
    let global_unicast = a & 0xe000 == 0x2000;
    // 2001::/23 holds Teredo, ORCHID, benchmarks and other protocol assignments (RFC 2928).
    let protocols = a == 0x2001 && b < 0x0200;
    let documentation = (a == 0x2001 && b == 0x0db8) || (a == 0x3fff && b & 0xf000 == 0);
    global_unicast && !protocols && !documentation
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_all(addresses: &[&str], allow: &[&str], expected: bool) {
        let allow: Vec<IpNet> = allow.iter().map(|net| net.parse().unwrap()).collect();
        for address in addresses {
            let addr: IpAddr = address.parse().unwrap();
            assert_eq!(allowed(addr, &allow), expected, "{address} with {allow:?}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        check_all(
            &[
                "1.1.1.1",
                "8.8.8.8",
                "100.63.255.255",
                "100.128.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2001:4860:4860::8888",
                "2606:4700::1111",
                "2a00:1450::1",
                "::ffff:8.8.8.8",
                "64:ff9b::8.8.8.8",
                "2002:808:808::1",
            ],
            &[],
            true,
        );
    }

    #[test]
    fn private_addresses_do_not() {
        check_all(
            &[
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "100.100.100.200",
                "127.0.0.1",
                "127.255.255.254",
                "168.63.129.16",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.7",
                "224.0.0.1",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255",
            ],
            &[],
            false,
        );
        check_all(
            &[
                "::",
                "::1",
                "::7f00:1",
                "::ffff:127.0.0.1",
                "::ffff:169.254.169.254",
                "::ffff:0:127.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b:1::10.0.0.1",
                "100::1",
                "2001::1",
                "2001:2::1",
                "2001:10::1",
                "2001:20::1",
                "2001:db8::1",
                "2002:7f00:1::",
                "2002:a00:1::1",
                "3fff::1",
                "3fff:fff::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1",
            ],
            &[],
            false,
        );
    }

    #[test]
    fn a_listed_network_passes_in_all_its_forms() {
        check_all(
            &[
                "127.0.0.1",
                "::ffff:127.0.0.1",
                "64:ff9b::127.0.0.1",
                "2002:7f00:1::1",
            ],
            &["127.0.0.0/8"],
            true,
        );
        check_all(
            &["::1", "10.0.0.1", "127.128.0.1", "::ffff:10.0.0.1"],
            &["127.0.0.0/9"],
            false,
        );
        for address in ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "8.8.8.8"] {
            assert!(allowed(address.parse().unwrap(), &all_networks()));
        }
        check_all(&["fd00::7"], &["fd00::/64"], true);
        check_all(&["fd00:0:0:1::7"], &["fd00::/64"], false);
    }

    proptest! {
        #[test]
        fn a_carried_address_is_judged_like_itself(bits in any::<u32>(), net in any::<u32>(), length in 0u8..=32) {
            let v4 = Ipv4Addr::from(bits);
            let [a, b, c, d] = v4.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            let net = Ipv4Net::new(Ipv4Addr::from(net), length).unwrap();
            for allow in [vec![], vec![IpNet::V4(net)]] {
                let itself = allowed(IpAddr::V4(v4), &allow);
                for v6 in [
                    v4.to_ipv6_mapped(),
                    Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                ] {
                    prop_assert_eq!(allowed(IpAddr::V6(v6), &allow), itself, "{}", v6);
                }
            }
        }
    }
}
