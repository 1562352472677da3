mod creating;
mod kinds;
mod paging;
mod stage;

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::config::Machine;
use crate::error::{TransportError, TransportErrorKind};
use crate::model::BackupId;
use crate::place::{Root, Step};
use crate::testing::*;
use crate::transport::{Body, BoxFuture, Response};

fn list(service: &'static Service) -> &'static Operation {
    service.operation("List").unwrap()
}

fn least() -> Parameters {
    vec![("Instance", json!("i-1")), ("BackupId", json!(5))]
}

fn rows(ids: std::ops::Range<usize>) -> Value {
    ids.map(|id| json!({"Id": format!("b{id:02}"), "At": 1000 + id, "State": 2})).collect()
}

fn page(ids: std::ops::Range<usize>, total: usize) -> Result<Canned, TransportError> {
    canned(200, json!({"Response": {"Set": rows(ids), "Total": total}}).to_string())
}

fn queries(mock: &Mock, name: &str) -> Vec<Option<String>> {
    let value = |url: String| {
        let pairs = url::Url::parse(&url).unwrap();
        pairs.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    mock.urls().into_iter().map(value).collect()
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn every_call_is_signed_afresh() {
    let mock = Mock::new([canned(200, "{}")]);
    let cloud = builder(&SERVICE, &mock).signature("two").build().unwrap();
    for _ in 0..2 {
        cloud.call(&LINKS, least()).await.unwrap();
    }
    let requests = mock.requests.lock().unwrap();
    let header = |index: usize, name: &str| {
        let request: &transport::Request = &requests[index];
        request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(header(0, "X-Key"), "AKID");
    assert_eq!(header(0, "X-Time"), "1529927068");
    assert_eq!(header(0, "X-Variant"), "two");
    assert_eq!(header(0, "X-Scope"), "r-1");
    let uuids: HashSet<String> = [header(0, "X-Uuid"), header(1, "X-Uuid")].into();
    assert_eq!(uuids.len(), 2);
    for uuid in uuids {
        assert_eq!((uuid.len(), &uuid[14..15], uuid.matches('-').count()), (36, "4", 4), "{uuid}");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
    }
    // What the signature adds to the query is in the URL.
    assert!(requests[0].url.contains("&Nonce="), "{}", requests[0].url);
    assert_ne!(requests[0].url, requests[1].url);
    assert_eq!(requests[0].timeout, Some(Duration::from_secs(30)));
    assert_eq!((requests[0].what.as_str(), requests[0].method.as_str()), ("Links", "POST"));
}

#[test]
fn the_signature_covers_what_is_really_used() {
    let mock = Mock::new([]);
    let cloud = builder(&SERVICE, &mock).method("GET").endpoint("http://127.0.0.1:9/p").build().unwrap();
    let parameters = vec![("Region", json!("r-2")), ("Instance", json!("i")), ("BackupId", json!(1))];
    let request = cloud.prepare(&LINKS, &parameters).unwrap();
    assert!(request.url.starts_with("http://127.0.0.1:9/p/v1/i/backup:links?Action=Links&Version=v7&"));
    assert!(request.headers.contains(&("X-Scope".to_owned(), "r-2".to_owned())));
    assert_eq!((request.method.as_str(), request.body.len()), ("GET", 0));
    assert!(cloud.prepare(list(&SERVICE), &vec![("Instance", json!("i"))]).is_ok());
    let cloud = builder(&SERVICE, &mock).method("DELETE").build().unwrap();
    assert!(matches!(cloud.prepare(&LINKS, &least()), Err(Error::Config(_))));
}

#[tokio::test]
async fn what_is_missing_is_named_before_anything_is_sent() {
    let mock = Mock::new([]);
    let cloud = Cloud::builder(&SERVICE).transport(mock.clone()).region("r-1").build().unwrap();
    let error = cloud.call(&LINKS, least()).await.unwrap_err();
    let text = "Links: there are no credentials: set RDBFETCH_ACCESS_KEY and RDBFETCH_SECRET_KEY, or ACME_ID and ACME_KEY";
    assert_eq!(error.to_string(), text);
    let error = cloud.call(&LINKS, Parameters::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "Links: nothing was sent: Instance is required; BackupId is required");
    assert!(matches!(error, Error::Invalid(_)));
    let odd = Credentials::new("AKID", "hush-hush").with_token("a\u{1}b");
    let cloud = builder(&SERVICE, &mock).credentials(odd).build().unwrap();
    let error = cloud.call(&LINKS, least()).await.unwrap_err().to_string();
    assert!(error.contains("X-Token") && !error.contains('\u{1}'), "{error}");
}

#[test]
fn a_wrong_configuration_is_refused() {
    let problem = |builder: Builder| builder.build().unwrap_err().to_string();
    let mock = Mock::new([]);
    assert_eq!(
        problem(builder(&SERVICE, &mock).setting("zone", "z")),
        "acme has no setting zone; it has region, project, product"
    );
    assert_eq!(
        problem(builder(&SERVICE, &mock).signature("three")),
        "acme has no signature three; it has one, two"
    );
    assert!(problem(builder(&SERVICE, &mock).credentials(Credentials::new("a", " "))).contains("is empty"));
    let half = Machine::of(|name: &str| (name == "ACME_ID").then(|| "x".to_owned()), None, None);
    let found = Cloud::builder(&SERVICE).transport(mock.clone()).look(&half, false, None);
    assert!(!found.has_credentials());
    assert!(problem(found.clone()).contains("ACME_ID is set but ACME_KEY is not"));
    assert!(found.credentials(Credentials::new("a", "b")).build().is_ok(), "explicit keys need no others");
}

#[test]
fn what_is_said_wins_over_what_is_found() {
    let all = |name: &str| (!name.ends_with("_FILE")).then(|| format!("{name}!\n"));
    let all = Machine::of(all, None, None);
    let cloud = Cloud::builder(&SERVICE).region("r-1").project("").look(&all, false, None).build().unwrap();
    assert_eq!(cloud.setting("region"), Some("r-1"));
    assert_eq!(cloud.setting("project"), Some("RDBFETCH_PROJECT!"));
    assert_eq!(cloud.setting("product"), Some("RDBFETCH_PRODUCT!"));
    let keys = cloud.inner.keys.as_ref().unwrap().at_hand().unwrap();
    assert_eq!(keys.access_key(), "RDBFETCH_ACCESS_KEY!");
    let cloud = Cloud::builder(&SERVICE).build().unwrap();
    assert_eq!((cloud.setting("product"), cloud.setting("region")), (Some("redis"), None));
}

#[test]
fn debug_shows_no_secret() {
    let mock = Mock::new([]);
    let builder =
        builder(&SERVICE, &mock).credentials(Credentials::new("AKID", "hush-hush").with_token("toktok"));
    let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(!shown.contains("hush") && !shown.contains("toktok") && !shown.contains("AKID"), "{shown}");
    assert!(shown.contains("r-1"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn transport_failures_keep_secrets() {
    let failure = TransportError::new("Links", TransportErrorKind::Connect, "proxy says: bad key hush-hush");
    let mock = Mock::new([Err(failure)]);
    let error = builder(&SERVICE, &mock).build().unwrap().call(&LINKS, least()).await.unwrap_err();
    assert_eq!(error.to_string(), "Links: proxy says: bad key [redacted], after 3 attempts");
    assert!(error.retryable());
}

/// A body of many pieces, of which none is larger than a mebibyte.
struct Endless(usize);

impl Body for Endless {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        self.0 = self.0.saturating_sub(1);
        let piece = (self.0 > 0).then(|| Bytes::from(vec![b' '; 1 << 20]));
        Box::pin(std::future::ready(Ok(piece)))
    }
}

impl Transport for Endless {
    fn send(&self, _: transport::Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let body = Box::new(Self(self.0));
        Box::pin(std::future::ready(Ok(Response { status: 200, headers: Vec::new(), body })))
    }
}

#[tokio::test]
async fn an_answer_has_a_limit() {
    let call = async |pieces| {
        let cloud = builder(&SERVICE, &Mock::new([])).transport(Arc::new(Endless(pieces))).build().unwrap();
        cloud.call(&LINKS, least()).await
    };
    let error = call(usize::MAX).await.unwrap_err();
    assert!(error.to_string().contains("larger than 64 MiB"), "{error}");
    assert_eq!(call(3).await.unwrap().body.len(), 2 << 20);
}

crate::generated::answer! {
    /// The links.
    pub struct Files {
        /// The files.
        pub files: Vec<File> = "Files",
    }
}

crate::generated::answer! {
    /// A file.
    pub struct File {
        /// The link.
        pub url: String = "Url",
        /// The size.
        pub size: Option<i64> = "Size",
    }
}

async fn decoded(body: Value) -> Result<Files, Error> {
    let mock = Mock::new([canned(200, body.to_string())]);
    builder(&SERVICE, &mock).build().unwrap().call(&LINKS, least()).await.unwrap().decode()
}

#[tokio::test]
async fn decoding_is_lenient_about_what_is_not_there() {
    for body in [
        json!({}),
        json!({"Response": null}),
        json!({"Response": {"New": 1}}),
        json!({"Response": {"Files": null}}),
        json!({"Response": {"Files": ""}}),
    ] {
        assert_eq!(decoded(body).await.unwrap(), Files { files: vec![] });
    }
    let alone = decoded(json!({"Response": {"Files": {"Url": "u"}}})).await.unwrap();
    assert_eq!(alone.files.len(), 1, "one that stands alone");
}

#[tokio::test]
async fn a_wrong_type_is_named_without_its_value() {
    let problem =
        async |files: Value| decoded(json!({"Response": {"Files": files}})).await.unwrap_err().to_string();
    let link = "https://h/?sign=hush";
    assert_eq!(
        problem(json!([{"Url": link}, {"Url": link, "Size": link}])).await,
        "Links: HTTP 200: Response.Files[1].Size is not as specified: expected a whole number of 64 bits \
         (request id r-1)"
    );
    let error = problem(json!(link)).await;
    assert!(error.contains("Response.Files is not as specified: expected a list"), "{error}");
    let error = problem(json!([{"Size": 1}])).await;
    assert!(error.contains("Response.Files[0].Url is not as specified: text is missing"), "{error}");
    let error = problem(json!([{"Url": {"hush": 1}}])).await;
    assert!(
        error.contains("Files[0].Url is not as specified: expected text") && !error.contains("hush"),
        "{error}"
    );
    let error = decoded(json!({"Response": link})).await.unwrap_err().to_string();
    assert!(error.contains("Response is not as specified") && !error.contains("hush"), "{error}");
}

#[tokio::test]
async fn links_are_asked_for_with_the_ids() {
    let body = json!({"Response": {"Files": [
        {"Name": "0.rdb", "Url": " https://h.example/0?sign=hush\n"},
        {"Name": "1.rdb", "Url": "KgVuXeBu"},
    ]}});
    let mock = Mock::new([canned(200, body.to_string())]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    let links = cloud.backup_links(&BackupId::new("i-1", "5")).await.unwrap();
    assert_eq!((links.operation, links.request_id.as_deref(), links.files.len()), ("Links", Some("r-1"), 1));
    let file = &links.files[0];
    assert_eq!(file.public_url.as_ref().unwrap().expose(), "https://h.example/0?sign=hush");
    assert_eq!(file.expires_at, Timestamp::from_unix(1_529_927_068 + 3600));
    let sent = mock.requests.lock().unwrap()[0].body.clone();
    let sent: Value = serde_json::from_slice(&sent).unwrap();
    assert_eq!(
        sent,
        json!({"Action": "Links", "backup_id": 5, "Limit": "custom", "Addresses": ["10.0.0.1"]})
    );
}

#[tokio::test]
async fn callers_can_add_parameters_but_not_contradict_the_ids() {
    let mock = Mock::new([canned(200, r#"{"Response": {"Files": [{"Url": "http://h/"}]}}"#)]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    let id = BackupId::new("i-1", "5");
    let more = vec![("Addresses", json!(["a"])), ("BackupId", json!(5)), ("Fresh", json!(true))];
    cloud.backup_links_with(&id, more).await.unwrap();
    let sent = mock.requests.lock().unwrap()[0].body.clone();
    assert!(String::from_utf8(sent).unwrap().ends_with(r#""Addresses":["a"],"Fresh":true}"#));
    for (more, why) in [
        (("BackupId", json!(6)), "BackupId is given twice, with different values"),
        (("Addresses", json!(["a", "b", "c"])), "Addresses is 3, but 1 to 2 is documented"),
    ] {
        let error = cloud.backup_links_with(&id, vec![more]).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    let error = cloud.backup_links(&BackupId::new("", "five")).await.unwrap_err();
    let text =
        "Links: nothing was sent: Instance is required; BackupId must be a whole number of 64 bits, not text";
    assert_eq!(error.to_string(), text);
    assert_eq!(mock.urls().len(), 1);
}

#[tokio::test]
async fn an_answer_without_links_is_an_error() {
    let mock = Mock::new([canned(200, r#"{"Response": {"Files": [{"Url": ""}]}}"#)]);
    let error = builder(&SERVICE, &mock).build().unwrap().backup_links(&BackupId::new("i-1", "5")).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "Links: HTTP 200: the answer holds no download link (request id r-1)"
    );
    let error =
        builder(&UNPAGED_SERVICE, &mock).build().unwrap().backup_links(&BackupId::new("i-1", "5")).await;
    assert_eq!(error.unwrap_err().to_string(), "no specified operation of acme gives download links");
}

#[tokio::test]
async fn the_latest_backup_is_a_finished_one() {
    let set = json!([
        {"Id": "old", "At": 1, "State": 2},
        {"Id": "undated", "State": 2},
        {"Id": "running", "At": 9, "State": 1},
        {"Id": "new", "At": 5, "State": 3},
        {"Id": "odd", "At": 7, "State": 8},
    ]);
    let mock = Mock::new([canned(200, json!({"Response": {"Set": set, "Total": 5}}).to_string())]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    assert_eq!(cloud.latest_backup("i-1").await.unwrap().backup, "new");
    assert_eq!(cloud.backups("i-1").await.unwrap().last().unwrap().backup, "undated");
    for (set, why) in [
        (json!([]), "the instance i-1 has no backup"),
        (json!([{"Id": "x", "State": 1}]), "none of the 1 backups of the instance i-1 is finished"),
    ] {
        let mock = Mock::new([canned(200, json!({"Response": {"Set": set, "Total": 1}}).to_string())]);
        let error = builder(&SERVICE, &mock).build().unwrap().latest_backup("i-1").await.unwrap_err();
        assert!(matches!(error, Error::NoBackup(_)));
        assert_eq!(error.to_string(), why);
    }
}

#[test]
fn calls_can_move_between_threads() {
    fn sent<T: Send>(_: T) {}
    let cloud = builder(&SERVICE, &Mock::new([])).build().unwrap();
    let id = BackupId::new("i-1", "5");
    sent(cloud.call(&LINKS, least()));
    sent(cloud.backup_links(&id));
    sent(cloud.latest_backup("i-1"));
}

/// Gives temporary keys, others each time.
struct Renewing(std::sync::atomic::AtomicU32);

impl crate::config::CredentialProvider for Renewing {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, crate::config::CredentialError>> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(Credentials::new(format!("key{number}"), "s").with_token("t"))))
    }

    fn describe(&self) -> String {
        "a test".to_owned()
    }
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_once() {
    let refused = || canned(200, r#"{"Response": {"Error": {"Code": "AuthFailure", "Message": "m"}}}"#);
    let good = || canned(200, json!({"Response": {}}).to_string());
    let mock = Mock::new([refused(), good(), refused(), refused()]);
    let source = Arc::new(Renewing(0.into()));
    let cloud = builder(&SERVICE, &mock).credential_provider(source.clone()).build().unwrap();
    assert!(matches!(cloud.prepare(&LINKS, &least()), Err(Error::Credentials(_))), "nobody asked yet");
    cloud.call(&LINKS, least()).await.unwrap();
    assert_eq!(source.0.load(std::sync::atomic::Ordering::SeqCst), 2);
    assert!(matches!(cloud.call(&LINKS, least()).await, Err(Error::Api(_))), "once only");
    assert_eq!(mock.requests.lock().unwrap().len(), 4);
    // Permanent keys are what they are.
    let mock = Mock::new([refused()]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    assert!(matches!(cloud.call(&LINKS, least()).await, Err(Error::Api(_))));
    assert_eq!(mock.requests.lock().unwrap().len(), 1);
}
