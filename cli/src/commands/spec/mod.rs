//! `rdbfetch spec`

pub mod check;
pub mod compare;
pub mod diff;
pub mod export;
mod page;
pub mod transcribe;
