//! The port for the files of backups: an object store as clients of links see it.

use std::sync::Arc;
use std::time::Instant;

use percent_encoding::percent_decode_str;
use rdbfetch::Timestamp;
use rdbfetch::metadata::{Store, StoreWhen};
use rdbfetch::sign::{Octets as _, Text};

use crate::conditions::{Met, conditions, fits};
use crate::content::Body;
use crate::faults::{Effects, Subject, changed};
use crate::journal::{Call, FileCall, Verdict};
use crate::links::{Bad, signed};
use crate::range::{Wanted, wanted};
use crate::server::{Accept, Answer, Handler, Request, http_date};
use crate::shared::{FILES, Shared};
use crate::stock::{File, Stock};
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

    /// What a request gets, but for what `effects` want of it.
    fn serve(
        &self,
        request: &Request,
        store: &Store,
        path: Option<&[String; 5]>,
        effects: Option<&Effects>,
    ) -> Result<Answer, StoreRefusal> {
        check_method(request)?;
        let checked = match self.shared.links.check(self.shared.seed(), request) {
            Ok(()) if effects.is_some_and(|effects| effects.expired) => Err(Bad::Expired(request.now)),
            checked => checked,
        };
        checked.map_err(|bad| match bad {
            Bad::Unsigned => StoreRefusal::of(store, StoreWhen::Unsigned),
            Bad::Changed => StoreRefusal::of(store, StoreWhen::Changed),
            Bad::Expired(at) => StoreRefusal::of(store, StoreWhen::Expired)
                .with("Expires", at.to_string())
                .with("ServerTime", request.now.to_string()),
        })?;
        let found = path.and_then(|path| find(&self.shared.stock(), path, request.now));
        let (mut modified, mut file) = found.ok_or_else(|| StoreRefusal::of(store, StoreWhen::NoFile))?;
        if effects.is_some_and(|effects| effects.changed) {
            (file.content, file.etag) = changed(file.content.len());
            modified = modified.plus_seconds(1);
        }
        let ranged = !effects.is_some_and(|effects| effects.ignore_range);
        send(request, ranged, store, modified, &file)
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
        let began = Instant::now();
        let Shared { links, faults, journal, .. } = &*self.shared;
        let (store, id) = (links.store(&request.path), self.next_id());
        let (path, side) = (segments(&request.path), links.side(request));
        let fault = match faults.any() {
            true => faults.judge(&Subject::of_file(request, path.as_ref(), side), request.now),
            false => None,
        };
        let effects = fault.as_ref().map(|fault| &fault.effects);
        let mut call = Call::new(&request.method, &request.path, request.now);
        let mut answer = match fault.as_ref().and_then(|fault| fault.page()) {
            Some(page) => page,
            None => self.serve(request, store, path.as_ref(), effects).unwrap_or_else(|refusal| {
                let (code, reason) = (Some(refusal.code()), refusal.reason());
                call.verdict = Verdict::Refused { when: None, code, reason, expected: Vec::new() };
                refusal.answer(store, &request.path, &id)
            }),
        };
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
        answer.with(store.request_id, id)
    }

    fn accept(&self) -> Accept {
        self.shared.accept(None)
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

/// Sends a file or, if `ranged`, a part of it, or says that the client has it or wants another.
fn send(
    request: &Request,
    ranged: bool,
    store: &Store,
    modified: Timestamp,
    file: &File,
) -> Result<Answer, StoreRefusal> {
    let (length, date) = (file.content.len(), http_date(modified));
    let modified = modified.unix();
    let whole = || Answer::new(200, OCTETS, Body::Part(file.content.clone(), 0..length));
    let answer = match conditions(request, &file.etag, modified) {
        Met::No(condition) => {
            let message = "At least one of the pre-conditions you specified did not hold";
            return Err(StoreRefusal::new(412, "PreconditionFailed", message).with("Condition", condition));
        }
        Met::Unchanged => Answer { status: 304, ..Answer::default() },
        Met::Yes => match request.header("range").filter(|_| ranged && fits(request, &file.etag, modified)) {
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
    Ok(answer.with("etag", &*file.etag).with("accept-ranges", "bytes").with("last-modified", date))
}

/// What files are.
const OCTETS: &str = "application/octet-stream";
