//! A transport of your own, here one that answers from memory: `cargo run --example transport`.

use std::sync::Arc;

use bytes::Bytes;
use rdbfetch::transport::{BoxFuture, Request, Response, Transport};
use rdbfetch::{BackupId, Credentials, TransportError, jdcloud};

/// Answers every request with one link.
struct Canned;

impl Transport for Canned {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        println!("{} {}", request.method, request.url);
        let body = br#"{
            "requestId": "r-1",
            "result": {"downloadUrls": [{"name": "node 0", "link": "http://files.example/0?X-Amz-Expires=3600"}]}
        }"#;
        let body = Box::new(Some(Bytes::from_static(body)));
        Box::pin(std::future::ready(Ok(Response { status: 200, headers: Vec::new(), body })))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = Credentials::new("an access key", "its secret");
    let cloud = jdcloud::Client::new(|builder| {
        builder.region("cn-north-1").credentials(keys).transport(Arc::new(Canned))
    })?;
    let links = cloud.backup_links(&BackupId::new("redis-abc", "1234")).await?;
    assert_eq!(links.files[0].name.as_deref(), Some("node 0"));
    assert_eq!(links.request_id.as_deref(), Some("r-1"));
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
