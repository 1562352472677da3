//! Lines that a thread of its own writes, so that a slow disk or terminal slows no call.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::call::Call;

/// How many calls can wait to be written; more are lost and counted.
const WAITING: usize = 4096;
/// How long a line waits to be seen at most.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long an emulator that ends waits for its last lines.
const FAREWELL: Duration = Duration::from_secs(5);

/// Writes calls as lines.
pub(super) struct Lines {
    sender: Mutex<Option<SyncSender<Arc<Call>>>>,
    lost: Arc<AtomicU64>,
    done: Mutex<Receiver<()>>,
}

impl Lines {
    /// Writes to a sink what `line` says of each call.
    pub(super) fn new(sink: impl Write + Send + 'static, line: fn(&Call) -> Option<String>) -> Self {
        let (sender, calls) = sync_channel(WAITING);
        let (end, done) = sync_channel::<()>(1);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        let write = move || {
            let _end = end;
            // A sink that takes nothing, such as a full disk, must not end the emulator. What it took stays.
            let _ = write(BufWriter::new(sink), &calls, &counted, line);
        };
        // Without the thread the sender finds nobody, and every line counts as lost.
        let _ = thread::Builder::new().name("journal".to_owned()).spawn(write);
        Self { sender: Mutex::new(Some(sender)), lost, done: Mutex::new(done) }
    }

    /// Has a call written, soon.
    pub(super) fn write(&self, call: &Arc<Call>) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sender.as_ref().is_some_and(|sender| sender.try_send(Arc::clone(call)).is_ok());
        if !sent {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all is written, for some seconds at most.
    pub(super) fn close(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        // The thread sends nothing; that it has gone is the message.
        let _ = done.recv_timeout(FAREWELL);
    }
}

/// Writes until nobody sends any more.
fn write(
    mut sink: impl Write,
    calls: &Receiver<Arc<Call>>,
    lost: &AtomicU64,
    line: fn(&Call) -> Option<String>,
) -> io::Result<()> {
    let mut flushed = Instant::now();
    let mut dirty = false;
    loop {
        let call = match calls.try_recv() {
            Ok(call) => Ok(call),
            Err(_) => {
                // Nothing waits: what was written can be seen now.
                if std::mem::take(&mut dirty) {
                    sink.flush()?;
                    flushed = Instant::now();
                }
                calls.recv_timeout(PATIENCE)
            }
        };
        let gone = lost.swap(0, Ordering::Relaxed);
        if gone > 0 {
            writeln!(sink, "{{\"lost\":{gone}}}")?;
            dirty = true;
        }
        match call {
            Ok(call) => {
                if let Some(line) = line(&call) {
                    writeln!(sink, "{line}")?;
                    dirty = true;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return sink.flush(),
        }
        if dirty && flushed.elapsed() >= PATIENCE {
            sink.flush()?;
            (dirty, flushed) = (false, Instant::now());
        }
    }
}

/// Opens a file to which lines are added. One that is made can be read by its owner only.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::super::call::tests::call;
    use super::*;

    /// A sink that waits for leave before it writes.
    struct Slow {
        leave: Receiver<()>,
        written: Sender<u8>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.leave.recv();
            for byte in bytes {
                let _ = self.written.send(*byte);
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_sink_loses_lines_and_says_how_many() {
        let (go, leave) = channel();
        let (written, text) = channel();
        let lines = Lines::new(Slow { leave, written }, |call| Some(call.path.clone()));
        let sent = WAITING as u64 * 3;
        for number in 0..sent {
            lines.write(&Arc::new(call(&number.to_string())));
        }
        drop(go);
        lines.close();
        let text = String::from_utf8(text.try_iter().collect()).unwrap();
        let lost = |line: &str| -> Option<u64> {
            serde_json::from_str::<serde_json::Value>(line).ok()?["lost"].as_u64()
        };
        let missing: u64 = text.lines().filter_map(lost).sum();
        let there = text.lines().filter(|line| lost(line).is_none()).count() as u64;
        assert_eq!(there + missing, sent);
        assert!(there >= WAITING as u64 && missing > 0, "{there} written, {missing} lost");
    }

    #[test]
    fn lines_are_seen_without_an_end() {
        let (go, leave) = channel();
        let (written, text) = channel();
        drop(go);
        let lines = Lines::new(Slow { leave, written }, |call| Some(call.path.clone()));
        lines.write(&Arc::new(call("/seen")));
        let seen: Vec<u8> = (0..6).map(|_| text.recv_timeout(Duration::from_secs(30)).unwrap()).collect();
        assert_eq!(seen, b"/seen\n");
        lines.close();
        lines.write(&Arc::new(call("/late")));
        assert_eq!(text.try_iter().count(), 0);
    }
}
