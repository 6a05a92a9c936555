//! min_cost_flow
