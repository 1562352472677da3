//! HTTPS: who trusts the emulator's authority gets what it says, and nobody else does.

mod support;

use std::path::PathBuf;

use rdbfetch_emulator::{Builder, Emulator};
use serde_json::json;
use support::{ALPHA, BACKUP, INSTANCE, Signing, alpha_call, fetch};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn start(configure: impl FnOnce(Builder) -> Builder) -> (Emulator, rdbfetch_emulator::Clock) {
    support::start(|builder| configure(builder.tls(true))).await
}

/// A client that trusts this emulator and nobody else.
fn client(emulator: &Emulator) -> reqwest::Client {
    let pem = std::fs::read(emulator.ca_file().unwrap()).unwrap();
    let authority = reqwest::Certificate::from_pem(&pem).unwrap();
    reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap()
}

/// A signed call, and what its answer says.
async fn links(emulator: &Emulator, clock: &rdbfetch_emulator::Clock) -> serde_json::Value {
    let url = emulator.endpoint("alpha").unwrap();
    let host = url.strip_prefix("https://").unwrap();
    let mut draft = alpha_call("GetLinks", json!({"Instance": INSTANCE, "Backup": BACKUP}), host);
    Signing::of(emulator, clock, ALPHA.service).sign(ALPHA.service, &mut draft);
    let mut request = client(emulator).post(url).body(draft.encoded_body().to_vec());
    for (name, value) in &draft.headers {
        request = request.header(name, value);
    }
    let body = request.send().await.unwrap().bytes().await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn everything_speaks_https() {
    let (emulator, clock) = start(|builder| builder).await;
    assert!(emulator.endpoints().iter().all(|(_, url)| url.starts_with("https://127.0.0.1:")));
    assert!(emulator.files_url().starts_with("https://"));
    let answer = links(&emulator, &clock).await;
    let file = &answer["Response"]["Files"][0];
    for (key, start) in [("Url", "https://127.0.0.1:"), ("InnerUrl", "https://localhost:")] {
        let link = file[key].as_str().unwrap();
        assert!(link.starts_with(start), "{key}");
        let reply = client(&emulator).get(link).send().await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.version()), (200, reqwest::Version::HTTP_11));
        assert!(reply.bytes().await.unwrap().starts_with(b"REDIS"));
    }
}

#[tokio::test]
async fn others_do_not_trust_it() {
    let (emulator, _) = start(|builder| builder).await;
    let (other, _) = start(|builder| builder).await;
    let url = emulator.files_url();
    assert_eq!(client(&emulator).get(url).send().await.unwrap().status(), 403);
    for stranger in [client(&other), reqwest::Client::builder().no_proxy().build().unwrap()] {
        assert!(stranger.get(url).send().await.unwrap_err().is_connect());
    }
}

/// What the library's transport says of a URL, twice, so that the second request goes over a connection that waited.
#[cfg(target_os = "linux")]
async fn transport_says(url: &str) {
    use rdbfetch::transport::{HttpTransport, Request, Transport};

    let transport = HttpTransport::new().unwrap();
    for _ in 0..2 {
        let request = Request {
            what: "Op".to_owned(),
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: None,
        };
        let said = match transport.send(request).await {
            Ok(mut response) => {
                while response.body.chunk().await.unwrap().is_some() {}
                response.status.to_string()
            }
            Err(error) => error.message,
        };
        println!("[{said}]");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_librarys_transport_trusts_whom_the_environment_names() {
    const URL: &str = "RDBFETCH_TEST_URL";
    if let Ok(url) = std::env::var(URL) {
        return transport_says(&url).await;
    }
    let (emulator, _) = start(|builder| builder).await;
    let (other, _) = start(|builder| builder).await;
    let said = |authority: &Emulator| {
        let this = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_librarys_transport_trusts_whom_the_environment_names", "--nocapture"])
            .env(URL, emulator.files_url())
            .env("SSL_CERT_FILE", authority.ca_file().unwrap())
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&this.stdout).into_owned();
        let said = text.split('[').skip(1).map(|rest| rest.split(']').next().unwrap().to_owned());
        said.collect::<Vec<String>>()
    };
    assert_eq!(said(&emulator), ["403", "403"]);
    let refused = said(&other);
    assert_eq!(refused.len(), 2, "{refused:?}");
    for said in refused {
        assert!(said.contains("cannot connect to 127.0.0.1:") && said.contains("certificate"), "{said}");
    }
}

#[tokio::test]
async fn the_certificate_is_for_the_hosts_that_urls_name() {
    let (emulator, _) = start(|builder| builder.advertise("cloud.test")).await;
    let port = emulator.files_url().rsplit_once(':').unwrap().1.to_owned();
    assert_eq!(emulator.files_url(), format!("https://cloud.test:{port}"));
    let pem = std::fs::read(emulator.ca_file().unwrap()).unwrap();
    let here = std::net::SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
    for (name, fine) in
        [("cloud.test", true), ("localhost", true), ("127.0.0.1", true), ("other.test", false)]
    {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            .resolve(name, here)
            .build()
            .unwrap();
        let result = client.get(format!("https://{name}:{port}/")).send().await;
        assert_eq!(result.is_ok(), fine, "{name}");
    }
}

#[tokio::test]
async fn only_the_certificate_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "what was there before, and is longer than any certificate".repeat(100)).unwrap();
    let (emulator, _) = start(|builder| builder.ca_file(&path)).await;
    assert_eq!(emulator.ca_file(), Some(path.as_path()));
    let pem = std::fs::read_to_string(&path).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert_eq!((pem.matches("BEGIN").count(), pem.contains("KEY")), (1, false), "{pem}");
    drop(emulator);
    assert!(path.exists(), "it is where it was asked for, and stays");

    let (emulator, _) = start(|builder| builder).await;
    let own = PathBuf::from(emulator.ca_file().unwrap());
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&own).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o644);
    }
    drop(emulator);
    assert!(!own.exists(), "it goes with the emulator");

    let builder = Emulator::builder().services(support::SERVICES).tls(true);
    let problem = builder.ca_file(folder.path().join("no/such/folder")).start().await.unwrap_err();
    assert!(problem.to_string().contains("no/such/folder"), "{problem}");
}

#[tokio::test]
async fn who_speaks_something_else_is_told_or_left() {
    let (emulator, clock) = start(|builder| builder).await;
    let url = emulator.endpoint("alpha").unwrap();
    let reply = fetch("GET", &url.replace("https://", "http://").clone(), &[]).await;
    assert_eq!((reply.status, reply.text().as_str()), (400, "this port speaks HTTPS only\n"));
    let authority = url.strip_prefix("https://").unwrap();
    // Neither a handshake, nor a request; and half of a handshake.
    let mut other = TcpStream::connect(authority).await.unwrap();
    other.write_all(b"\x80\x00nonsense").await.unwrap();
    let mut nothing = Vec::new();
    let _ = other.read_to_end(&mut nothing).await;
    assert!(nothing.is_empty());
    let mut half = TcpStream::connect(authority).await.unwrap();
    half.write_all(b"\x16\x03\x01").await.unwrap();
    assert!(links(&emulator, &clock).await["Response"]["Files"].is_array());
}

#[tokio::test]
async fn without_tls_there_is_no_certificate() {
    let (emulator, _) = support::start(|builder| builder.ca_file("/no/such/file")).await;
    assert_eq!(emulator.ca_file(), None);
    assert!(emulator.files_url().starts_with("http://"));
}
