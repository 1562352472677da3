//! The port for the files of backups: an object store as clients of links see it.

use std::sync::Arc;
use std::time::Instant;

use percent_encoding::percent_decode_str;
use rdbfetch::Timestamp;

use crate::content::Body;
use crate::faults::{Subject, changed};
use crate::journal::{Call, FileCall, Verdict};
use crate::links::Bad;
use crate::range::{Wanted, wanted};
use crate::server::{Answer, Handler, Request, http_date};
use crate::shared::Shared;
use crate::stock::{File, Stock};

/// Answers requests for files.
pub(crate) struct Files {
    shared: Arc<Shared>,
}

impl Files {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Handler for Files {
    fn answer(&self, request: &Request) -> Answer {
        let began = Instant::now();
        let Shared { links, faults, journal, .. } = &*self.shared;
        let path = segments(&request.path);
        let side = links.side(request);
        let fault = match faults.any() {
            true => faults.judge(&Subject::of_file(request, path.as_ref(), side), request.now),
            false => None,
        };
        let effects = fault.as_ref().map(|fault| &fault.effects);
        let checked = match links.check(request, request.now) {
            Ok(()) if effects.is_some_and(|effects| effects.expired) => Err(Bad::Expired),
            checked => checked,
        };
        let whole = effects.filter(|effects| effects.ignore_range).map(|_| without_range(request));
        let (mut answer, refused) = match (fault.as_ref().and_then(|fault| fault.page()), checked) {
            (Some(page), _) => (page, None),
            (None, Err(Bad::Unsigned)) => refuse(403, "AccessDenied", "The link has no token."),
            (None, Err(Bad::Changed)) => refuse(
                403,
                "SignatureDoesNotMatch",
                "The link is not as it was made, or not for this method.",
            ),
            (None, Err(Bad::Expired)) => refuse(403, "ExpiredRequest", "The link has expired."),
            (None, Ok(())) => {
                match path.as_ref().and_then(|path| find(&self.shared.stock(), path, request.now)) {
                    Some((modified, file)) if effects.is_some_and(|effects| effects.changed) => {
                        let mut file = file;
                        (file.content, file.etag) = changed(file.content.len());
                        send(request, modified.plus_seconds(1), &file)
                    }
                    Some((modified, file)) => send(whole.as_ref().unwrap_or(request), modified, &file),
                    None => refuse(404, "NoSuchKey", "There is no such file."),
                }
            }
        };
        let mut call = Call::new(&request.method, &request.path, request.now);
        if let Some((code, reason)) = refused {
            let (code, reason) = (Some(code), reason.to_owned());
            call.verdict = Verdict::Refused { when: None, code, reason, expected: Vec::new() };
        }
        if let Some(fault) = fault {
            fault.alter_file(&mut answer);
            fault.send(&mut answer);
            if let Some(rule) = fault.telling {
                call.verdict = Verdict::Faulted { rule };
            }
            call.faults = fault.names;
        }
        call.status = answer.status;
        let range = request.header("range").map(str::to_owned);
        let side = side.word();
        call.file = path.map(|[service, instance, backup, number, name]| FileCall {
            service,
            instance,
            backup,
            name,
            number,
            range,
            side,
        });
        call.took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        answer.delivery.over = Some(journal.note(call, began));
        answer
    }
}

/// A request for the whole of what it asks for a part of.
fn without_range(request: &Request) -> Request {
    let mut request = request.clone();
    request.headers.retain(|(name, _)| name != "range");
    request
}

/// What the path of a file says: service, instance, backup, number and name.
fn segments(path: &str) -> Option<[String; 5]> {
    let segments = path.strip_prefix('/')?.split('/');
    let decoded = segments.map(|segment| percent_decode_str(segment).decode_utf8().ok().map(String::from));
    decoded.collect::<Option<Vec<String>>>()?.try_into().ok()
}

/// The file at a path, and when it was made.
fn find(stock: &Stock, path: &[String; 5], now: Timestamp) -> Option<(Timestamp, File)> {
    let (backup, file) = stock.file(path.each_ref().map(String::as_str), now)?;
    Some((backup.created_at, file.clone()))
}

/// Sends a file or a part of it.
fn send(request: &Request, modified: Timestamp, file: &File) -> (Answer, Refused) {
    let modified = http_date(modified);
    // A part is only of use to those who have the rest of the same file.
    let unchanged = request.header("if-range").is_none_or(|known| known == file.etag || known == modified);
    let length = file.content.len();
    let asked = match request.header("range") {
        Some(range) if unchanged => wanted(range, length),
        _ => Wanted::Whole,
    };
    let answer = match asked {
        Wanted::Whole => Answer::new(200, OCTETS, Body::Part(file.content.clone(), 0..length)),
        Wanted::Part(start, end) => Answer::new(206, OCTETS, Body::Part(file.content.clone(), start..end))
            .with("content-range", format!("bytes {start}-{}/{length}", end - 1)),
        Wanted::Beyond => {
            let (answer, reason) = refuse(416, "InvalidRange", "The file has no such range.");
            return (answer.with("content-range", format!("bytes */{length}")), reason);
        }
    };
    (answer.with("etag", &*file.etag).with("accept-ranges", "bytes").with("last-modified", modified), None)
}

/// What files are.
const OCTETS: &str = "application/octet-stream";

/// Code and reason of a refusal.
type Refused = Option<(&'static str, &'static str)>;

/// An error as object stores write it.
fn refuse(status: u16, code: &'static str, message: &'static str) -> (Answer, Refused) {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>\n"
    );
    (Answer::new(status, "application/xml", body), Some((code, message)))
}
