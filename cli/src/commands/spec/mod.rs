//! `rdbfetch spec`

pub mod check;
pub mod compare;
pub mod diff;
mod page;
pub mod transcribe;
