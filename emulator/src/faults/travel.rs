//! What becomes of an answer that was made, and how it travels.

use bytes::Bytes;

use super::Applied;
use super::effects::{Cut, Effects};
use crate::content::Body;
use crate::delivery::{Stop, Then};
use crate::server::Answer;

impl Applied {
    /// The answer of whatever stands before the service, which then is not asked.
    pub(crate) fn page(&self) -> Option<Answer> {
        Some(page(self.effects.status?))
    }

    /// Does to an answer what is not a matter of who made it, and says how it travels.
    pub(crate) fn send(&self, answer: &mut Answer) {
        let Effects { body, content_type, cut, reset, stall, no_length, truncated_length, .. } =
            &self.effects;
        if let Some(body) = body {
            answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            let kind = content_type.as_deref().unwrap_or("text/plain; charset=utf-8");
            answer.headers.push(("content-type".to_owned(), kind.to_owned()));
            answer.body = Body::from(body.clone());
        }
        self.alter_json(answer);
        if let Some(most) = truncated_length {
            truncate(&mut answer.body, *most);
        }
        let length = answer.body.len();
        let delivery = &mut answer.delivery;
        delivery.delay += self.delay;
        delivery.unmeasured |= no_length | cut.is_some_and(|cut| !cut.length);
        let stops = [
            // A body that ends before the cut is whole.
            cut.filter(|cut| cut.after < length)
                .map(|Cut { after, .. }| Stop { after: Some(after), then: Then::Close }),
            reset.map(|after| Stop { after, then: Then::Reset }),
            stall.map(|after| Stop { after, then: Then::Stall }),
        ];
        delivery.stop = stops.into_iter().flatten().next().or(delivery.stop);
    }
}

/// What gateways say in place of the service behind them.
pub(crate) fn page(status: u16) -> Answer {
    let known = hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let title = format!("{status} {}", known.unwrap_or("Unknown"));
    let page = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body><h1>{title}</h1></body></html>\n"
    );
    let body = if matches!(status, 204 | 205 | 304) { String::new() } else { page };
    Answer::new(status, "text/html; charset=utf-8", body)
}

/// Leaves out what is beyond so many bytes.
fn truncate(body: &mut Body, most: u64) {
    match body {
        Body::Bytes(bytes) => bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX)),
        Body::Part(_, range) => range.end = range.end.min(range.start.saturating_add(most)),
    }
}

impl Answer {
    /// The whole body, where it is in memory.
    pub(crate) fn bytes(&self) -> Option<&Bytes> {
        if let Body::Bytes(bytes) = &self.body { Some(bytes) } else { None }
    }
}
