//! What was asked and what became of it.

mod call;
mod calls;
mod lines;
mod tell;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use std::{fmt, io};

use tokio::sync::Notify;

pub use call::{Call, FileCall, Sent, Verdict};
pub use calls::Calls;
pub use tell::Log;

use crate::delivery::Over;
use lines::Lines;

/// How many calls a journal keeps unless it is told otherwise.
pub(crate) const CAPACITY: usize = 10_000;
/// How many bytes the calls that it keeps may have, roughly.
const MOST: usize = 4 << 20;

/// Keeps the latest calls.
pub(crate) struct Journal {
    capacity: usize,
    kept: Mutex<Kept>,
    /// Wakes those who wait for a call.
    news: Notify,
    file: Option<Lines>,
    log: Log,
    stderr: Option<Lines>,
}

#[derive(Default)]
struct Kept {
    calls: VecDeque<Arc<Call>>,
    /// The number of the latest call; the first has 1.
    latest: u64,
    bytes: usize,
}

impl Journal {
    /// A journal that keeps so many calls and tells some on standard error.
    pub(crate) fn new(capacity: usize, log: Log) -> Self {
        let stderr = (log != Log::Nothing).then(|| Lines::new(io::stderr(), tell::line));
        Self { capacity, kept: Mutex::default(), news: Notify::new(), file: None, log, stderr }
    }

    /// Writes every call to a file too.
    pub(crate) fn with_file(mut self, path: &Path) -> io::Result<Self> {
        self.file = Some(Lines::new(lines::open(path)?, |call| Some(call.to_value().to_string())));
        Ok(self)
    }

    /// Notes a call that began so. What is given back has to be told when the answer is over.
    pub(crate) fn note(self: &Arc<Self>, call: Call, began: Instant) -> Over {
        let call = self.keep(call);
        if let Some(stderr) = &self.stderr
            && tell::wanted(self.log, &call)
        {
            stderr.write(&call);
        }
        self.news.notify_waiters();
        let pending = Pending { journal: Arc::clone(self), call, began };
        Box::new(move |bytes, whole| pending.over(bytes, whole))
    }

    fn keep(&self, mut call: Call) -> Arc<Call> {
        let weight = call.shorten();
        let mut kept = self.lock();
        kept.latest += 1;
        call.number = kept.latest;
        let call = Arc::new(call);
        kept.calls.push_back(Arc::clone(&call));
        kept.bytes += weight;
        while kept.calls.len() > self.capacity || kept.bytes > MOST {
            let Some(oldest) = kept.calls.pop_front() else { break };
            kept.bytes -= oldest.weight;
        }
        call
    }

    /// The calls, the oldest first.
    pub(crate) fn calls(&self) -> Calls {
        Calls::new(self.lock().calls.iter().cloned().collect())
    }

    /// Forgets the calls. Numbers go on.
    pub(crate) fn clear(&self) {
        let mut kept = self.lock();
        kept.calls.clear();
        kept.bytes = 0;
    }

    /// Forgets the calls. Numbers begin with 1 again.
    pub(crate) fn reset(&self) {
        *self.lock() = Kept::default();
    }

    /// The first call that is wanted: one that is there already, or the next that comes.
    pub(crate) async fn wait(&self, wanted: impl Fn(&Call) -> bool) -> Arc<Call> {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            // What comes from now on wakes us, even before we sleep.
            news.as_mut().enable();
            let calls = self.calls();
            if let Some(call) = calls.shared().find(|call| wanted(call)) {
                return Arc::clone(call);
            }
            news.await;
        }
    }

    /// Writes a call to the file, once.
    fn write(&self, call: &Arc<Call>) {
        if let Some(file) = &self.file
            && call.take_to_write()
        {
            file.write(call);
        }
    }

    /// Writes what is still to be written, calls too whose answers are on their way, and no more after that.
    pub(crate) fn close(&self) {
        self.calls().shared().for_each(|call| self.write(call));
        self.file.iter().chain(&self.stderr).for_each(Lines::close);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("calls", &self.lock().calls.len()).finish_non_exhaustive()
    }
}

/// A call whose answer is on its way.
struct Pending {
    journal: Arc<Journal>,
    call: Arc<Call>,
    began: Instant,
}

impl Pending {
    fn over(self, bytes: u64, whole: bool) {
        let took = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.call.end(Sent { bytes, whole, took });
        self.journal.write(&self.call);
        self.journal.news.notify_waiters();
    }
}

impl Drop for Pending {
    /// An answer that nobody told of, as when its connection went away, is in the file all the same.
    fn drop(&mut self) {
        self.journal.write(&self.call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::call::tests::call;

    fn note(journal: &Arc<Journal>, path: &str) -> Over {
        journal.note(call(path), Instant::now())
    }

    /// Notes a call whose end nobody tells.
    fn keep(journal: &Arc<Journal>, path: &str) {
        drop(note(journal, path));
    }

    #[test]
    fn old_calls_give_way() {
        let journal = Arc::new(Journal::new(3, Log::Nothing));
        for number in 1..=5 {
            keep(&journal, &format!("/{number}"));
        }
        let calls = journal.calls();
        let shown: Vec<(u64, &str)> = calls.iter().map(|call| (call.number, call.path.as_str())).collect();
        assert_eq!(shown, [(3, "/3"), (4, "/4"), (5, "/5")]);
        journal.clear();
        keep(&journal, "/6");
        assert_eq!((journal.calls().len(), journal.calls()[0].number), (1, 6), "numbers go on");
        journal.reset();
        keep(&journal, "/7");
        assert_eq!(journal.calls()[0].number, 1);
        let none = Arc::new(Journal::new(0, Log::Nothing));
        keep(&none, "/");
        assert!(none.calls().is_empty());
    }

    #[test]
    fn large_calls_give_way_sooner() {
        let journal = Arc::new(Journal::new(CAPACITY, Log::Nothing));
        for _ in 0..CAPACITY {
            let mut call = call("/");
            let reason = "x".repeat(4000);
            call.verdict = Verdict::Refused { when: None, code: None, reason, expected: Vec::new() };
            drop(journal.note(call, Instant::now()));
        }
        let kept = journal.lock();
        assert!(kept.bytes <= MOST && kept.calls.len() > 500 && kept.calls.len() < CAPACITY);
        assert_eq!(kept.bytes, kept.calls.iter().map(|call| call.weight).sum::<usize>());
    }

    #[test]
    fn the_end_of_an_answer_is_noted() {
        let journal = Arc::new(Journal::new(3, Log::Nothing));
        let over = note(&journal, "/1");
        assert_eq!(journal.calls()[0].sent(), None);
        over(12, false);
        let calls = journal.calls();
        let sent = calls[0].sent().unwrap();
        assert_eq!((sent.bytes, sent.whole), (12, false));
    }

    #[tokio::test]
    async fn calls_are_waited_for() {
        let journal = Arc::new(Journal::new(3, Log::Nothing));
        keep(&journal, "/1");
        assert_eq!(journal.wait(|call| call.path == "/1").await.number, 1, "it was there already");
        let waiting = Arc::clone(&journal);
        let found = tokio::spawn(async move { waiting.wait(|call| call.path == "/9").await.number });
        for number in 2..=9 {
            keep(&journal, &format!("/{number}"));
            tokio::task::yield_now().await;
        }
        assert_eq!(found.await.unwrap(), 9);
        // The end of an answer is news too.
        let waiting = Arc::clone(&journal);
        let over = note(&journal, "/10");
        let found = tokio::spawn(async move { waiting.wait(|call| call.sent().is_some()).await.number });
        tokio::task::yield_now().await;
        over(1, true);
        assert_eq!(found.await.unwrap(), 10);
    }
}
