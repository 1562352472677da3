//! `call [ROUNDS [CALLS]]` compares one call (build, sign, send, parse) of the library with the same call written by
//! hand, against a server in the same process that runs on another thread. CPU is that of this thread alone.
//!
//! Clients take turns, round by round; ratios are medians over rounds. One line of JSON on stdout. Linux only: that is
//! where a thread can read its own CPU time to the nanosecond.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use rdbfetch::sign::{Draft, Inputs, Memo, Signer};
use rdbfetch::tencent::Client;
use rdbfetch::transport::{HttpTransport, Transport};
use rdbfetch::{Credentials, Timestamp};
use rdbfetch_benches::answering;
use rdbfetch_benches::by_hand::{self, Ask};
use serde_json::{Map, Value, json};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const INSTANCE: &str = "crs-4y9t57vt";
const BACKUP: &str = "678362566696298532848117";

/// The CPU time of this thread.
fn cpu() -> Outcome<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split_whitespace().next().unwrap_or_default().parse()?))
}

/// Microseconds of CPU for each of so many turns.
fn timed(calls: u32, mut turn: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let start = cpu()?;
    for _ in 0..calls {
        turn()?;
    }
    Ok((cpu()? - start).as_secs_f64() * 1e6 / f64::from(calls))
}

fn ours(host: &str, transport: Arc<dyn Transport>) -> Outcome<Client> {
    Ok(Client::new(|builder| {
        builder
            .endpoint(format!("http://{host}"))
            .credentials(Credentials::new("AKIDEXAMPLE", "an-example-secret-key-of-some-length"))
            .region("ap-guangzhou")
            .rate_limit(None)
            .transport(transport)
    })?)
}

/// The worked example of the operation: 10 kB.
fn example() -> Outcome<&'static str> {
    let service = rdbfetch::metadata::services().iter().find(|service| service.service.name == "tencent");
    let operation = service.and_then(|service| {
        service.operations.iter().find(|operation| operation.operation.name == "DescribeBackupUrl")
    });
    let example = operation.and_then(|operation| operation.examples.first());
    example.and_then(|example| example.response).ok_or_else(|| "the spec has no example".into())
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().as_deref().unwrap_or("15").parse()?;
    let calls: u32 = arguments.next().as_deref().unwrap_or("5000").parse()?;
    let host = answering::serve(example()?)?.to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

    let hand =
        by_hand::Client::new(&host, "AKIDEXAMPLE", "an-example-secret-key-of-some-length", "ap-guangzhou")?;
    let default = ours(&host, Arc::new(HttpTransport::new()?))?;
    let ask = Ask { instance_id: INSTANCE, backup_id: BACKUP };
    let by_hand = || runtime.block_on(async { hand.call(&ask).await.map(|links| drop(black_box(links))) });
    let call = |client: &Client| {
        runtime.block_on(async {
            let reply = client.describe_backup_url(INSTANCE, BACKUP).send().await?;
            drop(black_box(reply));
            Ok(())
        })
    };

    // Signing alone, on a request that is made.
    let auth = &default.cloud().service().auth;
    let variant = auth.variant(auth.default).ok_or("there is no signature")?;
    let request = default.cloud().prepare(
        default.cloud().operation("DescribeBackupUrl").ok_or("there is no operation")?,
        &vec![("InstanceId", json!(INSTANCE)), ("BackupId", json!(BACKUP))],
    )?;
    let mut draft = Draft {
        method: "POST".to_owned(),
        host: host.clone(),
        path: "/".to_owned(),
        headers: request.headers,
        body: rdbfetch::sign::Body::Bytes(request.body.clone()),
        ..Draft::default()
    };
    let memo = Memo::default();
    let mut sign = || {
        let inputs = Inputs {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret: "an-example-secret-key-of-some-length".to_owned(),
            token: None,
            now: Timestamp::now(),
            uuid: String::new(),
            random: String::new(),
            settings: vec![("service".to_owned(), "redis".to_owned())],
            signed_headers: None,
            omit: Vec::new(),
        };
        let mut signer = Signer::new(auth, variant.name, &inputs, &mut draft).remembering(&memo);
        (variant.sign)(&mut signer);
        Ok(())
    };
    let sign_by_hand = || {
        let now = Timestamp::now().unix();
        black_box(hand.sign(&request.body, u64::try_from(now).unwrap_or_default()));
        Ok(())
    };

    let mut results: Vec<(&str, &str, Vec<f64>)> = vec![
        ("by hand, reqwest", "", Vec::new()),
        ("rdbfetch, reqwest", "by hand, reqwest", Vec::new()),
        ("signing by hand", "", Vec::new()),
        ("signing", "signing by hand", Vec::new()),
    ];
    for round in 0..=rounds {
        let figures = [
            timed(calls, by_hand)?,
            timed(calls, || call(&default))?,
            timed(calls * 10, sign_by_hand)?,
            timed(calls * 10, &mut sign)?,
        ];
        // The first round warms up.
        if round > 0 {
            results.iter_mut().zip(figures).for_each(|((_, _, all), figure)| all.push(figure));
        }
    }
    let mut report = Map::new();
    for (name, against, figures) in &results {
        let base = results.iter().find(|(other, ..)| other == against);
        let ratios =
            base.map(|(_, _, base)| figures.iter().zip(base).map(|(one, other)| one / other).collect());
        let ratio = ratios.map_or(Value::Null, |ratios: Vec<f64>| json!(rounded(median(ratios))));
        report.insert((*name).to_owned(), json!({"us": rounded(median(figures.clone())), "ratio": ratio}));
    }
    println!("{}", Value::Object(report));
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn rounded(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0
}
