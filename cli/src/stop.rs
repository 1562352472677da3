//! The moment at which the program is told to stop: Ctrl-C, or the signal that service managers send.

#[cfg(unix)]
use crate::exit::Exit;
use crate::exit::Failure;

/// Comes when the program is told to stop. From the call on, no signal ends it by itself.
///
/// # Errors
///
/// If no signals can be received.
#[cfg(unix)]
pub fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |kind| {
        signal(kind).map_err(|error| {
            Failure::new(Exit::Other, "other", format!("No signals can be received: {error}."))
        })
    };
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Comes when the program is told to stop.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // the other one can fail
pub fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
