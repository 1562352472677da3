//! Tools for those who keep specs: a vendor's document held against them, and what a change of them means downstream.

mod common;
pub mod compare;
pub mod diff;
pub mod document;
pub mod openapi;
pub mod transcribe;
