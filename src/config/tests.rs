//! Where configurations come from.
