//! A connection that fetches pieces of a file, one after the other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::answer::{self, Asked, Opening, Sameness};
use super::engine::{blocking, lock};
use super::failure::{Failure, Remedy};
use super::file::subject;
use super::links::{Refused, get};
use super::run::{Run, Step};
use super::writer::Writer;
use super::{Event, Network, Options, PullErrorKind, journal};
use crate::transport::Body;

/// However long a storage wants to be left alone, it is not longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// What became of one request.
#[derive(Default)]
struct Tried {
    /// Bytes that are on the disk thanks to it.
    gained: u64,
    /// The links that were used.
    generation: u64,
    network: Option<Network>,
}

impl Run<'_, '_> {
    /// Fetches pieces as long as there are any, and as long as this connection is wanted.
    pub(super) async fn work(&self) -> Step {
        while self.active.load(Ordering::Relaxed) <= self.allowed.load(Ordering::Relaxed) {
            let Some(index) = lock(&self.table).take() else { break };
            match self.piece(index).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) => return Step::Failed(failure),
            }
        }
        Step::Worked
    }

    /// Fetches what is missing of a piece, and those behind it if they come along. Says whether to go on after that.
    async fn piece(&self, mut index: usize) -> Result<bool, Failure> {
        let retry = self.pull.options.retry;
        let mut fruitless = 0;
        loop {
            let mut tried = Tried::default();
            let result = self.request(&mut index, &mut tried).await;
            if tried.gained > 0 {
                *lock(&self.refused) = Refused::default();
            }
            let rest = lock(&self.table).rest(index).0;
            // A byte now and then is no progress.
            let progress = tried.gained > (tried.gained + rest.to.saturating_sub(rest.from)) / 256;
            let mut failure = match result {
                Err(failure) if failure.remedy != Remedy::Retry || rest.from < rest.to => failure,
                // Whatever happened after the last byte.
                _ if rest.from >= rest.to => return Ok(true),
                _ => Failure::broken(self.name, format!("{} bytes arrived of a part", tried.gained)),
            };
            match failure.remedy {
                Remedy::GiveUp | Remedy::Stop | Remedy::Restart => return Err(failure),
                Remedy::Plain => {
                    self.plain.store(true, Ordering::Relaxed);
                    continue;
                }
                Remedy::Whole if !self.ranged.load(Ordering::Relaxed) => return Err(failure),
                Remedy::Slower if self.gives_way() => {
                    lock(&self.table).give_back(index);
                    return Ok(false);
                }
                Remedy::Renew => match self.renew(tried.generation, failure).await {
                    Ok(()) => continue,
                    Err(other) => failure = other,
                },
                Remedy::Retry | Remedy::Slower | Remedy::Whole => {}
            }
            if self.is_plain() && tried.gained > 0 {
                // What is there cannot be gone on with.
                return Err(Failure { remedy: Remedy::Restart, ..failure });
            }
            fruitless = if progress { 0 } else { fruitless + 1 };
            if fruitless >= retry.max_attempts || failure.remedy == Remedy::GiveUp {
                return Err(failure);
            }
            if let (PullErrorKind::Network, Some(network), 0) = (failure.kind, tried.network, tried.gained) {
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

    /// Gives up this connection for the sake of the others, if there are any.
    fn gives_way(&self) -> bool {
        if self.active.load(Ordering::Relaxed) < 2 || self.allowed.load(Ordering::Relaxed) < 2 {
            return false;
        }
        let connections = self.allowed.fetch_sub(1, Ordering::Relaxed) - 1;
        self.pull.events.tell(Event::Connections { file: self.index, connections });
        true
    }

    /// Gets new links after those of this generation were refused.
    async fn renew(&self, generation: u64, failure: Failure) -> Result<(), Failure> {
        if !lock(&self.refused).note(generation) {
            return Err(Failure { remedy: Remedy::GiveUp, ..failure });
        }
        self.pull.links.renew(generation).await
    }

    /// Asks for what is missing of a piece.
    async fn request(&self, index: &mut usize, tried: &mut Tried) -> Result<(), Failure> {
        let _connection = self.pull.connections.one_more().await;
        let chosen = self.pull.links.link(self.index).await?;
        (tried.generation, tried.network) = (chosen.generation, Some(chosen.network));
        if lock(&self.network).replace(chosen.network) != Some(chosen.network) {
            self.pull.events.tell(Event::Connected { file: self.index, network: chosen.network });
        }
        let (rest, crc) = lock(&self.table).rest(*index);
        let asked = Asked { from: rest.from, to: (!self.is_plain()).then_some(rest.to) };
        let mut request = get(format!("download of {}", self.name), &chosen.link);
        if let Some(to) = asked.to {
            request
                .headers
                .push(("Range".to_owned(), format!("bytes={}-{}", asked.from, to.saturating_sub(1))));
            let known = lock(&self.identity).as_ref().and_then(|identity| identity.etag.clone());
            request.headers.extend(known.map(|etag| ("If-Range".to_owned(), etag)));
        }
        let sent = self.patiently(self.pull.origin.transport().send(request)).await?;
        let mut response = sent.map_err(Failure::network)?;
        let opening = self.patiently(answer::read(&mut response, asked)).await??;
        self.accept(&opening).await?;
        if opening.from != asked.from {
            return Err(Failure::answer(
                200,
                Remedy::Whole,
                "the storage sent the whole file in place of a part",
            ));
        }
        let mut writer = Writer::new(self, *index, rest.from, crc);
        let copied = self.copy(&mut *response.body, &opening, index, &mut writer).await;
        // What arrived is kept, whatever came after it.
        let kept = if matches!(&copied, Err(failure) if failure.remedy == Remedy::GiveUp) {
            Ok(())
        } else {
            writer.finish().await
        };
        tried.gained = writer.gained();
        copied.and(kept)
    }

    /// Waits for something, but not for ever.
    async fn patiently<T>(&self, what: impl Future<Output = T>) -> Result<T, Failure> {
        self.pull.patiently(self.name, what).await
    }

    /// Makes sure that an answer is about the file that is being fetched. The first one says which that is.
    async fn accept(&self, opening: &Opening) -> Result<(), Failure> {
        let status = if opening.ranged { 206 } else { 200 };
        let known = lock(&self.identity).clone();
        match known.as_ref().map(|known| known.compare(&opening.identity)) {
            None | Some(Sameness::Same) => {}
            Some(Sameness::Changed(how)) => {
                let problem = format!("another file is there now: {how}");
                return Err(Failure::answer(status, Remedy::Restart, problem));
            }
            Some(Sameness::Untold) => {
                let problem = "the storage does not say any more which file this is";
                return Err(Failure::answer(status, Remedy::Whole, problem));
            }
        }
        if opening.ranged {
            self.ranged.store(true, Ordering::Relaxed);
        }
        let known_total = known.and_then(|known| known.total);
        let Some(total) = opening.identity.total.filter(|_| known_total.is_none()) else {
            lock(&self.identity).get_or_insert_with(|| opening.identity.clone());
            return Ok(());
        };
        self.compare(total)?;
        // The journal goes first: until the length is known, nobody else works on the file, or gives it up. Where no parts
        // can be had, nobody could go on from it.
        if opening.ranged
            && opening.identity.lasts()
            && let Some(header) =
                journal::header(&subject(self.pull, self.index), &opening.identity, self.piece)
        {
            let part = Arc::clone(&self.part);
            blocking(move || part.begin(&header)).await?.map_err(|error| self.disk(&error))?;
        }
        *lock(&self.identity) = Some(opening.identity.clone());
        lock(&self.table).set_total(total);
        self.wrote.notify_one();
        self.plan(opening.ranged).await
    }

    /// Copies the body of an answer to the disk.
    async fn copy(
        &self,
        body: &mut dyn Body,
        opening: &Opening,
        index: &mut usize,
        writer: &mut Writer<'_, '_>,
    ) -> Result<(), Failure> {
        let mut end = lock(&self.table).rest(*index).0.to;
        let mut at = writer.at();
        let announced = self.expected().and_then(|file| file.size);
        let most = opening.to.or_else(|| Some(announced?.saturating_add(self.pull.unit - 1)));
        loop {
            let chunk = self.patiently(body.chunk()).await?.map_err(Failure::network)?;
            let Some(mut chunk) = chunk else {
                return self.ended(opening, at, writer).await;
            };
            if let Some(most) = most
                && at.saturating_add(chunk.len() as u64) > most
            {
                let problem = format!("the storage sent more than the {most} bytes that it should");
                let failure = Failure::broken(self.name, problem);
                return Err(Failure { remedy: Remedy::Restart, ..failure });
            }
            while !chunk.is_empty() {
                let room = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
                let some = chunk.split_to(room.min(chunk.len()));
                writer.push(&some).await?;
                at += some.len() as u64;
                if at < end || opening.to == Some(at) {
                    continue;
                }
                writer.finish().await?;
                if !lock(&self.table).take_at(*index + 1) {
                    // Somebody else has it already.
                    return Ok(());
                }
                *index += 1;
                end = lock(&self.table).rest(*index).0.to;
                writer.next_piece(*index);
            }
        }
    }

    /// After the last byte of an answer.
    async fn ended(&self, opening: &Opening, at: u64, writer: &mut Writer<'_, '_>) -> Result<(), Failure> {
        if let Some(to) = opening.to {
            let problem = || format!("{at} bytes arrived of {to}");
            return if at < to { Err(Failure::broken(self.name, problem())) } else { Ok(()) };
        }
        writer.finish().await?;
        self.compare(at)?;
        lock(&self.table).set_total(at);
        self.wrote.notify_one();
        Ok(())
    }
}

impl Options {
    /// How long to wait after so many failures in turn, the last of which was this one.
    pub(super) fn pause(&self, failures: u32, failure: &Failure, share: f64) -> Duration {
        let throttled = matches!(failure.http_status, Some(429 | 503));
        let asked = failure.wait.unwrap_or_default().min(LONGEST_WAIT);
        self.retry.pause(failures, throttled, share).max(asked)
    }
}
