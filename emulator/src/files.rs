//! The port for the files of backups: an object store as clients of links see it.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rdbfetch::Timestamp;

use crate::content::Body;
use crate::journal::{Call, Verdict};
use crate::links::Bad;
use crate::range::{Wanted, wanted};
use crate::server::{Answer, Handler, Request, http_date};
use crate::shared::{FILES, Shared};
use crate::stock::{Backup, File, Stock};
use crate::tally::Tally;

/// Answers requests for files.
pub(crate) struct Files {
    shared: Arc<Shared>,
    tally: Arc<Tally>,
}

impl Files {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let tally = shared.tally(FILES);
        Self { shared, tally }
    }
}

impl Handler for Files {
    fn answer(&self, request: &Request) -> Answer {
        self.tally.next();
        let stock = self.shared.stock();
        let (answer, reason) = match self.shared.links.check(request, request.now) {
            Err(Bad::Unsigned) => refuse(403, "AccessDenied", "The link has no token."),
            Err(Bad::Changed) => refuse(
                403,
                "SignatureDoesNotMatch",
                "The link is not as it was made, or not for this method.",
            ),
            Err(Bad::Expired) => refuse(403, "ExpiredRequest", "The link has expired."),
            Ok(()) => match find(&stock, &request.path, request.now) {
                Some((backup, file)) => send(request, backup, file),
                None => refuse(404, "NoSuchKey", "There is no such file."),
            },
        };
        let verdict = match reason {
            None => Verdict::Answered,
            Some(reason) => Verdict::Refused { when: None, reason: reason.to_owned(), expected: Vec::new() },
        };
        self.shared.journal.note(Call {
            service: None,
            method: request.method.clone(),
            path: request.path.clone(),
            operation: None,
            status: answer.status,
            verdict,
        });
        answer
    }
}

/// The file at a path, and the backup it belongs to.
fn find<'s>(stock: &'s Stock, path: &str, now: Timestamp) -> Option<(&'s Backup, &'s File)> {
    let decode = |segment| percent_decode_str(segment).decode_utf8().ok();
    let segments: Vec<_> = path.strip_prefix('/')?.split('/').map(decode).collect::<Option<_>>()?;
    let [service, instance, backup, number, name] = segments.as_slice() else { return None };
    stock.file([service, instance, backup, number, name], now)
}

/// Sends a file or a part of it.
fn send(request: &Request, backup: &Backup, file: &File) -> (Answer, Option<&'static str>) {
    let modified = http_date(backup.created_at);
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

/// An error as object stores write it.
fn refuse(status: u16, code: &str, message: &'static str) -> (Answer, Option<&'static str>) {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>\n"
    );
    (Answer::new(status, "application/xml", body), Some(message))
}
