//! `rdbfetch spec`

pub mod check;
