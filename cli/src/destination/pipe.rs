//! Standard output, as the beginning of a pipe: it takes one file, and keeps nothing.

use std::io::{self, IsTerminal as _, Write as _};

use rdbfetch::download::{Destination, FileEntry, Sink};
use rdbfetch::transport::{Body, BoxFuture};
use tokio::task::spawn_blocking;

/// Standard output.
pub struct Pipe;

impl Destination for Pipe {
    fn place(&self, _: &str) -> String {
        "-".to_owned()
    }

    fn takes(&self, files: usize) -> io::Result<()> {
        if files > 1 {
            let problem =
                format!("the backup has {files} files, and stdout takes one: say which with --only, from 0");
            return Err(io::Error::other(problem));
        }
        if io::stdout().is_terminal() {
            return Err(io::Error::other("a backup is nothing for a terminal: send stdout somewhere else"));
        }
        Ok(())
    }

    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Option<Box<dyn Body>>>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn begin<'a>(&'a self, _: &'a str, _: Option<u64>) -> BoxFuture<'a, io::Result<Box<dyn Sink>>> {
        Box::pin(std::future::ready(Ok(Box::new(Flow { wrote: false }) as Box<dyn Sink>)))
    }
}

/// A file on its way into the pipe.
struct Flow {
    wrote: bool,
}

impl Sink for Flow {
    fn write(&mut self, bytes: bytes::Bytes) -> BoxFuture<'_, io::Result<()>> {
        self.wrote |= !bytes.is_empty();
        Box::pin(async move { out(move |stdout| stdout.write_all(&bytes)).await })
    }

    fn finish(self: Box<Self>, _: FileEntry) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(out(|stdout| stdout.flush()))
    }

    fn discard(self: Box<Self>) -> BoxFuture<'static, bool> {
        Box::pin(std::future::ready(!self.wrote))
    }
}

/// Does something with stdout where waiting for whoever reads it holds up nobody.
async fn out(
    action: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    let done = spawn_blocking(move || action(&mut io::stdout().lock()));
    done.await.unwrap_or_else(|_| Err(io::Error::other("the program is ending")))
}
