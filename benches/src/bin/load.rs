//! `load FACTS SERVICE [CONNECTIONS [SECONDS]]` asks an emulator for links, each request freshly signed, over so many
//! connections that each send their next request when the last is answered. FACTS is the first line of `rdbfetch
//! emulator` in a file.
//!
//! `load --plain URL BODY [CONNECTIONS [SECONDS]]` posts a JSON body to any HTTP server instead.
//!
//! One line of JSON on stdout: answers per second, failures, latencies. An answer that is not as long as the first,
//! which is checked in full, is a failure: many services say no with HTTP 200. It runs on one thread.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdbfetch::transport::{BoxFuture, Request, Response, Transport};
use rdbfetch::{BackupId, Cloud, Credentials, Instance, TransportError, TransportErrorKind};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Where requests go, and how each is made.
enum Source {
    Signed { cloud: Box<Cloud>, made: Arc<Mutex<Option<Request>>>, backup: BackupId },
    Plain(Vec<u8>),
}

/// Keeps the request that it is to send, and sends none.
struct Catch(Arc<Mutex<Option<Request>>>);

impl Transport for Catch {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
        Box::pin(async { Err(TransportError::new("load", TransportErrorKind::Refused, "only looked at")) })
    }
}

impl Source {
    /// The next request as it travels.
    async fn next(&self) -> Outcome<Vec<u8>> {
        let (cloud, made, backup) = match self {
            Self::Plain(bytes) => return Ok(bytes.clone()),
            Self::Signed { cloud, made, backup } => (cloud, made, backup),
        };
        let _ = cloud.backup_links(backup).await;
        let request =
            made.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or("no request was made")?;
        let (host, target) = split(&request.url)?;
        let mut bytes = format!("{} {target} HTTP/1.1\r\nHost: {host}\r\n", request.method).into_bytes();
        for (name, value) in &request.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", request.body.len()).as_bytes());
        bytes.extend_from_slice(&request.body);
        Ok(bytes)
    }
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    took: Vec<u32>,
    failures: u64,
    problem: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let text = |at: usize| arguments.get(at).map(String::as_str);
    let (plain, at) = if text(0) == Some("--plain") { (true, 1) } else { (false, 0) };
    let (Some(first), Some(second)) = (text(at), text(at + 1)) else {
        return Err("usage: load FACTS SERVICE | --plain URL BODY, then [CONNECTIONS [SECONDS]]".into());
    };
    let connections: usize = text(at + 2).unwrap_or("16").parse()?;
    let seconds: u64 = text(at + 3).unwrap_or("8").parse()?;
    let (source, host) =
        if plain { plain_source(first, second)? } else { signed_source(first, second).await? };
    let length = ask(&mut TcpStream::connect(&host).await?, &source.next().await?).await?.1;

    let source = Arc::new(source);
    let local = tokio::task::LocalSet::new();
    let end = Instant::now() + Duration::from_secs(seconds);
    let started = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| local.spawn_local(drive(Arc::clone(&source), host.clone(), length, end)))
        .collect();
    let mut all = Seen::default();
    local
        .run_until(async {
            for task in tasks {
                if let Ok(seen) = task.await {
                    all.took.extend(seen.took);
                    all.failures += seen.failures;
                    all.problem = all.problem.take().or(seen.problem);
                }
            }
        })
        .await;
    let elapsed = started.elapsed().as_secs_f64();
    all.took.sort_unstable();
    let at = |share: usize| all.took.get(all.took.len().saturating_sub(1) * share / 1000).copied();
    let report = json!({
        "answers": all.took.len(),
        "per_second": (all.took.len() as f64 / elapsed).round(),
        "failures": all.failures,
        "problem": all.problem,
        "connections": connections,
        "p50_us": at(500),
        "p99_us": at(990),
        "p999_us": at(999),
        "max_us": all.took.last(),
    });
    println!("{report}");
    if all.failures > 0 { Err("some requests failed".into()) } else { Ok(()) }
}

/// Asks over one connection until the time is up.
async fn drive(source: Arc<Source>, host: String, length: usize, end: Instant) -> Seen {
    let mut seen = Seen::default();
    let mut stream = None;
    while Instant::now() < end {
        let result = async {
            let stream = match &mut stream {
                Some(stream) => stream,
                none => none.insert(TcpStream::connect(&host).await?),
            };
            let request = source.next().await?;
            let started = Instant::now();
            let (status, got) = ask(stream, &request).await?;
            let took = u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX);
            if status == 200 && got == length {
                Ok(took)
            } else {
                Err(Box::<dyn Error>::from(format!("HTTP {status} with {got} bytes, not {length}")))
            }
        };
        match result.await {
            Ok(took) => seen.took.push(took),
            Err(problem) => {
                seen.failures += 1;
                seen.problem = Some(problem.to_string());
                stream = None;
                if seen.failures > 100 {
                    break;
                }
            }
        }
    }
    seen
}

/// Sends a request; the status and the length of the answer's body.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> Outcome<(u16, usize)> {
    stream.set_nodelay(true)?;
    stream.write_all(request).await?;
    let mut buffer = Vec::with_capacity(16 << 10);
    loop {
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err("the connection ended".into());
        }
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end])?;
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        let length = head.lines().filter_map(|line| line.split_once(':'));
        let mut length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length: usize = length.next().ok_or("no Content-Length")?.1.trim().parse()?;
        while buffer.len() < end + 4 + length {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the answer is cut".into());
            }
        }
        return Ok((status, length));
    }
}

/// Requests for the links of an emulator's sample, once it is seen that the service gives them.
async fn signed_source(facts: &str, service: &str) -> Outcome<(Source, String)> {
    let facts = std::fs::read_to_string(facts)?;
    let facts: Value = serde_json::from_str(facts.lines().next().unwrap_or_default())?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let keys = &facts["credentials"];
    let sample = &facts["samples"][service];
    let endpoint = text(&facts["endpoints"][service]);
    let known = rdbfetch::metadata::services().iter().find(|known| known.service.name == service);
    let known = known.ok_or("no such service")?;
    let builder = || {
        Cloud::builder(known.service)
            .endpoint(&endpoint)
            .credentials(Credentials::new(text(&keys["access_key"]), text(&keys["secret_key"])))
            .region(text(&sample["region"]))
            .rate_limit(None)
    };
    let backup = BackupId::new(text(&sample["instance"]), text(&sample["backup"]));
    if builder().build()?.backup_links(&backup).await?.files.is_empty() {
        return Err("the emulator gives no links".into());
    }
    let made = Arc::new(Mutex::new(None));
    let cloud = builder().transport(Arc::new(Catch(Arc::clone(&made)))).build()?;
    // Only the call for links is measured, and no look-up of the instance.
    cloud.remember(Instance::new(&backup.instance));
    let host = split(&endpoint)?.0.to_owned();
    Ok((Source::Signed { cloud: Box::new(cloud), made, backup }, host))
}

/// The same request again and again.
fn plain_source(url: &str, body: &str) -> Outcome<(Source, String)> {
    let (host, target) = split(url)?;
    let head = format!("POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    let bytes = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    Ok((Source::Plain(bytes), host.to_owned()))
}

/// The authority of a URL, and the rest.
fn split(url: &str) -> Outcome<(&str, &str)> {
    let rest = url.strip_prefix("http://").ok_or("only http:// is spoken here")?;
    Ok(rest.find('/').map_or((rest, "/"), |at| rest.split_at(at)))
}
