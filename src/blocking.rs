//! Calls without async code: every future of this crate can be waited for.
//!
//! ```no_run
//! use rdbfetch::blocking::Wait as _;
//! use rdbfetch::{Error, tencent};
//!
//! # fn example() -> Result<(), Error> {
//! let cloud = tencent::Client::new(|builder| builder.region("ap-guangzhou").from_env())?;
//! for backup in cloud.backups("crs-4y9t57vt").wait()? {
//!     println!("{}: {:?}", backup.backup, backup.state);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Connections and timers are looked after by one thread in the background, which is started with the first call and
//! serves all of them; the work of a call is done by the thread that waits. A thread that waits inside of an async
//! runtime holds up whatever else that runtime would run on it, so prefer `.await` there.

use std::future::Future;
use std::sync::OnceLock;
use std::thread;

use tokio::runtime::{Builder, Handle};

/// Waits for a future.
pub trait Wait: Future + Sized {
    /// Blocks this thread until the future is done.
    ///
    /// # Panics
    /// Where the future does, and where the system has no thread to spare for the first call.
    fn wait(self) -> Self::Output;
}

impl<F> Wait for F
where
    F: Future + Send,
    F::Output: Send,
{
    fn wait(self) -> Self::Output {
        let runtime = runtime();
        if Handle::try_current().is_err() {
            return runtime.block_on(self);
        }
        // A thread that belongs to a runtime must not enter another one.
        thread::scope(|scope| match scope.spawn(|| runtime.block_on(self)).join() {
            Ok(output) => output,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    }
}

/// The runtime whose thread looks after connections and timers.
fn runtime() -> &'static Handle {
    static RUNTIME: OnceLock<Handle> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("the system gives what a runtime needs");
        let handle = runtime.handle().clone();
        let background = thread::Builder::new().name("rdbfetch-blocking".to_owned());
        let background = background.spawn(move || runtime.block_on(std::future::pending::<()>()));
        background.expect("the system has a thread to spare");
        handle
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// Says a word over a connection, and takes its time.
    async fn talk(word: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(word.as_bytes()).await.unwrap();
        drop(client);
        let mut heard = String::new();
        listener.accept().await.unwrap().0.read_to_string(&mut heard).await.unwrap();
        // As short as a timer can be; without a driver it would never end.
        tokio::time::sleep(Duration::from_millis(1)).await;
        heard
    }

    #[test]
    fn many_threads_can_wait() {
        let words: Vec<String> = (0..16).map(|number| format!("word {number}")).collect();
        thread::scope(|scope| {
            for word in &words {
                scope.spawn(|| assert_eq!(talk(word).wait(), *word));
            }
        });
    }

    #[tokio::test]
    async fn a_thread_of_a_runtime_can_wait() {
        assert_eq!(talk("inside").wait(), "inside");
    }

    #[tokio::test]
    async fn a_panic_is_passed_on() {
        let fails = || async { panic!("on purpose") };
        let inside = std::panic::catch_unwind(|| fails().wait());
        assert_eq!(inside.unwrap_err().downcast_ref(), Some(&"on purpose"));
        let outside = thread::spawn(move || fails().wait()).join();
        assert_eq!(outside.unwrap_err().downcast_ref(), Some(&"on purpose"));
        assert_eq!(talk("still works").wait(), "still works");
    }
}
