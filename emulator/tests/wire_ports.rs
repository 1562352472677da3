//! Ports that refuse connections as rules and the clock want.

mod support;

use std::io::ErrorKind;
use std::time::Duration;

use rdbfetch_emulator::{Emulator, Fault};
use support::under::Under;
use support::wire::{Wire, soon};
use support::{BACKUP, INSTANCE, fetch, host, link_bytes};
use tokio::net::TcpStream;

/// Waits until connections are refused, as by a port on which nobody listens.
async fn is_refused(url: &str) {
    soon(async {
        loop {
            match TcpStream::connect(host(url)).await {
                Err(problem) if problem.kind() == ErrorKind::ConnectionRefused => return,
                // Let in just before the port was shut.
                _ => tokio::task::yield_now().await,
            }
        }
    })
    .await;
}

/// Waits until connections are let in again, and then they are for good.
async fn is_open(url: &str) {
    soon(async {
        while TcpStream::connect(host(url)).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for _ in 0..20 {
        TcpStream::connect(host(url)).await.expect("it is open");
    }
}

fn url(emulator: &Emulator, service: &str) -> String {
    emulator.endpoint(service).unwrap().to_owned()
}

#[tokio::test]
async fn one_port_refuses_while_the_others_go_on() {
    let under = Under::new(|builder| builder).await;
    let link = under.urls(INSTANCE, BACKUP).await.remove(0);
    let alpha = url(&under.emulator, "alpha");
    for _ in 0..3 {
        let rule = under.emulator.add_fault(Fault::on("alpha").api().refuse()).unwrap();
        is_refused(&alpha).await;
        assert_eq!(under.beta(&[("Action", "GetLink"), ("backup", BACKUP)]).await.json()["code"], 0);
        assert_eq!(fetch("GET", &link, &[]).await.status, 200);
        let seen = under.emulator.journal().of("alpha").len();
        is_refused(&alpha).await;
        assert_eq!(under.emulator.journal().of("alpha").len(), seen, "nobody was asked");
        assert!(under.emulator.remove_fault(&rule));
        is_open(&alpha).await;
        assert_eq!(under.links(INSTANCE, BACKUP).await, "ok", "the same port answers");
    }
}

#[tokio::test]
async fn the_files_refuse_while_the_services_go_on() {
    let under = Under::new(|builder| builder.fault(Fault::any().files().refuse().named("shut"))).await;
    let files = under.emulator.files_url().to_owned();
    is_refused(&files).await;
    let link = under.urls(INSTANCE, BACKUP).await.remove(0);
    under.emulator.clear_faults();
    is_open(&files).await;
    assert_eq!(fetch("GET", &link, &[]).await.status, 200);
    // The start had the rule, and so has what goes back there.
    under.emulator.reset();
    is_refused(&files).await;
}

#[tokio::test]
async fn all_ports_refuse_and_the_control_port_does_not() {
    let control = "127.0.0.1:0".parse().unwrap();
    let under = Under::new(|builder| builder.control(control).fault(Fault::any().refuse())).await;
    for (_, url) in under.emulator.endpoints() {
        is_refused(url).await;
    }
    is_refused(under.emulator.files_url()).await;
    let control = under.emulator.control_url().unwrap();
    assert_eq!(fetch("DELETE", &format!("{control}/faults"), &[]).await.status, 204);
    for (_, url) in under.emulator.endpoints() {
        is_open(url).await;
    }
}

#[tokio::test]
async fn the_clock_shuts_and_opens() {
    let under = Under::new(|builder| builder).await;
    let now = under.emulator.clock().now();
    let rule = Fault::on("beta").api().refuse().from(now.plus_seconds(60)).until(now.plus_seconds(120));
    under.emulator.add_fault(rule).unwrap();
    let beta = url(&under.emulator, "beta");
    is_open(&beta).await;
    under.emulator.advance(Duration::from_secs(60));
    is_refused(&beta).await;
    is_open(&url(&under.emulator, "alpha")).await;
    under.emulator.advance(Duration::from_secs(60));
    is_open(&beta).await;
}

#[tokio::test]
async fn so_many_requests_come_through_before() {
    let under = Under::new(|builder| builder.fault(Fault::on("alpha").api().refuse().skip(2))).await;
    let alpha = url(&under.emulator, "alpha");
    for _ in 0..2 {
        is_open(&alpha).await;
        assert_eq!(under.links(INSTANCE, BACKUP).await, "ok");
    }
    is_refused(&alpha).await;
    assert_eq!(under.emulator.faults()[0].matched, 2);
}

#[tokio::test]
async fn who_is_connected_already_is_served() {
    let under = Under::new(|builder| builder).await;
    let link = under.urls(INSTANCE, BACKUP).await.remove(0);
    let request = link_bytes("GET", &link, &[("Range", "bytes=0-1")]);
    let mut wire = Wire::ask(&link, &request).await;
    wire.head().await;
    wire.bytes(2).await;
    under.emulator.add_fault(Fault::any().files().refuse()).unwrap();
    is_refused(&link).await;
    assert!(wire.again(&request).await.head().await.starts_with("http/1.1 206 "));
}
