//! Tools for those who keep specs: a vendor's document held against them, and what a change of them means downstream.

pub mod diff;
pub mod openapi;
