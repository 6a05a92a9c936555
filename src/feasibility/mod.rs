//! feasibility
