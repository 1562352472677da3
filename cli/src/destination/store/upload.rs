//! A file on its way to an object store.

use std::io;

use bytes::{Buf as _, Bytes};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt as _, PutPayload};
use rdbfetch::download::{FileEntry, Sink};
use rdbfetch::transport::BoxFuture;
use tokio::task::JoinHandle;

use super::{Shelf, other};

/// The smallest part, but for the last, that every store takes, in bytes. Two of them are in memory: one that is sent,
/// and one that is collected meanwhile.
const SMALLEST: u64 = 5 << 20;

/// How many parts every store takes, and some to spare.
const MOST: u64 = 9_000;

/// After so many parts of a file whose size nobody says, parts grow.
const GROWING: u64 = 1_000;

pub(super) struct Upload {
    shelf: Shelf,
    path: Path,
    /// The size of a part, if the file's is known.
    part: Option<u64>,
    /// How many were sent.
    parts: u64,
    collected: Vec<Bytes>,
    length: u64,
    upload: Option<Box<dyn MultipartUpload>>,
    sending: Option<JoinHandle<object_store::Result<()>>>,
}

impl Upload {
    pub(super) fn new(shelf: Shelf, path: Path, size: Option<u64>) -> Self {
        let part = size.map(|size| SMALLEST.max(size.div_ceil(MOST).next_multiple_of(1 << 16)));
        let (parts, collected, length, upload, sending) = (0, Vec::new(), 0, None, None);
        Self { shelf, path, part, parts, collected, length, upload, sending }
    }

    /// The size of the next part.
    pub(super) fn next(&self) -> u64 {
        self.part.unwrap_or_else(|| SMALLEST * (1 + self.parts / GROWING))
    }

    async fn take(&mut self, mut bytes: Bytes) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = usize::try_from(self.next().saturating_sub(self.length)).unwrap_or(usize::MAX);
            let some = bytes.split_to(room.min(bytes.remaining()));
            self.length += some.len() as u64;
            self.collected.push(some);
            if self.length >= self.next() {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Sends what was collected, once the part before it is there.
    async fn send(&mut self) -> io::Result<()> {
        self.sent().await?;
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => {
                let begun = self.shelf.store.inner.put_multipart(&self.path).await;
                none.insert(begun.map_err(|why| other(&why))?)
            }
        };
        self.length = 0;
        self.parts += 1;
        let payload: PutPayload = std::mem::take(&mut self.collected).into_iter().collect();
        self.sending = Some(tokio::spawn(upload.put_part(payload)));
        Ok(())
    }

    /// Waits for the last part that was sent.
    async fn sent(&mut self) -> io::Result<()> {
        let Some(sending) = self.sending.take() else { return Ok(()) };
        match sending.await {
            Ok(sent) => sent.map_err(|why| other(&why)),
            Err(_) => Err(io::Error::other("the program is ending")),
        }
    }

    async fn complete(mut self, entry: FileEntry) -> io::Result<()> {
        if self.upload.is_some() && !self.collected.is_empty() {
            self.send().await?;
        }
        self.sent().await?;
        self.shelf.note(&entry).await?;
        match &mut self.upload {
            Some(upload) => {
                upload.complete().await.map_err(|why| other(&why))?;
            }
            // It is no longer than a part.
            None => {
                let payload: PutPayload = std::mem::take(&mut self.collected).into_iter().collect();
                let put = self.shelf.store.inner.put(&self.path, payload).await;
                put.map_err(|why| other(&why))?;
            }
        }
        self.upload = None;
        Ok(())
    }

    async fn give_up(mut self) {
        if let Some(sending) = self.sending.take() {
            sending.abort();
        }
        if let Some(mut upload) = self.upload.take() {
            // Nothing of it can be seen; what could not be taken back goes when the store tidies up.
            let _ = upload.abort().await;
        }
    }
}

impl Sink for Upload {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(self.take(bytes))
    }

    fn finish(self: Box<Self>, entry: FileEntry) -> BoxFuture<'static, io::Result<()>> {
        Box::pin(self.complete(entry))
    }

    fn discard(self: Box<Self>) -> BoxFuture<'static, bool> {
        Box::pin(async move {
            self.give_up().await;
            true
        })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(sending) = self.sending.take() {
            sending.abort();
        }
        if let (Some(mut upload), Ok(runtime)) = (self.upload.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move { upload.abort().await });
        }
    }
}
