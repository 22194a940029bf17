//! Host names to addresses, in this process, through the guard.
//!
//! The answer to one lookup is filtered and handed to the connector, which dials these addresses
//! and no others: what was checked is what is dialed. The C library's resolver is not used, because
//! the static binary has none worth the name.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::system_conf::read_system_conf;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::fetch::guard;

/// Names answered by `/etc/hosts` and the name servers of `/etc/resolv.conf`; `localhost` is
/// answered without asking anybody (RFC 6761 §6.3).
#[derive(Clone)]
pub(crate) struct Names(Arc<TokioResolver>);

impl Names {
    /// Reads the system's configuration, once.
    ///
    /// Without a usable `/etc/resolv.conf` the machine itself is asked, as resolv.conf(5) says; we
    /// do not tell a public resolver what is read here.
    pub(crate) fn from_system() -> Result<Self, hickory_resolver::net::NetError> {
        let (config, mut options) = read_system_conf().unwrap_or_else(|error| {
            tracing::warn!("no name servers in /etc/resolv.conf, 127.0.0.1 is asked: {error}");
            let local = NameServerConfig::udp_and_tcp(IpAddr::from([127, 0, 0, 1]));
            let config = ResolverConfig::from_name_servers(vec![local]);
            (config, ResolverOpts::default())
        });
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        Self::asking(config, options)
    }

    fn asking(
        config: ResolverConfig,
        options: ResolverOpts,
    ) -> Result<Self, hickory_resolver::net::NetError> {
        let mut builder =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        Ok(Self(Arc::new(builder.build()?)))
    }

    /// All addresses of `name`, unfiltered.
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NameError> {
        let answer = self.0.lookup_ip(name).await;
        let addresses = answer
            .map(|answer| answer.iter().take(MAX_ADDRESSES).collect::<Vec<_>>())
            .map_err(NameError::Failed)?;
        if addresses.is_empty() {
            return Err(NameError::NoAddress);
        }
        Ok(addresses)
    }

    /// The addresses of `name` that may be dialled.
    pub(crate) async fn permitted(
        &self,
        name: &str,
        allow: &[IpNet],
    ) -> Result<Vec<IpAddr>, NameError> {
        let mut addresses = self.addresses(name).await?;
        let first = addresses[0];
        addresses.retain(|address| guard::allowed(*address, allow));
        if addresses.is_empty() {
            return Err(NameError::Private(format!("{name} ({first})")));
        }
        Ok(addresses)
    }
}

/// More addresses than any honest name has; each one is a dial that can cost time.
const MAX_ADDRESSES: usize = 32;

/// Resolves names for one client, whose connections are all made under one allow-list.
pub(crate) struct GuardedNames {
    pub(crate) names: Names,
    pub(crate) allow: Arc<[IpNet]>,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.names.clone();
        let allow = Arc::clone(&self.allow);
        Box::pin(async move {
            let permitted = names.permitted(name.as_str(), &allow).await?;
            // The connector replaces port 0 by the address's own.
            let permitted = permitted.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(permitted) as Addrs)
        })
    }
}

/// Why a name was not dialed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NameError {
    /// All its addresses are private and none is allowed.
    #[error("{0} is a private address")]
    Private(String),
    /// The name servers said that it has none, or did not answer.
    #[error("the lookup failed")]
    Failed(#[source] hickory_resolver::net::NetError),
    /// It exists without an address.
    #[error("the name exists and has no address")]
    NoAddress,
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    /// A name server on a loopback port that answers by the first label; it ends with the process.
    fn name_server() -> SocketAddr {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let address = socket.local_addr().unwrap();
        thread::spawn(move || {
            let n_asked = AtomicUsize::new(0);
            let mut packet = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                let reply = reply(&packet[..length], &n_asked);
                socket.send_to(&reply, from).unwrap();
            }
        });
        address
    }

    /// The answer to one question (RFC 1035 §4.1), with a time to live of nothing.
    fn reply(query: &[u8], n_asked: &AtomicUsize) -> Vec<u8> {
        let labels = query[12..].iter().position(|byte| *byte == 0).unwrap();
        let question = &query[12..12 + labels + 5];
        let first = &question[1..=usize::from(question[0])];
        let asks_for_v4 = question[labels + 2] == 1;
        let addresses: &[[u8; 4]] = match first.to_ascii_lowercase().as_slice() {
            _ if !asks_for_v4 => &[],
            b"public" => &[[8, 8, 8, 8]],
            b"mixed" => &[[10, 0, 0, 1], [8, 8, 8, 8], [127, 0, 0, 1]],
            b"inside" => &[[10, 0, 0, 1]],
            b"rebinding" if n_asked.fetch_add(1, Ordering::Relaxed) == 0 => &[[8, 8, 8, 8]],
            b"rebinding" => &[[169, 254, 169, 254]],
            _ => &[],
        };
        let mut reply = query[..2].to_vec();
        let n_answers = u8::try_from(addresses.len()).unwrap();
        reply.extend([0x85, 0x80, 0, 1, 0, n_answers, 0, 0, 0, 0]);
        reply.extend(question);
        for address in addresses {
            reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
            reply.extend(address);
        }
        reply
    }

    fn guarded(allow: &[&str]) -> GuardedNames {
        let server = name_server();
        let mut config = NameServerConfig::udp(server.ip());
        config.connections[0].port = server.port();
        let config = ResolverConfig::from_name_servers(vec![config]);
        GuardedNames {
            names: Names::asking(config, ResolverOpts::default()).unwrap(),
            allow: allow.iter().map(|net| net.parse().unwrap()).collect(),
        }
    }

    async fn resolve(names: &GuardedNames, name: &str) -> Result<Vec<IpAddr>, String> {
        let found = names.resolve(name.parse().unwrap()).await;
        found
            .map(|addresses| addresses.map(|address| address.ip()).collect())
            .map_err(|error| error.downcast::<NameError>().unwrap().to_string())
    }

    const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));

    #[tokio::test]
    async fn only_what_may_be_dialed_is_handed_on() {
        let names = guarded(&[]);
        assert_eq!(resolve(&names, "public.test").await, Ok(vec![PUBLIC]));
        assert_eq!(resolve(&names, "mixed.test").await, Ok(vec![PUBLIC]));
        let inside = resolve(&names, "inside.test").await;
        assert_eq!(
            inside,
            Err("inside.test (10.0.0.1) is a private address".into())
        );
        assert!(resolve(&names, "nothing.test").await.is_err());
        let allowed = resolve(&guarded(&["10.0.0.0/8"]), "inside.test").await;
        assert_eq!(allowed, Ok(vec![IpAddr::from([10, 0, 0, 1])]));
    }

    #[tokio::test]
    async fn a_name_that_changes_its_mind_is_judged_anew() {
        let names = guarded(&[]);
        assert_eq!(resolve(&names, "rebinding.test").await, Ok(vec![PUBLIC]));
        let second = resolve(&names, "rebinding.test").await;
        assert_eq!(
            second,
            Err("rebinding.test (169.254.169.254) is a private address".into())
        );
    }
}
