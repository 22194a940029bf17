//! Turns, distances and holds under a paused clock.

use super::*;
use crate::config::{RetryAfterScope, RobotsScope};

const NONE: Duration = Duration::ZERO;
const ARTICLE: Turn = Turn::Article { crawl_delay: None };

fn hosts(per_host: usize, concurrency: usize) -> Hosts {
    Hosts::new(&FetchSpec {
        contact: String::new(),
        timeout: Duration::from_secs(20),
        max_body: 1000,
        max_redirects: 5,
        concurrency,
        per_host,
        host_delay: Duration::from_secs(1),
        host_budget: None,
        robots: RobotsScope::Articles,
        retry_after_scope: RetryAfterScope::Auto,
        authorities: None,
        allow_private: Vec::new(),
    })
}

fn after(start: Instant, millis: u64) -> Instant {
    start + Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn exactly_the_limit_at_a_time_and_dropping_frees() {
    let hosts = hosts(2, 64);
    let host = Host::new("a.example");
    let first = hosts.turn(&host, Turn::Source, NONE).await.unwrap();
    let _second = hosts.turn(&host, Turn::Source, NONE).await.unwrap();
    assert!(hosts.turn(&host, Turn::Source, NONE).await.is_err());
    assert!(hosts.full(Instant::now()).contains(&host));
    drop(first);
    assert!(hosts.full(Instant::now()).is_empty());
    let _third = hosts.turn(&host, Turn::Source, NONE).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_waiter_goes_on_at_the_moment_of_the_release() {
    let hosts = hosts(1, 64);
    let host = Host::new("a.example");
    let start = Instant::now();
    let first = hosts.turn(&host, Turn::Source, NONE).await.unwrap();
    let holder = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        drop(first);
    };
    let (second, ()) = tokio::join!(
        hosts.turn(&host, Turn::Source, Duration::from_mins(1)),
        holder
    );
    assert!(second.is_ok());
    assert_eq!(Instant::now(), after(start, 3000));
}

#[tokio::test(start_paused = true)]
async fn articles_keep_their_distance_from_start_to_start() {
    let hosts = hosts(8, 64);
    let host = Host::new("a.example");
    let start = Instant::now();
    for n in 0..4 {
        let permit = hosts.turn(&host, ARTICLE, Duration::from_secs(5)).await;
        assert_eq!(Instant::now(), after(start, n * 1000));
        drop(permit.unwrap());
        // A feed does not wait for the articles' distance, nor lengthen it.
        drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
    }
    assert_eq!(hosts.next_free(), Some(after(start, 4000)));
    let early = hosts.turn(&host, ARTICLE, NONE).await.unwrap_err();
    assert_eq!(early.until, after(start, 4000));
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_raises_the_distance_and_never_lowers_it() {
    let hosts = hosts(2, 64);
    let start = Instant::now();
    for (name, delay, until) in [("slow.example", 10_000, 10_000), ("fast.example", 10, 1000)] {
        let host = Host::new(name);
        let crawl_delay = Some(Duration::from_millis(delay));
        drop(
            hosts
                .turn(&host, Turn::Article { crawl_delay }, NONE)
                .await
                .unwrap(),
        );
        let busy = hosts.turn(&host, ARTICLE, NONE).await.unwrap_err();
        assert_eq!(busy.until, after(start, until), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hold_stops_sources_too_and_the_longer_one_stands() {
    let hosts = hosts(2, 64);
    let host = Host::new("a.example");
    let start = Instant::now();
    hosts.hold(&host, after(start, 60_000));
    hosts.hold(&host, after(start, 5_000));
    let busy = hosts
        .turn(&host, Turn::Source, Duration::from_secs(30))
        .await;
    assert_eq!(busy.unwrap_err().until, after(start, 60_000));
    assert_eq!(
        Instant::now(),
        start,
        "a known time is answered without waiting"
    );
    assert!(hosts.busy(start).contains(&host) && hosts.full(start).contains(&host));
    assert_eq!(hosts.held_until(&host), Some(after(start, 60_000)));
}

#[tokio::test(start_paused = true)]
async fn all_hosts_together_have_a_limit() {
    let hosts = hosts(2, 2);
    let names = ["a.example", "b.example", "c.example"].map(Host::new);
    let first = hosts.turn(&names[0], Turn::Source, NONE).await.unwrap();
    let _second = hosts.turn(&names[1], Turn::Source, NONE).await.unwrap();
    assert!(hosts.turn(&names[2], Turn::Source, NONE).await.is_err());
    assert!(
        hosts.full(Instant::now()).is_empty(),
        "the third host's part went back"
    );
    drop(first);
    assert!(hosts.turn(&names[2], Turn::Source, NONE).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn hosts_that_nobody_uses_are_forgotten() {
    let hosts = hosts(1, 64);
    let start = Instant::now();
    for n in 0..MAX_HOSTS + 500 {
        let host = Host::new(format!("{n}.example"));
        hosts.hold(&host, after(start, 1000 + n as u64));
    }
    assert_eq!(hosts.shared.slots().len(), MAX_HOSTS);
    tokio::time::sleep(Duration::from_mins(1)).await;
    drop(
        hosts
            .turn(&Host::new("new.example"), Turn::Source, NONE)
            .await
            .unwrap(),
    );
    assert!(hosts.shared.slots().is_empty());
}

fn budgeted(count: u32, time: Duration) -> Hosts {
    Hosts {
        budget: Some(Rate { count, time }),
        ..hosts(64, 64)
    }
}

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test(start_paused = true)]
async fn a_budget_is_spent_at_once_and_comes_back_bit_by_bit() {
    let hosts = budgeted(6, HOUR);
    let host = Host::new("a.example");
    let start = Instant::now();
    for _ in 0..6 {
        drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
    }
    let busy = hosts.turn(&host, ARTICLE, NONE).await.unwrap_err();
    assert_eq!((busy.until, busy.why), (after(start, 600_000), Why::Budget));
    assert!(hosts.busy(start).contains(&host) && hosts.full(start).contains(&host));
    assert_eq!(hosts.next_free(), Some(busy.until));
    let other = Host::new("b.example");
    assert!(hosts.turn(&other, Turn::Source, NONE).await.is_ok());
    tokio::time::advance(HOUR / 6).await;
    drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
    assert!(hosts.turn(&host, Turn::Source, NONE).await.is_err());
    tokio::time::advance(HOUR).await;
    for _ in 0..6 {
        drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
    }
}

/// Or all would come back at once, for a single request.
#[tokio::test(start_paused = true)]
async fn those_without_a_budget_are_sent_away_for_different_times() {
    let hosts = budgeted(60, HOUR);
    let host = Host::new("a.example");
    let start = Instant::now();
    for _ in 0..60 {
        drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
    }
    let mut times = Vec::new();
    for _ in 0..5 {
        let busy = hosts.turn(&host, Turn::Source, NONE).await.unwrap_err();
        times.push(busy.until.duration_since(start).as_secs());
    }
    assert_eq!(times, [60, 120, 180, 240, 300]);
    for _ in 0..500 {
        let busy = hosts.turn(&host, Turn::Source, NONE).await.unwrap_err();
        assert!(busy.until <= start + HOUR + HOUR / 60, "{:?}", busy.until);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_our_own_has_no_budget() {
    let hosts = budgeted(1, HOUR);
    for host in ["127.0.0.1", "10.1.2.3", "::1", "localhost"].map(Host::new) {
        for _ in 0..3 {
            drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
        }
    }
    let public = Host::new("1.1.1.1");
    drop(hosts.turn(&public, Turn::Source, NONE).await.unwrap());
    assert!(hosts.turn(&public, Turn::Source, NONE).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_is_whole_again_is_forgotten() {
    let hosts = budgeted(600, HOUR);
    for number in 0..MAX_HOSTS + 10 {
        let host = Host::new(format!("h{number}.example"));
        drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
        tokio::time::advance(Duration::from_millis(9)).await;
    }
    assert!(hosts.shared.slots().len() < MAX_HOSTS);
}

/// Whoever waited for the common limit in vain has sent nothing: neither budget nor distance is used up.
#[tokio::test(start_paused = true)]
async fn what_was_not_sent_costs_the_host_nothing() {
    let hosts = Hosts {
        everywhere: Arc::new(Semaphore::new(1)),
        ..budgeted(2, HOUR)
    };
    let (one, other) = (Host::new("a.example"), Host::new("b.example"));
    let held = hosts.turn(&one, Turn::Source, NONE).await.unwrap();
    for _ in 0..5 {
        let busy = hosts.turn(&other, ARTICLE, NONE).await.unwrap_err();
        assert_eq!(busy.why, Why::Full);
    }
    drop(held);
    for _ in 0..2 {
        let permit = hosts.turn(&other, ARTICLE, Duration::from_secs(1)).await;
        drop(permit.unwrap());
    }
    let busy = hosts.turn(&other, ARTICLE, NONE).await.unwrap_err();
    assert_eq!(busy.why, Why::Budget);
}

#[tokio::test(start_paused = true)]
async fn a_server_on_a_port_of_its_own_is_held_alone() {
    let hosts = hosts(2, 64);
    let host = Host::new("127.0.0.1");
    let start = Instant::now();
    hosts.hold_port(&host, 8080, after(start, 60_000));
    hosts.hold_port(&host, 8080, after(start, 1000));
    assert_eq!(
        hosts.port_held_until(&host, 8080),
        Some(after(start, 60_000))
    );
    assert_eq!(hosts.port_held_until(&host, 8081), None);
    drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
    assert!(
        hosts.port_held_until(&host, 8080).is_some(),
        "a host that is held is not forgotten"
    );
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!(hosts.port_held_until(&host, 8080), None);
    drop(hosts.turn(&host, Turn::Source, NONE).await.unwrap());
    assert!(hosts.shared.slots().is_empty());
}

#[tokio::test(start_paused = true)]
async fn looks_at_what_is_known_leave_half_of_the_budget_to_news() {
    let hosts = budgeted(10, HOUR);
    let host = Host::new("a.example");
    let look = Turn::Look { crawl_delay: None };
    let mut looks = 0;
    while let Ok(permit) = hosts.turn(&host, look, Duration::from_secs(1)).await {
        drop(permit);
        looks += 1;
    }
    assert_eq!(looks, 5);
    for _ in 0..5 {
        drop(
            hosts
                .turn(&host, ARTICLE, Duration::from_secs(1))
                .await
                .unwrap(),
        );
    }
    let busy = hosts.turn(&host, ARTICLE, NONE).await.unwrap_err();
    assert_eq!(busy.why, Why::Budget);
}
