//! A file that comes in order, over one connection at a time, and is checked on its way to where it cannot be read back.

use bytes::{Bytes, BytesMut};
use futures_util::future::join;
use sha2::{Digest as _, Sha256};

use super::answer::{self, Asked, GLANCE, Identity, Opening, Sameness};
use super::engine::{Pull, blocking};
use super::failure::{Failure, Remedy};
use super::into::{Destination, Sink, failed};
use super::links::{Refused, get};
use super::run::Arrived;
use super::{Event, Network, PullErrorKind};
use crate::encoding::hex;
use crate::rdb::{Checker, Report, Verdict};
use crate::transport::Body;

/// How much is collected before it is checked and handed on, in bytes.
const BATCH: usize = 256 << 10;

/// A file on its way.
pub(super) struct Stream<'a, 'p> {
    pull: &'a Pull<'p>,
    /// The position of the file.
    index: usize,
    /// Its name in messages.
    name: &'a str,
    destination: &'a dyn Destination,
    /// What is known of the file on the storage.
    identity: Option<Identity>,
    /// Where the file ended, if nothing else had said how long it is.
    end: Option<u64>,
    /// What was handed on.
    sum: Sum,
    /// Whether no parts are asked for, since the storage does not send them.
    plain: bool,
    /// Links that were refused in turn.
    refused: Refused,
    network: Option<Network>,
}

/// What the bytes that were handed on come to.
struct Sum {
    at: u64,
    /// On another thread while it grows.
    digests: Option<Digests>,
}

/// What bytes come to, from the first on.
#[derive(Default)]
pub(super) struct Digests(Box<(Sha256, Checker)>);

impl Digests {
    /// With these bytes, too. They are read where that holds up nobody.
    pub(super) async fn after(mut self, bytes: Bytes) -> Result<Self, Failure> {
        blocking(move || {
            self.0.0.update(&bytes);
            self.0.1.update(&bytes);
            self
        })
        .await
    }

    /// What the check of the whole found, and its SHA-256.
    pub(super) fn finish(self) -> (Report, String) {
        let (digest, checker) = *self.0;
        (checker.finish(), hex(&digest.finalize()))
    }
}

/// What became of one request.
#[derive(Default)]
struct Tried {
    generation: u64,
    network: Option<Network>,
}

impl<'a, 'p> Stream<'a, 'p> {
    pub(super) fn new(
        pull: &'a Pull<'p>,
        index: usize,
        name: &'a str,
        destination: &'a dyn Destination,
    ) -> Self {
        let sum = Sum { at: 0, digests: Some(Digests::default()) };
        let (identity, end, plain, refused, network) = (None, None, false, Refused::default(), None);
        Self { pull, index, name, destination, identity, end, sum, plain, refused, network }
    }

    /// Hands on all of the file.
    pub(super) async fn run(mut self, sink: &mut dyn Sink) -> Result<Arrived, Failure> {
        let retry = self.pull.options.retry;
        let mut fruitless = 0;
        loop {
            let (before, mut tried) = (self.sum.at, Tried::default());
            let result = self.request(sink, &mut tried).await;
            let gained = self.sum.at - before;
            if gained > 0 {
                self.refused = Refused::default();
            }
            let total = self.total();
            if result.is_ok() && total.or(self.end) == Some(self.sum.at) {
                return self.conclude();
            }
            let mut failure = match result {
                Err(failure) => failure,
                Ok(()) => Failure::broken(self.name, format!("{gained} bytes arrived of a part")),
            };
            match failure.remedy {
                Remedy::GiveUp | Remedy::Stop | Remedy::Restart => return Err(failure),
                Remedy::Plain | Remedy::Whole if !self.plain => {
                    self.plain = true;
                    continue;
                }
                Remedy::Renew => match self.renew(tried.generation, failure).await {
                    Ok(()) => continue,
                    Err(other) => failure = other,
                },
                Remedy::Retry | Remedy::Slower | Remedy::Plain | Remedy::Whole => {}
            }
            // A byte now and then is no progress.
            let progress = gained > (total.unwrap_or(self.sum.at).saturating_sub(before)) / 256;
            fruitless = if progress { 0 } else { fruitless + 1 };
            if fruitless >= retry.max_attempts || failure.remedy == Remedy::GiveUp {
                return Err(failure);
            }
            if let (PullErrorKind::Network, Some(network), 0) = (failure.kind, tried.network, gained) {
                self.pull.links.avoid(self.index, network).await;
            }
            let problem = failure.problem.clone();
            self.pull.events.tell(Event::Retrying { file: self.index, attempt: fruitless + 1, problem });
            if !progress {
                let pause = self.pull.options.pause(fruitless, &failure, self.pull.origin.share());
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// The length of the file, if the storage says it.
    fn total(&self) -> Option<u64> {
        self.identity.as_ref()?.total
    }

    /// Gets new links after those of this generation were refused.
    async fn renew(&mut self, generation: u64, failure: Failure) -> Result<(), Failure> {
        if !self.refused.note(generation) {
            return Err(Failure { remedy: Remedy::GiveUp, ..failure });
        }
        self.pull.links.renew(generation).await
    }

    /// Asks for what is missing.
    async fn request(&mut self, sink: &mut dyn Sink, tried: &mut Tried) -> Result<(), Failure> {
        let _connection = self.pull.connections.one_more().await;
        let chosen = self.pull.links.link(self.index).await?;
        (tried.generation, tried.network) = (chosen.generation, Some(chosen.network));
        if self.network.replace(chosen.network) != Some(chosen.network) {
            self.pull.events.tell(Event::Connected { file: self.index, network: chosen.network });
        }
        let part = self.total().filter(|_| self.sum.at > 0 && !self.plain);
        let asked = Asked { from: part.map_or(0, |_| self.sum.at), to: part };
        let mut request = get(format!("download of {}", self.name), &chosen.link);
        if let Some(to) = asked.to {
            let range = format!("bytes={}-{}", asked.from, to.saturating_sub(1));
            request.headers.push(("Range".to_owned(), range));
            let known = self.identity.as_ref().and_then(|identity| identity.etag.clone());
            request.headers.extend(known.map(|etag| ("If-Range".to_owned(), etag)));
        }
        let transport = self.pull.origin.transport();
        let sent = self.pull.patiently(self.name, transport.send(request)).await?;
        let mut response = sent.map_err(Failure::network)?;
        let opening = self.pull.patiently(self.name, answer::read(&mut response, asked)).await??;
        self.accept(&opening)?;
        let from = self.skip(&mut *response.body, &opening).await?;
        self.copy(&mut *response.body, from, &opening, sink).await
    }

    /// Makes sure that an answer is about the file that is being fetched. The first one says which that is.
    fn accept(&mut self, opening: &Opening) -> Result<(), Failure> {
        let status = if opening.ranged { 206 } else { 200 };
        if let Some(Sameness::Changed(how)) =
            self.identity.as_ref().map(|known| known.compare(&opening.identity))
        {
            let problem = format!("another file is there now: {how}");
            return Err(Failure::answer(status, Remedy::Restart, problem));
        }
        if let Some(total) = opening.identity.total {
            self.pull.compare(self.index, total)?;
        }
        let known = self.identity.get_or_insert_with(|| opening.identity.clone());
        known.total = known.total.or(opening.identity.total);
        Ok(())
    }

    /// Passes over what was handed on before, where the storage sends the whole again. It must be the same: often nothing
    /// else tells one file from another. Returns what came behind it.
    async fn skip(&mut self, body: &mut dyn Body, opening: &Opening) -> Result<Bytes, Failure> {
        let mut left = self.sum.at.saturating_sub(opening.from);
        let mut again = Sha256::new();
        let mut rest = Bytes::new();
        while left > 0 {
            let chunk = self.pull.patiently(self.name, body.chunk()).await?.map_err(Failure::network)?;
            let Some(mut chunk) = chunk else {
                return Err(Failure::broken(self.name, "it ended before what arrived of it".to_owned()));
            };
            let some = chunk.split_to(usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len()));
            left -= some.len() as u64;
            again.update(&some);
            rest = chunk;
        }
        let so_far = self.sum.digests.as_ref().map(|digests| digests.0.0.clone().finalize());
        if self.sum.at > opening.from && so_far != Some(again.finalize()) {
            let problem = "another file is there now: it begins differently";
            return Err(Failure::answer(200, Remedy::Restart, problem));
        }
        Ok(rest)
    }

    /// Hands on the body of an answer, of which this much was read already.
    async fn copy(
        &mut self,
        body: &mut dyn Body,
        first: Bytes,
        opening: &Opening,
        sink: &mut dyn Sink,
    ) -> Result<(), Failure> {
        let announced = self.pull.files.get(self.index).and_then(|file| file.size);
        let most = opening.to.or_else(|| Some(announced?.saturating_add(self.pull.unit - 1)));
        let mut batch = BytesMut::with_capacity(BATCH);
        batch.extend_from_slice(&first);
        let ended = loop {
            if let Some(most) = most
                && self.sum.at.saturating_add(batch.len() as u64) > most
            {
                let problem = format!("the storage sent more than the {most} bytes that it should");
                break Err(Failure { remedy: Remedy::Restart, ..Failure::broken(self.name, problem) });
            }
            if batch.len() >= BATCH {
                self.hand_on(batch.split().freeze(), sink).await?;
                batch.reserve(BATCH);
            }
            match self.pull.patiently(self.name, body.chunk()).await {
                Ok(Ok(Some(chunk))) => batch.extend_from_slice(&chunk),
                Ok(Ok(None)) => break Ok(()),
                Ok(Err(error)) => break Err(Failure::network(error)),
                Err(failure) => break Err(failure),
            }
        };
        // What arrived is kept, unless it is not to be believed.
        if !matches!(&ended, Err(failure) if failure.remedy == Remedy::Restart) && !batch.is_empty() {
            self.hand_on(batch.freeze(), sink).await?;
        }
        ended?;
        match opening.to {
            Some(to) if self.sum.at < to => {
                let problem = format!("{} bytes arrived of {to}", self.sum.at);
                Err(Failure::broken(self.name, problem))
            }
            Some(_) => Ok(()),
            None => {
                self.pull.compare(self.index, self.sum.at)?;
                self.end = Some(self.sum.at);
                Ok(())
            }
        }
    }

    /// Hands on what arrived, and checks it meanwhile.
    async fn hand_on(&mut self, bytes: Bytes, sink: &mut dyn Sink) -> Result<(), Failure> {
        if self.sum.at == 0 {
            let mut checker = Checker::new();
            checker.update(bytes.get(..GLANCE).unwrap_or(&bytes));
            if let Some(problem) = checker.header_problem() {
                return Err(Failure::new(PullErrorKind::Verification, Remedy::GiveUp, problem));
            }
        }
        let Some(digests) = self.sum.digests.take() else {
            return Err(Failure::broken(self.name, "its checks were given up".to_owned()));
        };
        let summed = digests.after(bytes.clone());
        let length = bytes.len() as u64;
        let (written, summed) = join(sink.write(bytes), summed).await;
        self.sum.digests = Some(summed?);
        written.map_err(|why| failed(self.destination, self.name, &why))?;
        self.sum.at += length;
        let size = self.total();
        self.pull.events.tell(Event::Progress { file: self.index, received: self.sum.at, size });
        Ok(())
    }

    /// All of it was handed on.
    fn conclude(self) -> Result<Arrived, Failure> {
        let announced =
            self.pull.files.get(self.index).is_some_and(|file| file.size.is_some()) || self.total().is_some();
        self.pull.compare(self.index, self.sum.at)?;
        let Some(digests) = self.sum.digests else {
            return Err(Failure::broken(self.name, "its checks were given up".to_owned()));
        };
        let (report, sha256) = digests.finish();
        if report.verdict == Verdict::Corrupt && report.version.is_none() {
            return Err(Failure::new(PullErrorKind::Verification, Remedy::GiveUp, report.detail));
        }
        Ok(Arrived { report, sha256, announced })
    }
}
