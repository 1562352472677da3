use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::cloud::{Builder, Retry};
use crate::error::TransportErrorKind;
use crate::service::{Class, ErrorCode, Service, When};
use crate::testing::{Canned, Mock, builder, canned, code, listing, service};
use crate::transport::{BoxFuture, Request, Response, Transport};

static GET: Operation = Operation { idempotent: true, rate_limit: None, ..listing("Get", None) };
static MAKE: Operation = Operation { idempotent: false, ..listing("Make", None) };
static LIMITED: Operation = Operation { idempotent: true, rate_limit: Some(2), ..listing("Limited", None) };

const fn situation(name: &'static str, when: &'static [When]) -> ErrorCode {
    ErrorCode { when, ..code(name, Class::Auth, false) }
}

static CODES: &[ErrorCode] = &[
    code("Slow", Class::Throttled, true),
    code("Busy", Class::Server, true),
    code("Broken", Class::Server, false),
    code("Denied", Class::Denied, true),
    situation("Clock", &[When::ExpiredClock]),
    situation("Who", &[When::UnknownKey, When::ExpiredClock]),
];

static ACME: Service =
    Service { errors: CODES, clock_window: Some(300), ..service(&[&GET, &LIMITED, &MAKE]) };
static CLOCKLESS: Service = Service { errors: CODES, clock_window: None, ..service(&[&GET]) };

type Scripted = Result<Canned, TransportError>;

/// The clock of the mock clients, 2018-06-25T11:44:28Z.
const NOW: i64 = 1_529_927_068;

fn refusal(code: &str) -> Scripted {
    canned(200, json!({"Response": {"Error": {"Code": code, "Message": "m"}}}).to_string())
}

fn with(answer: Scripted, name: &str, value: impl Into<String>) -> Scripted {
    let mut answer = answer?;
    answer.headers.push((name.to_owned(), value.into()));
    Ok(answer)
}

fn fine() -> Scripted {
    canned(200, "{}")
}

fn broken(kind: TransportErrorKind) -> Scripted {
    Err(TransportError::new("Get", kind, "it broke"))
}

/// A client that always waits as long as it may.
fn client(mock: &Arc<Mock>) -> Builder {
    builder(&ACME, mock).jitter(|| 1.0)
}

fn least() -> Parameters {
    vec![("Instance", json!("i-1"))]
}

fn header(request: &Request, name: &str) -> String {
    request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap()
}

fn sent(mock: &Mock) -> usize {
    mock.requests.lock().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_signed_afresh() {
    let mock = Mock::new([refusal("Slow"), canned(503, ""), fine()]);
    let seconds = Arc::new(AtomicI64::new(NOW));
    let clock = move || Timestamp::from_unix(seconds.fetch_add(1, Ordering::Relaxed)).unwrap();
    let cloud = client(&mock).clock(clock).build().unwrap();
    let start = Instant::now();
    let reply = cloud.call(&GET, least()).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_millis(1400), "1000 and 400");
    let requests = mock.requests.lock().unwrap();
    assert_eq!(requests.len(), 3);
    let distinct =
        |value: &dyn Fn(&Request) -> String| requests.iter().map(value).collect::<HashSet<_>>().len();
    assert_eq!(distinct(&|request| header(request, "X-Uuid")), 3);
    assert_eq!(distinct(&|request| header(request, "X-Time")), 3);
    assert_eq!(distinct(&|request| request.url.clone()), 3, "the nonce stands in the query");
    assert_eq!(reply.at.unix().to_string(), header(&requests[2], "X-Time"));
}

#[tokio::test(start_paused = true)]
async fn it_is_given_up_and_says_after_how_many_attempts() {
    let mock = Mock::new([refusal("Busy")]);
    let error = client(&mock).build().unwrap().call(&GET, least()).await.unwrap_err();
    assert_eq!((sent(&mock), error.attempts()), (3, Some(3)));
    assert_eq!(error.to_string(), "Get: HTTP 200: Busy NAMED: m (request id r-1), after 3 attempts");

    let mock = Mock::new([broken(TransportErrorKind::Broken)]);
    let cloud = client(&mock).retry(Retry::default().max_attempts(5)).build().unwrap();
    let error = cloud.call(&GET, least()).await.unwrap_err();
    assert_eq!((sent(&mock), error.attempts()), (5, Some(5)));
    assert_eq!(error.to_string(), "Get: it broke, after 5 attempts");

    for retry in [Retry::none(), Retry::default().max_attempts(0)] {
        let mock = Mock::new([refusal("Busy")]);
        let error = client(&mock).retry(retry).build().unwrap().call(&GET, least()).await.unwrap_err();
        assert_eq!((sent(&mock), error.attempts()), (1, Some(1)));
        assert!(!error.to_string().contains("attempt"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_help_is_not_repeated() {
    for answer in [
        refusal("Broken"),
        refusal("Denied"),
        refusal("Clock"),
        refusal("Who"),
        refusal("Unheard.Of"),
        canned(401, ""),
        canned(403, "{}"),
        canned(404, ""),
        canned(400, ""),
        canned(302, ""),
        canned(200, "{"),
        broken(TransportErrorKind::Refused),
    ] {
        let mock = Mock::new([answer]);
        client(&mock).build().unwrap().call(&GET, least()).await.unwrap_err();
        assert_eq!(sent(&mock), 1);
    }
    let mock = Mock::new([]);
    let error = client(&mock).build().unwrap().call(&GET, Parameters::new()).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)) && error.attempts().is_none(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_may_have_happened_is_not_done_again() {
    let connecting = || Err(TransportError::timed_out("Make", TimeoutKind::Connect, "no connection"));
    for (answer, times) in [
        (refusal("Slow"), 3),
        (canned(429, ""), 3),
        (broken(TransportErrorKind::Connect), 3),
        (connecting(), 3),
        (refusal("Busy"), 1),
        (canned(500, ""), 1),
        (canned(503, ""), 1),
        (broken(TransportErrorKind::Broken), 1),
        (broken(TransportErrorKind::Timeout), 1),
    ] {
        let mock = Mock::new([answer]);
        client(&mock).build().unwrap().call(&MAKE, least()).await.unwrap_err();
        assert_eq!(sent(&mock), times);
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_says_how_long_to_wait() {
    let date = "Mon, 25 Jun 2018 11:44:35 GMT";
    for (text, wait) in [
        ("5", 5000),
        (date, 7000),
        ("0", 1000),
        ("Mon, 25 Jun 2018 11:44:00 GMT", 1000),
        ("soon", 1000),
        ("-1", 1000),
        ("", 1000),
    ] {
        let mock = Mock::new([with(refusal("Slow"), "retry-after", text), fine()]);
        let start = Instant::now();
        client(&mock).build().unwrap().call(&GET, least()).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_millis(wait), "{text}");
    }
    for text in ["61", "99999999999999999999999", "Mon, 25 Jun 2018 12:44:35 GMT"] {
        let mock = Mock::new([with(canned(503, ""), "retry-after", text), fine()]);
        let start = Instant::now();
        let error = client(&mock).build().unwrap().call(&GET, least()).await.unwrap_err();
        assert_eq!((start.elapsed(), sent(&mock)), (Duration::ZERO, 1), "no wait is begun that does not fit");
        assert!(error.to_string().contains("it asks to wait "), "{error}");
    }
}

/// Answers when it likes: after so long, or never.
struct Slow(Duration, Mutex<Vec<Option<Duration>>>);

impl Transport for Slow {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.1.lock().unwrap().push(request.timeout);
        let wait = self.0;
        Box::pin(async move {
            sleep(wait).await;
            Ok(Response { status: 200, headers: Vec::new(), body: Box::new(Some(Bytes::from_static(b"{}"))) })
        })
    }
}

fn slow(wait: Duration) -> (Arc<Slow>, Builder) {
    let slow = Arc::new(Slow(wait, Mutex::default()));
    let builder = client(&Mock::new([])).transport(Arc::clone(&slow) as Arc<dyn Transport>);
    (slow, builder)
}

#[tokio::test(start_paused = true)]
async fn timeouts_say_which() {
    let second = Duration::from_secs(1);
    let (transport, builder) = slow(Duration::MAX / 4);
    let cloud = builder.attempt_timeout(second).timeout(10 * second).build().unwrap();
    let start = Instant::now();
    let error = cloud.call(&GET, least()).await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_millis(3600), "three attempts and the waits between them");
    let text = "Get: timed out while waiting for redis.acme.example: 1s are over, after 3 attempts";
    assert_eq!(error.to_string(), text);
    let Error::Transport(error) = error else { panic!("{error}") };
    assert_eq!((error.kind, error.timeout), (TransportErrorKind::Timeout, Some(TimeoutKind::Attempt)));
    assert_eq!(*transport.1.lock().unwrap(), [Some(second); 3]);

    let (transport, builder) = slow(Duration::MAX / 4);
    let cloud = builder.attempt_timeout(2 * second).timeout(3 * second).build().unwrap();
    let start = Instant::now();
    let error = cloud.call(&GET, least()).await.unwrap_err();
    assert_eq!(start.elapsed(), 3 * second);
    let text =
        "Get: timed out while waiting for redis.acme.example: the call's 3s are over, after 2 attempts";
    assert_eq!(error.to_string(), text);
    let Error::Transport(error) = error else { panic!("{error}") };
    assert_eq!(error.timeout, Some(TimeoutKind::Call));
    let told = [2 * second, Duration::from_millis(800)].map(Some);
    assert_eq!(*transport.1.lock().unwrap(), told, "the transport is told what is left");
}

#[tokio::test(start_paused = true)]
async fn no_limit_is_no_limit() {
    let (transport, builder) = slow(Duration::from_secs(86_400 * 365));
    let cloud = builder.attempt_timeout(Duration::MAX).timeout(Duration::MAX).build().unwrap();
    cloud.call(&GET, least()).await.unwrap();
    assert_eq!(*transport.1.lock().unwrap(), [None]);
}

#[test]
fn zero_lets_nothing_through() {
    let builder = || client(&Mock::new([]));
    for (builder, what) in [
        (builder().timeout(Duration::ZERO), "the timeout is zero"),
        (builder().attempt_timeout(Duration::ZERO), "the timeout of an attempt is zero"),
        (builder().rate_limit(Some(0)), "the rate limit is zero"),
        (builder().connect_timeout(Duration::MAX), "are the transport's"),
        (builder().read_timeout(Duration::ZERO), "are the transport's"),
        (Cloud::builder(&ACME).connect_timeout(Duration::ZERO), "the time to connect is zero"),
        (Cloud::builder(&ACME).read_timeout(Duration::ZERO), "the time to read is zero"),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn clones_share_the_documented_rate() {
    let mock = Mock::new([fine()]);
    let start = Instant::now();
    let calls = async |builder: Builder, operation: &'static Operation| {
        let cloud = builder.build().unwrap();
        let tasks: Vec<_> = (0..5)
            .map(|_| {
                let cloud = cloud.clone();
                tokio::spawn(async move { cloud.call(operation, least()).await.map(|_| ()) })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        start.elapsed().as_secs()
    };
    assert_eq!(calls(client(&mock), &LIMITED).await, 2);
    assert_eq!(calls(client(&mock), &GET).await, 2, "no rate is documented");
    assert_eq!(calls(client(&mock).rate_limit(Some(1)), &GET).await, 6);
    assert_eq!(calls(client(&mock).rate_limit(None), &LIMITED).await, 6);
    let cloud = client(&mock).rate_limit(Some(1)).timeout(Duration::from_millis(300)).build().unwrap();
    cloud.call(&GET, least()).await.unwrap();
    let error = cloud.call(&GET, least()).await.unwrap_err().to_string();
    let text =
        "Get: timed out while waiting for the rate limit of 1 calls a second: the call's 300ms are over";
    assert_eq!(error, text);
}

fn date(seconds: i64) -> String {
    let format = crate::service::TimeFormat { format: "%a, %d %b %Y %H:%M:%S GMT", offset: 0 };
    Timestamp::from_unix(seconds).unwrap().format(format)
}

fn clock_refusal(code: &str, service: i64) -> Scripted {
    with(refusal(code), "date", date(service))
}

fn times(mock: &Mock) -> Vec<i64> {
    let requests = mock.requests.lock().unwrap();
    requests.iter().map(|request| header(request, "X-Time").parse::<i64>().unwrap() - NOW).collect()
}

#[tokio::test(start_paused = true)]
async fn the_clock_is_corrected_once_and_stays_so() {
    for code in ["Clock", "Who"] {
        let mock = Mock::new([clock_refusal(code, NOW + 3600), fine()]);
        let cloud = client(&mock).retry(Retry::none()).build().unwrap();
        let start = Instant::now();
        // Nothing happened, so even this can be done again, and at once.
        let reply = cloud.clone().call(&MAKE, least()).await.unwrap();
        assert_eq!((start.elapsed(), reply.at.unix()), (Duration::ZERO, NOW + 3600));
        cloud.call(&GET, least()).await.unwrap();
        assert_eq!(times(&mock), [0, 3600, 3600], "{code}");
        assert_eq!(cloud.now().unix(), NOW + 3600);
    }
}

#[tokio::test(start_paused = true)]
async fn a_correction_that_does_not_help_is_forgotten() {
    let mock = Mock::new([clock_refusal("Clock", NOW + 900), clock_refusal("Clock", NOW - 900), fine()]);
    let cloud = client(&mock).build().unwrap();
    let error = cloud.call(&GET, least()).await.unwrap_err();
    assert_eq!((times(&mock), error.attempts()), (vec![0, 900], Some(2)));
    let clocks = "the request's clock showed 2018-06-25T11:59:28Z, the service's 2018-06-25T11:29:28Z";
    assert!(error.to_string().contains(clocks), "{error}");
    assert_eq!(cloud.now().unix(), NOW);
    cloud.call(&GET, least()).await.unwrap();
    assert_eq!(times(&mock), [0, 900, 0]);
}

#[tokio::test(start_paused = true)]
async fn clocks_that_cannot_be_believed_are_shown() {
    let off = |builder: Builder| builder.clock_correction(false);
    let same = |builder: Builder| builder;
    let year = 365 * 86_400;
    for (change, answer, shown) in [
        (&off as &dyn Fn(Builder) -> Builder, clock_refusal("Clock", NOW + 900), true),
        (&same, clock_refusal("Clock", NOW - year), true),
        (&same, with(clock_refusal("Clock", NOW + 900), "age", "9"), false),
        (&same, refusal("Clock"), false),
        (&same, clock_refusal("Clock", NOW), false),
        (&same, clock_refusal("Who", NOW + 60), false),
        (&same, clock_refusal("Denied", NOW + 900), false),
    ] {
        let mock = Mock::new([answer, fine()]);
        let error = change(client(&mock)).build().unwrap().call(&GET, least()).await.unwrap_err();
        assert_eq!(sent(&mock), 1, "{error}");
        assert_eq!(error.api().unwrap().clocks.is_some(), shown, "{error}");
    }
    let mock = Mock::new([clock_refusal("Clock", NOW + 900), fine()]);
    builder(&CLOCKLESS, &mock).build().unwrap().call(&GET, least()).await.unwrap_err();
    assert_eq!(sent(&mock), 1, "the signature has no clock");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_the_client_as_it_was() {
    let (transport, builder) = slow(Duration::from_secs(2));
    let cloud = builder.rate_limit(Some(1)).build().unwrap();
    for _ in 0..3 {
        // The first is dropped while it waits for the answer, the others while they wait for their turn.
        let dropped = tokio::time::timeout(Duration::from_millis(200), cloud.call(&GET, least())).await;
        assert!(dropped.is_err());
    }
    let start = Instant::now();
    cloud.call(&GET, least()).await.unwrap();
    assert_eq!(
        start.elapsed(),
        Duration::from_millis(2400),
        "the turn after the first one's, then the answer"
    );
    assert_eq!(transport.1.lock().unwrap().len(), 2);
}

#[test]
fn without_a_runtime_a_call_is_made_once() {
    let mock = Mock::new([refusal("Slow"), fine()]);
    let cloud = client(&mock).rate_limit(Some(1)).build().unwrap();
    let now = |cloud: &Cloud| {
        let mut future = std::pin::pin!(cloud.call(&GET, least()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(result) => result,
            std::task::Poll::Pending => panic!("it waits"),
        }
    };
    assert_eq!(now(&cloud).unwrap_err().attempts(), Some(1));
    now(&cloud).unwrap();
    assert_eq!(sent(&mock), 2);
}

/// Keeps what is traced, as text.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl tracing::field::Visit for Notes {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

impl tracing::Subscriber for Notes {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("rdbfetch")
    }

    fn new_span(&self, attributes: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        self.0.lock().unwrap().push(attributes.metadata().name().to_owned());
        attributes.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn spans_and_events_tell_what_happens_and_no_secret() {
    let call = async || {
        let echo = canned(200, r#"{"Response": {"Error": {"Code": "Slow", "Message": "not hush-hush"}}}"#);
        let mock = Mock::new([echo, clock_refusal("Clock", NOW + 900), fine()]);
        let cloud = client(&mock).build().unwrap();
        let parameters = vec![("Instance", json!("i-private")), ("Token", json!("p-private"))];
        cloud.call(&GET, parameters).await.unwrap();
    };
    // What is noted is registered when it is first come by. Other tests that do so at the same moment, without anybody
    // who listens, would switch it off for this one.
    call().await;
    let notes = Notes::default();
    let _guard = tracing::subscriber::set_default(notes.clone());
    tracing::callsite::rebuild_interest_cache();
    call().await;
    let all = notes.0.lock().unwrap().join("\n");
    for told in [
        "rdbfetch.call\nservice=\"acme\"\noperation=\"Get\"",
        "attempt=1\nhttp_status=200\ncode=\"Slow\"\nrequest_id=\"r-1\"",
        "message=repeating",
        "wait_ms=1000",
        "message=the clock of this machine is off: the request's clock showed 2018-06-25T11:44:28Z",
        "attempt=3\nhttp_status=200\nrequest_id=\"r-1\"",
    ] {
        assert!(all.contains(told), "{told}: {all}");
    }
    for secret in ["hush", "private", "://", "AKID"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

#[allow(dead_code, reason = "only compiled")]
fn clients_go_everywhere() {
    fn everywhere<T: Send + Sync + Clone + 'static>() {}
    fn sent_away<T: Send>(_: T) {}
    everywhere::<Cloud>();
    everywhere::<Builder>();
    everywhere::<Retry>();
    sent_away(client(&Mock::new([])).build().unwrap().call(&GET, Vec::<(&str, Value)>::new()));
}
