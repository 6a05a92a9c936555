//! Checker of round plans: the rules, the money of every participant, one flow per demand.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use super::Violation;
use crate::amount::Sat;
use crate::id::{DemandId, NodeId};
use crate::round::{Changes, ChannelFlow, DemandFlows, Money, Reshape, Round, Touch};

/// What a checked plan amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The weights of all demands that have a flow.
    pub objective: u64,
    /// What the server fronts.
    pub fronted: Sat,
    /// The price of all touches (nothing without prices).
    pub price: Sat,
}

/// Whether `changes` keep every rule of the round and every flow pays its demand alone afterwards.
///
/// Rules, in this order: each channel is known, touched once and touchable; an open touched channel has
/// a capacity in range and the reserve on both sides, an opened one is not empty; at most so many
/// touches; free funds enter whole (the server's in any part); each participant gets back exactly what it
/// brought (new balances + fees + change = old balances + free funds); fronting and price budgets hold;
/// each flow respects what the channels can send afterwards, is conserved, and delivers the amount.
/// O(channels + total length of the flows).
///
/// # Errors
///
/// The first [`Violation`].
pub fn plan(round: &Round, changes: &Changes, flows: &DemandFlows) -> Result<Verdict, Violation> {
    let after = reshaped(round, &changes.touched)?;
    wealth(round, changes)?;
    let (fronted, price) = budgets(round, changes)?;
    let demands = round.demands().len();
    if flows.len() != demands {
        let (what, expected, actual) = ("demand flows", demands, flows.len());
        return Err(Violation::Length { what, expected, actual });
    }
    let mut objective = 0;
    let mut net = vec![0_i128; round.node_count()];
    for (id, flow) in flows.iter() {
        if let Some(flow) = flow {
            delivers(round, &after, id, flow, &mut net)?;
            objective += round.demands()[id.index()].weight;
        }
    }
    Ok(Verdict { objective, fronted, price })
}

fn broken(touch: Touch, rule: &'static str) -> Violation {
    match touch {
        Touch::Existing(channel) => Violation::Channel { channel, rule },
        Touch::New(candidate) => Violation::Candidate { candidate, rule },
    }
}

/// The touched channels by name, after the rules about single channels.
fn reshaped(round: &Round, touched: &[Reshape]) -> Result<BTreeMap<Touch, (Sat, Sat)>, Violation> {
    let rules = round.rules();
    let mut after = BTreeMap::new();
    for reshape in touched {
        let Reshape { channel, balance_u, balance_v } = *reshape;
        if !round.touchable(channel) {
            return Err(broken(channel, "does not exist or may not be touched"));
        }
        let capacity = u128::from(balance_u.0) + u128::from(balance_v.0);
        if capacity > 0 {
            let range = u128::from(rules.capacity_min.0)..=u128::from(rules.capacity_max.0);
            if !range.contains(&capacity) {
                return Err(broken(channel, "capacity out of range"));
            }
            if balance_u.min(balance_v) < rules.reserve {
                return Err(broken(channel, "a side is below the reserve"));
            }
        } else if matches!(channel, Touch::New(_)) {
            return Err(broken(channel, "opened without money"));
        }
        if after.insert(channel, (balance_u, balance_v)).is_some() {
            return Err(broken(channel, "touched twice"));
        }
    }
    let (used, limit) = (touched.len(), rules.max_touches as usize);
    if used > limit { Err(over("touches", used as i128, limit as i128)) } else { Ok(after) }
}

fn over(budget: &'static str, used: i128, limit: i128) -> Violation {
    Violation::Budget { budget, used, limit }
}

/// Each node gets back what it brought, to the satoshi.
fn wealth(round: &Round, changes: &Changes) -> Result<(), Violation> {
    let mut brought = vec![0_i128; round.node_count()];
    let mut received = vec![0_i128; round.node_count()];
    for reshape in &changes.touched {
        let Some((u, v, old_u, old_v)) = round.ends(reshape.channel) else {
            return Err(broken(reshape.channel, "does not exist or may not be touched"));
        };
        let sides = [(u, old_u, reshape.balance_u), (v, old_v, reshape.balance_v)];
        for (node, old, new) in sides {
            brought[node.index()] += i128::from(old.0);
            received[node.index()] += i128::from(new.0) + i128::from(round.rules().touch_fee.0);
        }
    }
    for (node, amount) in once(round, &changes.used_free)? {
        let free = round.free(node);
        let whole = amount == free || amount == Sat::ZERO;
        if amount > free || !(whole || node == round.rules().server) {
            return Err(Violation::Participant { node, rule: "free funds enter whole or not at all" });
        }
        brought[node.index()] += i128::from(amount.0);
    }
    for (node, amount) in once(round, &changes.change)? {
        received[node.index()] += i128::from(amount.0);
    }
    let mut sums = round.nodes().zip(brought.into_iter().zip(received));
    match sums.find(|(_, (brought, received))| brought != received) {
        Some((node, (brought, received))) => Err(Violation::Wealth { node, brought, received }),
        None => Ok(()),
    }
}

/// The entries of a list that may name each participant once.
fn once(round: &Round, list: &[Money]) -> Result<Vec<(NodeId, Sat)>, Violation> {
    let mut seen = BTreeSet::new();
    for &Money { node, .. } in list {
        if !round.participates(node) {
            return Err(Violation::Participant { node, rule: "does not take part" });
        }
        if !seen.insert(node) {
            return Err(Violation::Participant { node, rule: "listed twice" });
        }
    }
    Ok(list.iter().map(|money| (money.node, money.amount)).collect())
}

fn budgets(round: &Round, changes: &Changes) -> Result<(Sat, Sat), Violation> {
    let touches = || changes.touched.iter().map(|reshape| reshape.channel);
    let channels: i128 = touches().map(|touch| i128::from(round.fronted(touch).0)).sum();
    let free: i128 = changes.used_free.iter().map(|money| i128::from(money.amount.0)).sum();
    let limit = i128::from(round.rules().front_budget.0);
    if channels + free > limit {
        return Err(over("fronted money", channels + free, limit));
    }
    let price: i128 = touches().map(|touch| i128::from(round.price(touch).0)).sum();
    if let Some(prices) = &round.rules().prices {
        let limit = i128::from(prices.budget.0);
        if price > limit {
            return Err(over("price of all touches", price, limit));
        }
    }
    let sat = |sum: i128, what| u64::try_from(sum).map(Sat).map_err(|_| Violation::Overflow { what });
    Ok((sat(channels + free, "fronted money")?, sat(price, "price of all touches")?))
}

/// Whether the flow, alone on the channels after the round, brings a demand its amount. `net` is all
/// zero before and after.
fn delivers(
    round: &Round,
    after: &BTreeMap<Touch, (Sat, Sat)>,
    id: DemandId,
    flow: &[ChannelFlow],
    net: &mut [i128],
) -> Result<(), Violation> {
    let failed = Violation::Demand { demand: id };
    let mut used = BTreeSet::new();
    for &ChannelFlow { channel, amount } in flow {
        let (u, v, ..) = round.ends(channel).ok_or(failed)?;
        let [balance_u, balance_v] = match (after.get(&channel), channel) {
            (Some(&(balance_u, balance_v)), _) => [balance_u, balance_v],
            (None, Touch::Existing(_)) => round.balances(id, channel).ok_or(failed)?,
            (None, Touch::New(_)) => return Err(failed),
        };
        let from = if amount >= 0 { balance_u } else { balance_v };
        let liquidity = from.saturating_sub(round.rules().reserve);
        if amount.unsigned_abs() > liquidity.0 || !used.insert(channel) {
            return Err(failed);
        }
        net[u.index()] += i128::from(amount);
        net[v.index()] -= i128::from(amount);
    }
    let demand = round.demands()[id.index()];
    net[demand.sender.index()] -= i128::from(demand.amount.0);
    net[demand.receiver.index()] += i128::from(demand.amount.0);
    let conserved = flow
        .iter()
        .filter_map(|f| round.ends(f.channel))
        .all(|(u, v, ..)| net[u.index()] == 0 && net[v.index()] == 0);
    let delivered = net[demand.sender.index()] == 0 && net[demand.receiver.index()] == 0;
    if conserved && delivered { Ok(()) } else { Err(failed) }
}
