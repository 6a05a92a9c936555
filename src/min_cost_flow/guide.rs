//! How do I …? Questions about minimum-cost flow, each with a run that answers it.
//!
//! # What is it called here?
//!
//! | elsewhere | here |
//! |---|---|
//! | LEMON `NetworkSimplex`, `CostScaling`, `CapacityScaling`; OR-tools `SimpleMinCostFlow` | [`MinCostFlow`](crate::MinCostFlow), one problem type for all of its algorithms |
//! | LEMON `lowerMap`, `upperMap`, `costMap`, `supplyMap` | [`add_arc`](crate::NetworkBuilder::add_arc)`(tail, head, bounds, cost)`, [`add_node`](crate::NetworkBuilder::add_node)`(supply)` |
//! | LEMON `INFEASIBLE`, `UNBOUNDED`; networkx `NetworkXUnfeasible`, `NetworkXUnbounded` | [`Outcome::Infeasible`](super::Outcome) with a node set, [`Outcome::Unbounded`](super::Outcome) with a cycle |
//! | LEMON `SupplyType::LEQ` and `GEQ`; OR-tools `SolveMaxFlowWithMinCost` | [`solve_within`](crate::MinCostFlow::solve_within), [`cost_curve`](crate::MinCostFlow::cost_curve) |
//! | LEMON `potential()`; networkx has none | [`potentials`](super::OptimalFlow::potentials), always |
//! | networkx `min_cost_flow(G)` with demands | supplies: the other sign |
//! | networkx `max_flow_min_cost(G, s, t)`; ac-library `slope()` | the last piece, or all, of [`cost_curve`](crate::MinCostFlow::cost_curve) |
//! | petgraph (shortest paths only) | [`Algorithm::SuccessivePaths`](super::Algorithm) does it for one source and one sink |
//!
//! # … give lower bounds, negative costs, arcs without a limit?
//!
//! ```
//! use feasible::{MinCostFlow, NetworkBuilder};
//! let mut b = NetworkBuilder::new();
//! let (s, v, t) = (b.add_node(5)?, b.add_node(0)?, b.add_node(-5)?);
//! b.add_arc(s, v, 2..=9, -4)?; // at least 2, at most 9; each unit earns 4
//! b.add_arc(v, t, 0.., 1)?; // no limit
//! let back = b.add_arc(v, s, 0..=3, 3)?; // a cycle that pays: s, v, s earns 1
//! let flow = MinCostFlow::new().solve(&b.build()?)?.optimal()?;
//! assert_eq!((flow.cost(), flow.flows()[back]), (8 * -4 + 3 * 3 + 5, 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # … give a cost that rises with the flow?
//!
//! As one arc with breakpoints; there is no need to split it, and it is faster not to.
//!
//! ```
//! use feasible::{MinCostFlow, NetworkBuilder, PiecewiseCost};
//! let mut b = NetworkBuilder::new();
//! let (s, t) = (b.add_node(7)?, b.add_node(-7)?);
//! // 1 per unit up to 4, then 3, from 6 on 10.
//! let arc = b.add_arc(s, t, 0.., PiecewiseCost::new(1, [(4, 3), (6, 10)])?)?;
//! let flow = MinCostFlow::new().solve(&b.build()?)?.optimal()?;
//! assert_eq!((flow.flows()[arc], flow.cost()), (7, 4 + 2 * 3 + 10));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # … learn why there is no flow?
//!
//! ```
//! use feasible::min_cost_flow::Outcome;
//! use feasible::{MinCostFlow, NetworkBuilder, check};
//! let mut b = NetworkBuilder::new();
//! let (s, v, t) = (b.add_node(5)?, b.add_node(2)?, b.add_node(-7)?);
//! b.add_arc(s, v, 0..=9, 1)?;
//! b.add_arc(v, t, 0..=4, 1)?;
//! let network = b.build()?;
//! let Outcome::Infeasible(shortage) = MinCostFlow::new().solve(&network)? else { panic!() };
//! // The smallest of all sets that lack the most: s and v hold 7, and 4 may leave.
//! assert_eq!((shortage.nodes().collect::<Vec<_>>(), shortage.amount), (vec![s, v], 3));
//! check::infeasible(&network, &shortage)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # … find the negative cycle without a limit?
//!
//! ```
//! use feasible::min_cost_flow::Outcome;
//! use feasible::{MinCostFlow, NetworkBuilder};
//! let mut b = NetworkBuilder::new();
//! let (u, v) = (b.add_node(0)?, b.add_node(0)?);
//! let there = b.add_arc(u, v, 0.., -3)?;
//! let back = b.add_arc(v, u, 0.., 1)?;
//! let Outcome::Unbounded(ray) = MinCostFlow::new().solve(&b.build()?)? else { panic!() };
//! assert_eq!(ray.slope, -2);
//! assert!(ray.cycle.contains(&there) && ray.cycle.contains(&back));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # … send as much as possible, as cheaply as possible?
//!
//! ```
//! use feasible::{MinCostFlow, NetworkBuilder};
//! let mut b = NetworkBuilder::new();
//! let (s, t) = (b.add_node(0)?, b.add_node(0)?);
//! b.add_arc(s, t, 0..=3, 5)?;
//! b.add_arc(s, t, 0..=4, 2)?;
//! let network = b.build()?;
//! let curve = MinCostFlow::new().cost_curve(&network, s, t)?.expect("a flow of nothing");
//! let last = curve.last().expect("an arc")?;
//! assert_eq!((last.to, last.cost + last.slope * 3), (Some(7), 4 * 2 + 3 * 5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # … let sources send less than they have?
//!
//! [`solve_within`](crate::MinCostFlow::solve_within) has an example; the potentials are the duals of the ranges.
//!
//! # … change something and solve again?
//!
//! [`reoptimize`](crate::MinCostFlow::reoptimize) takes the problem over and solves it again after each change; costs
//! of single arcs take next to nothing. Where the problem has to stay yours,
//! [`solve_from`](crate::MinCostFlow::solve_from) starts from an earlier answer after any amendment.
//!
//! # … know how far a number may move?
//!
//! [`cost_range`](super::OptimalFlow::cost_range), [`capacity_range`](super::OptimalFlow::capacity_range) and
//! [`supply_range`](super::OptimalFlow::supply_range), each with an example; exact, whatever basis a solver ended with.
//!
//! # … know whether the flow is the only one?
//!
//! [`uniqueness`](super::OptimalFlow::uniqueness) proves it, or shows another.
//!
//! # … stop in time and keep what is known?
//!
//! ```
//! use core::ops::ControlFlow;
//! use feasible::min_cost_flow::Anytime;
//! use feasible::{MinCostFlow, NetworkBuilder};
//! let mut b = NetworkBuilder::new();
//! let (s, t) = (b.add_node(4)?, b.add_node(-4)?);
//! b.add_arc(s, t, 0..=9, 3)?;
//! let network = b.build()?;
//! // The clock is the caller's; a limit of work ends at the same place everywhere.
//! let mut watcher = |progress: feasible::Progress| {
//!     if progress.work > 1 << 30 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
//! };
//! match MinCostFlow::new().work_limit(1 << 40).solve_anytime(&network, &mut watcher)? {
//!     Anytime::Finished(outcome) => assert_eq!(outcome.optimal()?.cost(), 12),
//!     Anytime::Stopped(bounds) => println!("{:?} to {:?}", bounds.lower(), bounds.upper()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # … see the flow as paths?
//!
//! ```
//! use feasible::decomposition::decompose;
//! use feasible::{MinCostFlow, NetworkBuilder};
//! let mut b = NetworkBuilder::new();
//! let (s, v, t) = (b.add_node(4)?, b.add_node(0)?, b.add_node(-4)?);
//! b.add_arc(s, v, 0..=9, 1)?;
//! b.add_arc(v, t, 0..=9, 1)?;
//! let network = b.build()?;
//! let flow = MinCostFlow::new().solve(&network)?.optimal()?;
//! let parts = decompose(&network, flow.flows())?;
//! assert_eq!((parts.paths.len(), parts.cycles.len()), (1, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # … trust the answer?
//!
//! It has passed [`check::optimal`](crate::check::optimal) before it is returned; call it again, or read it: it uses no
//! code of any solver.
//!
//! # … read a DIMACS file?
//!
//! [`parse_min`](crate::io::dimacs::parse_min) and [`write_min`](crate::io::dimacs::write_min).
