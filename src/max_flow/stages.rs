//! From question to certified answer: balance, look for a path without limit, send, prove.

use super::model::{Buffers, Model, Spare, surplus};
use super::{Algorithm, AtLeast, MaximumFlow, NotOptimal, Outcome, Workspace, unlimited};
use crate::check::{self, Cut, Shortage, Violation};
use crate::id::{ArcMap, NodeId};
use crate::kernel::Room;
use crate::network::Network;
use crate::num::FlowNum;
use crate::solve::{Meter, SolveError, admit_terminals};

/// What is asked about a network.
pub(super) struct Question<'a, N> {
    pub(super) network: &'a Network<N>,
    pub(super) source: NodeId,
    pub(super) sink: NodeId,
    pub(super) algorithm: Algorithm,
    pub(super) start: Option<&'a ArcMap<N>>,
    /// Whether to give the minimum cut nearest to the sink too; who asks checks it.
    pub(super) both_cuts: bool,
}

/// An engine's number type and its buffers.
trait Engine: Room {
    fn buffers(workspace: &mut Workspace) -> &mut Buffers<Self>;
}

macro_rules! engines {
    ($($t:ident: $buffers:ident),*) => {$(
        impl Engine for $t {
            fn buffers(workspace: &mut Workspace) -> &mut Buffers<Self> {
                &mut workspace.$buffers
            }
        }
    )*};
}

engines!(i16: tiny, i32: slim, i64: narrow, i128: wide);

/// What residual capacities fit into; their sums fit into 64 bits, those of the widest into 128.
enum Width {
    Tiny,
    Slim,
    Narrow,
    Wide,
}

/// Asks a question in the number type that a width stands for.
macro_rules! ask {
    ($width:expr, $question:ident.$what:ident($($argument:expr),*)) => {
        match $width {
            Width::Tiny => $question.$what::<i16>($($argument),*),
            Width::Slim => $question.$what::<i32>($($argument),*),
            Width::Narrow => $question.$what::<i64>($($argument),*),
            Width::Wide => $question.$what::<i128>($($argument),*),
        }
    };
}

type Most<N> = (Outcome<N>, Option<Cut>);

/// The most that can be sent, and the minimum cut nearest to the sink if asked for.
pub(super) fn most<N: FlowNum>(
    question: &Question<'_, N>,
    spare: Spare<N>,
    workspace: &mut Workspace,
    meter: &mut Meter<'_, '_>,
) -> Result<Most<N>, SolveError> {
    question.check_terminals()?;
    ask!(question.width(), question.most(spare, workspace, meter))
}

/// Whether an amount can be sent.
pub(super) fn at_least<N: FlowNum>(
    question: &Question<'_, N>,
    amount: i128,
    spare: Spare<N>,
    workspace: &mut Workspace,
    meter: &mut Meter<'_, '_>,
) -> Result<AtLeast<N>, SolveError> {
    question.check_terminals()?;
    ask!(question.width(), question.at_least(amount, spare, workspace, meter))
}

/// A minimum cut and the pseudoflow that proves it, or why there is none.
pub(super) type Proven<N> = Result<(Cut, ArcMap<N>), NotOptimal>;

/// The minimum cut nearest to the source, and no flow.
pub(super) fn cut<N: FlowNum>(
    question: &Question<'_, N>,
    spare: Spare<N>,
    workspace: &mut Workspace,
    meter: &mut Meter<'_, '_>,
) -> Result<Proven<N>, SolveError> {
    question.check_terminals()?;
    ask!(question.width(), question.cut(spare, workspace, meter))
}

impl<N: FlowNum> Question<'_, N> {
    fn check_terminals(&self) -> Result<(), SolveError> {
        admit_terminals(self.network.node_count(), self.source, self.sink)
    }

    /// Engines add up a few multiples of the range; an arc and its twin never hold more than both widths.
    fn width(&self) -> Width {
        let ranges = self.network.ranges();
        if ranges.flow > i128::from(i64::MAX / 16) {
            return Width::Wide;
        }
        let bounded = self.start.is_none() && ranges.idle && self.network.unbounded.is_empty();
        match ranges.width {
            width if bounded && width <= i128::from(i16::MAX / 2) => Width::Tiny,
            width if bounded && width <= i128::from(i32::MAX / 2) => Width::Slim,
            _ => Width::Narrow,
        }
    }

    fn balanced<'a, T: Engine>(
        &'a self,
        workspace: &'a mut Workspace,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Result<Model<'a, N, T>, Shortage>, SolveError> {
        let buffers = core::mem::take(T::buffers(workspace));
        let ends = (self.source, self.sink);
        let model =
            Model::balanced(self.network, ends, self.algorithm, self.start, workspace, buffers, meter)?;
        if let Err(shortage) = &model {
            check::infeasible_between(self.network, self.source, self.sink, shortage)?;
        }
        Ok(model)
    }

    fn most<T: Engine>(
        &self,
        spare: Spare<N>,
        workspace: &mut Workspace,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Most<N>, SolveError> {
        let mut model = match self.balanced::<T>(workspace, meter)? {
            Ok(model) => model,
            Err(shortage) => return Ok((Outcome::Infeasible(shortage), None)),
        };
        model.spare = spare;
        if let Some(path) = unlimited::path(self.network, self.source, self.sink, meter)? {
            let flows = model.flows()?;
            let value = surplus(self.network, self.source, &flows);
            check::flow_between(self.network, self.source, self.sink, &flows, value)?;
            check::unbounded_path(self.network, self.source, self.sink, &path)?;
            return Ok((Outcome::Unbounded(path), None));
        }
        model.send(false, model.reach(), meter)?;
        let flow = self.proven(&mut model, meter)?;
        let other = if self.both_cuts {
            Some(Cut { source_side: model.cut(true, meter)?, capacity: flow.value() })
        } else {
            None
        };
        let buffers = model.release();
        *T::buffers(workspace) = buffers;
        Ok((Outcome::Optimal(flow), other))
    }

    fn cut<T: Engine>(
        &self,
        spare: Spare<N>,
        workspace: &mut Workspace,
        meter: &mut Meter<'_, '_>,
    ) -> Result<Proven<N>, SolveError> {
        let mut model = match self.balanced::<T>(workspace, meter)? {
            Ok(model) => model,
            Err(shortage) => return Ok(Err(NotOptimal::Infeasible { amount: shortage.amount })),
        };
        model.spare = spare;
        if let Some(path) = unlimited::path(self.network, self.source, self.sink, meter)? {
            check::unbounded_path(self.network, self.source, self.sink, &path)?;
            return Ok(Err(NotOptimal::Unbounded));
        }
        model.want_cut_only();
        model.send(false, model.reach(), meter)?;
        let source_side = model.cut(false, meter)?;
        let mut sweep = check::Sweep::new(self.network, &source_side, model.sums())?;
        let flows = model.flows_seen(|flows| sweep.take(flows))?;
        let capacity = sweep.finish_cut(self.source, self.sink, &flows)?;
        model.give_sums(sweep.into_sums());
        let buffers = model.release();
        *T::buffers(workspace) = buffers;
        Ok(Ok((Cut { source_side, capacity }, flows)))
    }

    fn proven<T: Engine>(
        &self,
        model: &mut Model<'_, N, T>,
        meter: &mut Meter<'_, '_>,
    ) -> Result<MaximumFlow<N>, SolveError> {
        let source_side = model.cut(false, meter)?;
        let mut sweep = check::Sweep::new(self.network, &source_side, model.sums())?;
        let flows = model.flows_seen(|flows| sweep.take(flows))?;
        let capacity = model.value(&flows);
        sweep.finish(self.source, self.sink, &flows, capacity, capacity)?;
        model.give_sums(sweep.into_sums());
        Ok(MaximumFlow { cut: Cut { source_side, capacity }, flows })
    }

    fn at_least<T: Engine>(
        &self,
        amount: i128,
        spare: Spare<N>,
        workspace: &mut Workspace,
        meter: &mut Meter<'_, '_>,
    ) -> Result<AtLeast<N>, SolveError> {
        let (network, source, sink) = (self.network, self.source, self.sink);
        let mut model = match self.balanced::<T>(workspace, meter)? {
            Ok(model) => model,
            Err(shortage) => return Ok(AtLeast::Infeasible(shortage)),
        };
        model.spare = spare;
        let missing = amount - model.sent_so_far()?;
        let mut rest = 0;
        let path = unlimited::path(network, source, sink, meter)?;
        let limited = path.is_none();
        let mut enough = true;
        if missing < 0 {
            model.send(true, missing.saturating_neg().min(model.reach()), meter)?;
        } else if limited {
            enough = model.send(false, missing.min(model.reach()), meter)? >= missing;
        } else {
            rest = missing;
        }
        if !enough {
            let most = self.proven(&mut model, meter)?;
            let buffers = model.release();
            *T::buffers(workspace) = buffers;
            return Ok(AtLeast::TooLittle(most));
        }
        let mut flows = model.flows()?;
        let buffers = model.release();
        *T::buffers(workspace) = buffers;
        for arc in path.into_iter().flatten().filter(|_| rest > 0) {
            let flow = flows[arc].widen() + rest;
            flows[arc] = N::narrow(flow).ok_or(Violation::Bounds { arc, flow })?;
        }
        let value = surplus(network, source, &flows);
        check::flow_between_in(network, (source, sink), &flows, value, &mut workspace.balances)?;
        if value < amount {
            return Err(Violation::Value { what: "amount sent", claimed: amount, actual: value }.into());
        }
        Ok(AtLeast::Enough(flows))
    }
}
