//! A rule, and how Rust builds one.

use std::fmt;
use std::time::Duration;

use rdbfetch::Timestamp;
use rdbfetch::service::When;

use super::effects::{Coded, Cut, Effects, Etag, Flip, Shard, WrongRange};

/// What a rule can be bound to.
pub(crate) const CONDITIONS: [&str; 10] =
    ["service", "operation", "port", "method", "region", "instance", "backup", "file", "side", "account"];

/// A rule by which an emulator goes wrong: which calls it is about, which of them it hits, and what happens to these.
///
/// A rule without conditions is about every call for which its effects make sense. In all conditions `*` stands for
/// anything. Of the calls that a rule is about it leaves out the first [`skip`](Self::skip), hits the next
/// [`times`](Self::times), each with a [`probability`](Self::probability). Calls are counted as they come, before
/// anybody looks at their signature.
///
/// The same rules in YAML or JSON have the names of these methods; `docs/emulator/faults.md` shows every one. Rules
/// are checked when an emulator starts with them or is given them.
///
/// ```
/// use std::time::Duration;
/// use rdbfetch_emulator::Fault;
///
/// // The second and third call of an operation are throttled.
/// let throttled = Fault::on("tencent").operation("DescribeBackupUrl").skip(1).times(2);
/// let throttled = throttled.throttle(Duration::from_secs(3));
/// // As a line of text:
/// let same: Fault = "service=tencent,operation=DescribeBackupUrl,skip=1,times=2,throttle=3s".parse().unwrap();
/// assert_eq!(throttled, same);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Fault {
    pub(crate) name: Option<String>,
    pub(crate) on: Vec<(&'static str, String)>,
    pub(crate) skip: u64,
    pub(crate) times: Option<u64>,
    pub(crate) probability: Option<f64>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) effects: Effects,
}

/// Why a rule is not accepted: which word of it is wrong, what was expected, and the nearest that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError(pub(crate) String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

/// Which calls.
impl Fault {
    /// A rule about every call for which its effects make sense.
    pub fn any() -> Self {
        Self::default()
    }

    /// A rule about the calls of a service, and the files that it links to.
    pub fn on(service: impl Into<String>) -> Self {
        Self::default().condition("service", service)
    }

    /// Its name, in the journal and for removing it. Without one it is `fault-1` and so on.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Only calls of this operation.
    pub fn operation(self, operation: impl Into<String>) -> Self {
        self.condition("operation", operation)
    }

    /// Only calls of services, not of files.
    pub fn api(self) -> Self {
        self.condition("port", "api")
    }

    /// Only requests for files.
    pub fn files(self) -> Self {
        self.condition("port", "files")
    }

    /// Only this HTTP method.
    pub fn method(self, method: impl Into<String>) -> Self {
        self.condition("method", method)
    }

    /// Only calls for this region.
    pub fn region(self, region: impl Into<String>) -> Self {
        self.condition("region", region)
    }

    /// Only what is about this instance.
    pub fn instance(self, instance: impl Into<String>) -> Self {
        self.condition("instance", instance)
    }

    /// Only what is about this backup.
    pub fn backup(self, backup: impl Into<String>) -> Self {
        self.condition("backup", backup)
    }

    /// Only requests for this file: its name, or its number in the backup, counted from 0.
    pub fn file(self, file: impl Into<String>) -> Self {
        self.condition("file", file)
    }

    /// Only requests for files through a link of this side: `public` or `internal`.
    pub fn side(self, side: impl Into<String>) -> Self {
        self.condition("side", side)
    }

    /// Only calls with this access key.
    pub fn account(self, access_key: impl Into<String>) -> Self {
        self.condition("account", access_key)
    }

    pub(crate) fn condition(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.on.retain(|(known, _)| *known != name);
        self.on.push((name, value.into()));
        // The same rule, in whatever order it was built, is equal.
        self.on.sort_by_key(|(name, _)| CONDITIONS.iter().position(|known| known == name));
        self
    }

    /// What it is bound to, under one of [`CONDITIONS`].
    pub(crate) fn bound(&self, name: &str) -> Option<&str> {
        self.on.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Which of these.
impl Fault {
    /// Leaves the first `calls` alone.
    pub fn skip(mut self, calls: u64) -> Self {
        self.skip = calls;
        self
    }

    /// Hits only the call with this number, counted from 1.
    pub fn nth(self, number: u64) -> Self {
        self.skip(number.saturating_sub(1)).times(1)
    }

    /// Hits no more than `calls`.
    pub fn times(mut self, calls: u64) -> Self {
        self.times = Some(calls);
        self
    }

    /// Hits a call with this probability, from 0 to 1. The seed of the emulator, the name of the rule and the number
    /// of the call decide, so that the same calls always fare the same.
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Only from this moment on, by the emulator's clock.
    pub fn from(mut self, moment: Timestamp) -> Self {
        self.from = Some(moment);
        self
    }

    /// Only before this moment, by the emulator's clock.
    pub fn until(mut self, moment: Timestamp) -> Self {
        self.until = Some(moment);
        self
    }
}

/// What happens to the calls of services.
impl Fault {
    /// An error that the spec of the service names, with its own HTTP status.
    pub fn error(mut self, code: impl Into<String>) -> Self {
        let code = code.into();
        self.effects.error = Some(Coded { code, status: None, message: None, given: false });
        self
    }

    /// An error that the spec need not name, written as the service writes its errors. Without a status it has that of
    /// the service's errors.
    pub fn error_as(mut self, code: impl Into<String>, status: Option<u16>, message: Option<&str>) -> Self {
        let (code, message) = (code.into(), message.map(str::to_owned));
        self.effects.error = Some(Coded { code, status, message, given: true });
        self
    }

    /// The error with which the service answers in a situation.
    pub fn when(mut self, situation: When) -> Self {
        self.effects.when = Some(situation);
        self
    }

    /// The service's error for too many requests, with `Retry-After`, which counts whole seconds.
    pub fn throttle(mut self, retry_after: Duration) -> Self {
        self.effects.throttle = Some(retry_after);
        self
    }

    /// One key of every object of the answer stands there twice, the second time with null.
    pub fn duplicate_keys(mut self) -> Self {
        self.effects.duplicate_keys = true;
        self
    }

    /// Numbers become texts, texts become objects and booleans become numbers in what the operation answers.
    pub fn wrong_types(mut self) -> Self {
        self.effects.wrong_types = true;
        self
    }

    /// The JSON answer has so many more bytes.
    pub fn huge(mut self, bytes: u64) -> Self {
        self.effects.huge = Some(bytes);
        self
    }

    /// The JSON answer has one more member, in which so many lists are nested.
    pub fn deep(mut self, levels: u64) -> Self {
        self.effects.deep = Some(levels);
        self
    }

    /// The list of links lacks the file with this number, counted from 0.
    pub fn missing_shard(mut self, number: u64) -> Self {
        self.effects.missing_shard = Some(Shard::At(number));
        self
    }

    /// The list of links lacks its last file.
    pub fn missing_last_shard(mut self) -> Self {
        self.effects.missing_shard = Some(Shard::Last);
        self
    }

    /// All links are null.
    pub fn null_links(mut self) -> Self {
        self.effects.null_links = true;
        self
    }

    /// The backup that the call makes fails when its time is over, and so does its task.
    pub fn failed_backup(mut self) -> Self {
        self.effects.failed_backup = true;
        self
    }

    /// The service goes by a clock that is so many milliseconds ahead, or behind: signatures, `Date`, links.
    pub fn clock_skew(mut self, milliseconds: i64) -> Self {
        self.effects.clock_skew = Some(milliseconds);
        self
    }
}

/// What happens to requests for files.
impl Fault {
    /// Some bits are wrong. The seed decides which, for a file always the same.
    pub fn flip(mut self, bits: u64) -> Self {
        self.effects.flip = Some(Flip::Some(bits));
        self
    }

    /// One bit is wrong, counted from the lowest one of the first byte of the file.
    pub fn flip_bit(mut self, bit: u64) -> Self {
        self.effects.flip = Some(Flip::Bit(bit));
        self
    }

    /// One byte is wrong, counted from the beginning of the file.
    pub fn flip_byte(mut self, byte: u64) -> Self {
        self.effects.flip = Some(Flip::Byte(byte));
        self
    }

    /// The Content-Range of a part begins one byte later than the part.
    pub fn content_range_start(mut self) -> Self {
        self.effects.content_range = Some(WrongRange::Start);
        self
    }

    /// The Content-Range of a part shows one byte more than the file has.
    pub fn content_range_total(mut self) -> Self {
        self.effects.content_range = Some(WrongRange::Total);
        self
    }

    /// A part has no Content-Range.
    pub fn content_range_missing(mut self) -> Self {
        self.effects.content_range = Some(WrongRange::Missing);
        self
    }

    /// The whole file comes whatever range is asked for.
    pub fn ignore_range(mut self) -> Self {
        self.effects.ignore_range = true;
        self
    }

    /// An error page comes with status 200.
    pub fn error_page(mut self) -> Self {
        self.effects.error_page = true;
        self
    }

    /// The link has expired.
    pub fn expired(mut self) -> Self {
        self.effects.expired = true;
        self
    }

    /// Another file stands there: other bytes, another length, another ETag and Last-Modified. It is a sound RDB file.
    pub fn changed(mut self) -> Self {
        self.effects.changed = true;
        self
    }

    /// The ETag is a weak one.
    pub fn weak_etag(mut self) -> Self {
        self.effects.etag = Some(Etag::Weak);
        self
    }

    /// There is no ETag.
    pub fn no_etag(mut self) -> Self {
        self.effects.etag = Some(Etag::Missing);
        self
    }
}

/// What happens to either.
impl Fault {
    /// This HTTP status, with a page as gateways have them, or with the [`body`](Self::body) of the rule.
    pub fn status(mut self, status: u16) -> Self {
        self.effects.status = Some(status);
        self
    }

    /// This body in place of the answer's, with its own Content-Type.
    pub fn body(mut self, body: impl Into<String>, content_type: impl Into<String>) -> Self {
        self.effects.body = Some(body.into());
        self.effects.content_type = Some(content_type.into());
        self
    }

    /// The answer comes so much later.
    pub fn latency(self, latency: Duration) -> Self {
        self.latency_between(latency, latency)
    }

    /// The answer comes later, by a time between these that the seed decides.
    pub fn latency_between(mut self, min: Duration, max: Duration) -> Self {
        self.effects.latency = Some((min, max));
        self
    }

    /// The connection ends after so many bytes of the body, short of the Content-Length that was told.
    pub fn cut(mut self, after: u64) -> Self {
        self.effects.cut = Some(Cut { after, length: true });
        self
    }

    /// The connection ends after so many bytes of a body whose length was not told: nothing shows that more is missing.
    pub fn cut_unseen(mut self, after: u64) -> Self {
        self.effects.cut = Some(Cut { after, length: false });
        self
    }

    /// The body comes without Content-Length and ends with the connection.
    pub fn no_length(mut self) -> Self {
        self.effects.no_length = true;
        self
    }

    /// The body is cut to so many bytes, and Content-Length tells just these.
    pub fn truncated_length(mut self, bytes: u64) -> Self {
        self.effects.truncated_length = Some(bytes);
        self
    }

    /// The connection is reset before the answer.
    pub fn reset(mut self) -> Self {
        self.effects.reset = Some(None);
        self
    }

    /// The connection is reset after so many bytes of the body.
    pub fn reset_after(mut self, bytes: u64) -> Self {
        self.effects.reset = Some(Some(bytes));
        self
    }

    /// The answer never begins, and the connection stays open.
    pub fn stall(mut self) -> Self {
        self.effects.stall = Some(None);
        self
    }

    /// Nothing comes after so many bytes of the body, and the connection stays open.
    pub fn stall_after(mut self, bytes: u64) -> Self {
        self.effects.stall = Some(Some(bytes));
        self
    }

    /// The port refuses connections: that of the [service](Self::on), or with [`files`](Self::files) that of the files.
    /// Nothing arrives, so nothing can be counted: [`times`](Self::times) and [`probability`](Self::probability) do not
    /// go with it. [`skip`](Self::skip) lets so many requests through before it begins; it ends with
    /// [`until`](Self::until), or when the rule is removed.
    pub fn refuse(mut self) -> Self {
        self.effects.refuse = true;
        self
    }
}
