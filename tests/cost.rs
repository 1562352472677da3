//! What a call costs, in figures that are the same on every machine: what it allocates, apart from its way over the
//! network. `benches/` measures the time, that way included, beside a call that was written by hand.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use rdbfetch::tencent::Client;
use rdbfetch::transport::{BoxFuture, Request, Response, Transport};
use rdbfetch::{Credentials, TransportError};

/// At most so many allocations to form, sign and read a call with two parameters, as JSON.
const ALLOCATIONS: u64 = 56;
/// At most so many bytes.
const BYTES: u64 = 7_500;
/// At most so many allocations to form and sign it.
const TO_SIGN: u64 = 41;
/// At most so many allocations for each further file in the answer: its texts.
const PER_FILE: u64 = 4;

/// Answers at once, with links to so many files.
struct AtOnce(Bytes);

impl AtOnce {
    fn with(files: usize) -> Self {
        let file = r#"{"FileName": "f.rdb", "FileSize": 1, "DownloadUrl": "http://h/f", "InnerDownloadUrl": "http://i/f"}"#;
        let files = vec![file; files].join(",");
        Self(format!(r#"{{"Response": {{"BackupInfos": [{files}], "RequestId": "r-1"}}}}"#).into())
    }
}

impl Transport for AtOnce {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let body = Box::new(Some(self.0.clone()));
        Box::pin(std::future::ready(Ok(Response { status: 200, headers: Vec::new(), body })))
    }
}

/// The result of a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it waits"),
    }
}

/// What a call allocates that is answered with so many files, and what its preparation does. What is made once for all
/// calls is there before.
fn measured(files: usize) -> [allocation_counter::AllocationInfo; 2] {
    let cloud = Client::new(|builder| {
        let keys = Credentials::new("AKIDEXAMPLE", "an-example-secret-key-of-some-length");
        builder.region("ap-guangzhou").credentials(keys).transport(Arc::new(AtOnce::with(files)))
    });
    let cloud = cloud.unwrap();
    let call = || {
        let answer = now(cloud.describe_backup_url("crs-4y9t57vt", "6783625666962985").send()).unwrap();
        assert_eq!(answer.backup_infos.len(), files);
    };
    let prepare = || {
        let request =
            rdbfetch::tencent::describe_backup_url::Request::new("crs-4y9t57vt", "6783625666962985");
        let operation = cloud.cloud().operation("DescribeBackupUrl").unwrap();
        drop(cloud.cloud().prepare(operation, &request.parameters()).unwrap());
    };
    call();
    prepare();
    [allocation_counter::measure(call), allocation_counter::measure(prepare)]
}

#[test]
fn a_call_allocates_little() {
    let [[call, prepare], [more, _]] = [measured(1), measured(101)];
    let per_file = (more.count_total - call.count_total) / 100;
    let mut problems = Vec::new();
    for (what, figure, most) in [
        ("allocations", call.count_total, ALLOCATIONS),
        ("bytes allocated", call.bytes_total, BYTES),
        ("allocations to form and sign", prepare.count_total, TO_SIGN),
        ("allocations for each file", per_file, PER_FILE),
    ] {
        println!("{what}: {figure}, at most {most}");
        if figure > most {
            problems.push(format!("{what}: {figure}, more than {most}"));
        }
    }
    assert!(problems.is_empty(), "a call costs more than it did:\n  {}", problems.join("\n  "));
    assert!(prepare.count_total > 0 && per_file > 0, "allocations are counted");
    assert_eq!(call.count_current, 0, "nothing is kept of a call");
}
