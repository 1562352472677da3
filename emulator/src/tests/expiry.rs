//! Links that expire while a file is on its way.

use std::sync::Arc;
use std::time::Duration;

use rdbfetch::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{bytes, head};
use crate::Emulator;
use crate::admission::Admission;
use crate::clock::Clock;
use crate::files::Files;
use crate::limits::Limits;
use crate::links::{self, Side};
use crate::server::Desk;
use crate::wire::Stream;

#[tokio::test]
async fn a_transfer_that_began_in_time_comes_to_its_end() {
    let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
    let emulator = Emulator::builder().clock(clock.clone()).start().await.unwrap();
    let (service, _) = emulator.endpoints()[0];
    let sample = emulator.sample(service).unwrap();
    let name = format!("{}-0.rdb", sample.backup);
    let path = [service, &sample.instance, &sample.backup, "0", &name];
    let length = {
        let stock = emulator.shared.stock();
        let (_, file) = stock.file(path, clock.now()).unwrap();
        usize::try_from(file.size()).unwrap()
    };
    let expires = Timestamp::from_unix(1_700_000_010).unwrap();
    let link = emulator.shared.links.link(0, Side::Public, &links::path(&path), "", expires);
    let (host, target) = link.split_once("//").unwrap().1.split_once('/').unwrap();
    let request = format!("GET /{target} HTTP/1.1\r\nHost: {host}\r\n\r\n");

    // So little is on its way at a time that the server cannot be through with it.
    let (mut client, server) = tokio::io::duplex(16);
    let desk = Desk {
        handler: Arc::new(Files::new(Arc::clone(&emulator.shared))),
        clock: clock.clone(),
        admission: Arc::new(Admission::new(Limits::default())),
    };
    let slot = desk.admission.admit().unwrap();
    let task = tokio::spawn(async move { desk.serve(Stream::Memory(server), slot).await });
    client.write_all(request.as_bytes()).await.unwrap();
    assert!(head(&mut client).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(bytes(&mut client, 5).await, b"REDIS");
    clock.advance(Duration::from_secs(60));
    bytes(&mut client, length - 5).await;
    // The next one begins too late.
    client.write_all(request.as_bytes()).await.unwrap();
    assert!(head(&mut client).await.starts_with("HTTP/1.1 403 "));
    client.shutdown().await.unwrap();
    let _ = client.read_to_end(&mut Vec::new()).await;
    drop(client);
    task.await.unwrap();
}
