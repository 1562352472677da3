//! Nothing but a place for `tests/public.rs`.
