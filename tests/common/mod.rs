//! What the integration tests share: seeded random problems and naive oracles.
#![allow(dead_code, unreachable_pub)] // every test file uses a part of it
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]
#![allow(clippy::cast_possible_wrap, clippy::cast_sign_loss)] // oracles count in small numbers

pub mod channels;
pub mod doors;
pub mod hidden;
pub mod naive_max_flow;
pub mod naive_min_cost;
pub mod networks;
pub mod odds;
pub mod parts;
pub mod rounds;
pub mod worlds;
