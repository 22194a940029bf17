//! Which addresses are private: not for a daemon to reach unless it was told so.
//!
//! This judges addresses as they are written. Names are judged when they are dialled; only names that
//! mean this machine by their form (`localhost`, RFC 6761 §6.3) are known here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

/// What kind of private address this is, or `None` for one that anybody may reach.
///
/// Private is what the IANA special-purpose registries (RFC 6890) do not call globally reachable,
/// but for the documentation networks, behind which there is nothing to protect.
pub fn private_kind(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => private_v4(address),
        IpAddr::V6(address) => private_v6(address),
    }
}

fn private_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, ..) => "an address of this host",
        (127, ..) => "a loopback address",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "a private address (RFC 1918)",
        (169, 254, _) => "a link-local address, where clouds keep their metadata",
        (100, 64..=127, _) => "a carrier's shared address (RFC 6598)",
        (224..=239, ..) => "a multicast address",
        (192, 0, 0) | (198, 18 | 19, _) | (240.., ..) => "a reserved address",
        _ => return None,
    })
}

fn private_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(mapped) = embedded_v4(address) {
        return private_v4(mapped);
    }
    let [first, ..] = address.segments();
    Some(match first {
        _ if address.is_unspecified() => "an address of this host",
        _ if address.is_loopback() => "a loopback address",
        0xfc00..=0xfdff => "a unique local address (RFC 4193)",
        0xfe80..=0xfebf => "a link-local address",
        0xfec0..=0xfeff => "a site-local address",
        0xff00.. => "a multicast address",
        0x0100 if address.segments()[1..4] == [0, 0, 0] => "a reserved address",
        _ => return None,
    })
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64, 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];
    const MAPPED: [u16; 6] = [0, 0, 0, 0, 0, 0xffff];
    let segments = address.segments();
    let octets = address.octets();
    let at = |start: usize| {
        let [a, b, c, d] = std::array::from_fn(|index| octets[start + index]);
        Ipv4Addr::new(a, b, c, d)
    };
    let own = address.is_unspecified() || address.is_loopback();
    if segments[..6] == MAPPED || segments[..6] == NAT64 || (segments[..6] == [0; 6] && !own) {
        Some(at(12))
    } else {
        (segments[0] == 0x2002).then(|| at(2))
    }
}

/// What is private about the host as written, unless one of `allowed` holds it.
pub(crate) fn forbidden_host(url: &Url, allowed: &[IpNet]) -> Option<&'static str> {
    let free = |address: IpAddr| allowed.iter().any(|network| network.contains(&address));
    match url.host()? {
        Host::Ipv4(address) => private_v4(address).filter(|_| !free(address.into())),
        Host::Ipv6(address) => private_v6(address).filter(|_| {
            !free(address.into()) && !embedded_v4(address).is_some_and(|v4| free(v4.into()))
        }),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let local = name == "localhost" || name.ends_with(".localhost");
            let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            (local && !loopback.into_iter().any(free)).then_some("a name of this machine")
        }
    }
}

/// Whether the host as written is private, and one of `allowed` holds it.
pub(crate) fn is_own(url: &Url, allowed: &[IpNet]) -> bool {
    forbidden_host(url, &[]).is_some() && forbidden_host(url, allowed).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, allowed: &[&str], forbidden: bool) {
        let allowed: Vec<IpNet> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        let found = forbidden_host(&Url::parse(url).unwrap(), &allowed);
        assert_eq!(found.is_some(), forbidden, "{url} {allowed:?}: {found:?}");
    }

    #[test]
    fn private_hosts_are_known_in_every_disguise() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://0.0.0.0/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1:8080/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://[::1]/",
            "http://[::]/",
            "http://[fe80::1]/",
            "http://[fd12::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://[2002:7f00:1::]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost:3000/",
            "http://255.255.255.255/",
            "http://224.0.0.1/",
        ] {
            check(url, &[], true);
        }
        for url in [
            "http://8.8.8.8/",
            "http://172.32.0.1/",
            "http://100.128.0.1/",
            "http://[2606:4700::1]/",
            "http://example.com/",
            "http://localhost.example/",
            "http://[::ffff:8.8.8.8]/",
        ] {
            check(url, &[], false);
        }
    }

    #[test]
    fn a_network_that_is_allowed_frees_its_addresses_only() {
        check("http://127.0.0.1/", &["127.0.0.0/8"], false);
        check("http://localhost/", &["127.0.0.0/8"], false);
        check("http://localhost/", &["::1/128"], false);
        check("http://[::ffff:127.0.0.1]/", &["127.0.0.0/8"], false);
        check("http://10.0.0.1/", &["127.0.0.0/8"], true);
        check("http://localhost/", &["10.0.0.0/8"], true);
    }
}
