//! The port for the files of backups: an object store as clients of links see it.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rdbfetch::Timestamp;
use rdbfetch::metadata::{Store, StoreWhen};
use rdbfetch::sign::Text;

use crate::conditions::{Met, conditions, fits};
use crate::content::Body;
use crate::journal::{Call, Verdict};
use crate::links::{Bad, signed};
use crate::range::{Wanted, wanted};
use crate::server::{Answer, Handler, Request, http_date};
use crate::shared::{FILES, Shared};
use crate::stock::{Backup, File, Stock};
use crate::store_error::StoreRefusal;
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

    fn serve(&self, request: &Request, store: &Store) -> Result<Answer, StoreRefusal> {
        check_method(request)?;
        self.shared.links.check(self.shared.seed(), request).map_err(|bad| match bad {
            Bad::Unsigned => StoreRefusal::of(store, StoreWhen::Unsigned),
            Bad::Changed => StoreRefusal::of(store, StoreWhen::Changed),
            Bad::Expired(at) => StoreRefusal::of(store, StoreWhen::Expired)
                .with("Expires", at.to_string())
                .with("ServerTime", request.now.to_string()),
        })?;
        let stock = self.shared.stock();
        let (backup, file) = find(&stock, &request.path, request.now)
            .ok_or_else(|| StoreRefusal::of(store, StoreWhen::NoFile))?;
        send(request, store, backup, file)
    }

    /// An id that looks random, the same for the same request of every run.
    fn next_id(&self) -> String {
        let number = self.tally.next();
        let digest =
            Text::from(format!("{} files {number}", self.shared.seed())).sha256().hex().to_string_lossy();
        digest.chars().take(16).collect::<String>().to_ascii_uppercase()
    }
}

impl Handler for Files {
    fn answer(&self, request: &Request) -> Answer {
        let store = self.shared.links.store(&request.path);
        let id = self.next_id();
        let (answer, verdict) = match self.serve(request, store) {
            Ok(answer) => (answer, Verdict::Answered),
            Err(refusal) => {
                let reason = refusal.reason();
                let verdict = Verdict::Refused { when: None, reason, expected: Vec::new() };
                (refusal.answer(store, &request.path, &id), verdict)
            }
        };
        self.shared.journal.note(Call {
            service: None,
            method: request.method.clone(),
            path: request.path.clone(),
            operation: None,
            status: answer.status,
            verdict,
        });
        answer.with(store.request_id, id)
    }
}

/// What links are not made for. With a link that is no other refusal than that of a changed one, which follows from its
/// check.
fn check_method(request: &Request) -> Result<(), StoreRefusal> {
    match request.method.as_str() {
        "GET" | "HEAD" | "PUT" | "DELETE" => Ok(()),
        _ if signed(&request.query) => Ok(()),
        "OPTIONS" => {
            Err(StoreRefusal::new(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed."))
        }
        method => Err(StoreRefusal::new(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )
        .with("Method", method)
        .header("allow", "GET, HEAD")),
    }
}

/// The file at a path, and the backup it belongs to.
fn find<'s>(stock: &'s Stock, path: &str, now: Timestamp) -> Option<(&'s Backup, &'s File)> {
    let decode = |segment| percent_decode_str(segment).decode_utf8().ok();
    let segments: Vec<_> = path.strip_prefix('/')?.split('/').map(decode).collect::<Option<_>>()?;
    let [service, instance, backup, number, name] = segments.as_slice() else { return None };
    stock.file([service, instance, backup, number, name], now)
}

/// Sends a file or a part of it, or says that the client has it or wants another.
fn send(request: &Request, store: &Store, backup: &Backup, file: &File) -> Result<Answer, StoreRefusal> {
    let length = file.content.len();
    let modified = backup.created_at.unix();
    let whole = || Answer::new(200, OCTETS, Body::Part(file.content.clone(), 0..length));
    let answer = match conditions(request, &file.etag, modified) {
        Met::No(condition) => {
            let message = "At least one of the pre-conditions you specified did not hold";
            return Err(StoreRefusal::new(412, "PreconditionFailed", message).with("Condition", condition));
        }
        Met::Unchanged => Answer { status: 304, ..Answer::default() },
        Met::Yes => match request.header("range").filter(|_| fits(request, &file.etag, modified)) {
            None => whole(),
            Some(range) => match wanted(range, length) {
                Wanted::Whole => whole(),
                Wanted::Part(start, end) => {
                    Answer::new(206, OCTETS, Body::Part(file.content.clone(), start..end))
                        .with("content-range", format!("bytes {start}-{}/{length}", end - 1))
                }
                Wanted::Beyond | Wanted::Several => {
                    return Err(StoreRefusal::of(store, StoreWhen::BadRange)
                        .with("RangeRequested", range)
                        .with("ActualObjectSize", length.to_string())
                        .header("content-range", format!("bytes */{length}")));
                }
            },
        },
    };
    let modified = http_date(backup.created_at);
    Ok(answer.with("etag", &*file.etag).with("accept-ranges", "bytes").with("last-modified", modified))
}

/// What files are.
const OCTETS: &str = "application/octet-stream";
