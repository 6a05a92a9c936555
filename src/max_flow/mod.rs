//! max_flow

pub(crate) mod dinic;
