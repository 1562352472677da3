//! Lists that come in pages, row by row.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::pages::Pages;
use super::uniform::context;
use super::{Cloud, Reply};
use crate::error::Error;
use crate::service::Operation;
use crate::transport::BoxFuture;
use crate::value::Parameters;

/// What a page is read as.
type Read<T> = Box<dyn FnMut(&Parameters, &Reply) -> Vec<T> + Send>;

/// A list, page by page: the next page is asked for when the rows of the last one are used up.
///
/// It is a [`Stream`], and [`Listing::next`] does without one. The rows of a page come before the error that no other
/// follows; after an error it is at its end. A `next` that is dropped
/// loses nothing: the page that was on its way is taken up by the next one.
#[must_use]
pub struct Listing<T> {
    cloud: Cloud,
    operation: &'static Operation,
    read: Read<T>,
    pages: Option<Pages>,
    /// The parameters of the page that comes next; none at the end.
    parameters: Option<Parameters>,
    pending: Option<BoxFuture<'static, Result<Reply, Error>>>,
    rows: VecDeque<T>,
    /// Why no page follows, told when the rows are used up.
    failed: Option<Error>,
}

impl<T> Listing<T> {
    pub(super) fn new(
        cloud: &Cloud,
        operation: &'static Operation,
        parameters: Parameters,
        read: impl FnMut(&Parameters, &Reply) -> Vec<T> + Send + 'static,
    ) -> Self {
        let pages = operation.paging.as_ref().map(|paging| Pages::new(operation, paging, parameters.clone()));
        let parameters = pages.as_ref().map_or(parameters, Pages::first);
        Self {
            cloud: cloud.clone(),
            operation,
            read: Box::new(read),
            pages,
            parameters: Some(parameters),
            pending: None,
            rows: VecDeque::new(),
            failed: None,
        }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// Those of [`Cloud::call`], and [`Error::Answer`] where the pages do not come to an end or hold no list.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// All rows that are left.
    ///
    /// # Errors
    /// As [`Listing::next`].
    pub async fn collect(mut self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        while let Some(row) = self.next().await {
            rows.push(row?);
        }
        Ok(rows)
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Poll::Ready(Some(Ok(row)));
            }
            if let Some(error) = self.failed.take() {
                return Poll::Ready(Some(Err(error)));
            }
            let Some(parameters) = &self.parameters else { return Poll::Ready(None) };
            let pending = self.pending.get_or_insert_with(|| {
                let (cloud, operation, parameters) = (self.cloud.clone(), self.operation, parameters.clone());
                Box::pin(async move { cloud.call(operation, parameters).await })
            });
            let answer = ready!(pending.as_mut().poll(cx));
            self.pending = None;
            let parameters = self.parameters.take().unwrap_or_default();
            match answer.and_then(|reply| self.turn(&parameters, &reply)) {
                Ok(next) => self.parameters = next,
                Err(error) => self.failed = Some(error),
            }
        }
    }

    /// Reads a page, and gives the parameters of the next.
    fn turn(&mut self, parameters: &Parameters, reply: &Reply) -> Result<Option<Parameters>, Error> {
        self.rows = (self.read)(parameters, reply).into();
        match &mut self.pages {
            Some(pages) => pages.next(reply, &context(reply, &|_| None)),
            None => Ok(None),
        }
    }
}

impl<T: Unpin> Stream for Listing<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(cx)
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("operation", &self.operation.name).finish_non_exhaustive()
    }
}
