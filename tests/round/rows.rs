//! The rows of a proof of a bound: whatever sets, demands, choices and multipliers it names, what the checker makes of them lies
//! above the best plan.

use crate::common::networks::Draw;
use crate::common::rounds::{best_by_enumeration, random_round};
use feasible::check::Violation;
use feasible::round::{
    Case, Choice, DemandCut, Effort, End, Multiplier, Multipliers, Round, Rounding, UpperBound,
};
use feasible::{RoundPlanner, Sat, check};

/// A cut of some demands that one set separates, with choices drawn blindly; `None` if it separates none.
fn any_cut(round: &Round, draw: &mut Draw) -> Option<DemandCut> {
    let sender_side: feasible::NodeMap<bool> = round.nodes().map(|_| draw.below(2) == 0).collect();
    let separated = |id: &feasible::DemandId| {
        let demand = round.demands()[id.index()];
        sender_side[demand.sender] && !sender_side[demand.receiver]
    };
    let demands: Vec<_> = round.demand_ids().filter(separated).filter(|_| draw.below(3) > 0).collect();
    let kept = round.touches().filter(|_| draw.below(3) == 0).collect();
    let lifted = round.touches().filter(|_| draw.below(2) == 0).collect();
    let pooled = round.nodes().filter(|_| draw.below(2) == 0).collect();
    let apart = round.touches().filter(|_| draw.below(3) == 0).collect();
    (!demands.is_empty()).then_some(DemandCut { demands, sender_side, kept, lifted, pooled, apart })
}

/// A rounding of a sum of so many cuts, so many earlier roundings and of what is known of money, drawn blindly.
fn any_rounding(round: &Round, cuts: usize, earlier: usize, draw: &mut Draw) -> Rounding {
    let mut times = |rows: usize| -> Vec<Multiplier<u32>> {
        (0..rows).map(|row| Multiplier { row: row as u32, value: draw.below(3) }).collect()
    };
    let (times, roundings) = (times(cuts), times(earlier));
    let wealth = round.nodes().map(|row| Multiplier { row, value: draw.below(4) / 2 }).collect();
    let (front, price) = (draw.below(4) / 3, draw.below(4) / 3);
    let end = |draw: &mut Draw| [None, Some(End::U), Some(End::V)][draw.below(3) as usize];
    let touchable = || round.touches().filter(|&touch| round.touchable(touch));
    Rounding {
        of: Multipliers { cuts: times, roundings, wealth, front, price },
        divisor: 1 + draw.below(30),
        met: round.demand_ids().filter(|_| draw.below(2) == 0).collect(),
        touched: touchable().filter(|_| draw.below(2) == 0).collect(),
        brought: round.nodes().filter(|_| draw.below(2) == 0).collect(),
        full: touchable()
            .filter_map(|touch| {
                end(draw).map(|end| (touch, end, Sat(round.rules().capacity_max.0 + draw.below(2))))
            })
            .collect(),
        apart: round.touches().filter(|_| draw.below(3) == 0).collect(),
    }
}

/// What the checker makes of a proof, in whole points; `None` if a row is not deficient.
fn proven(round: &Round, bound: &UpperBound) -> Option<i128> {
    match check::bound(round, bound) {
        Ok(()) => Some(i128::from(bound.value)),
        Err(Violation::Value { actual, .. }) => Some(actual),
        Err(Violation::Demand { .. }) => None,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn no_row_cuts_off_the_best_plan() {
    let (mut rows, mut sharp, mut sharper) = (0, 0, 0);
    for seed in 0..200 {
        let round = random_round(seed);
        let optimum = i128::from(best_by_enumeration(&round));
        let plan = RoundPlanner::new().effort(Effort::Quick).plan(&round).unwrap();
        let total: u64 = round.demands().iter().map(|demand| demand.weight).sum();
        let mut draw = Draw::new(seed);
        for _ in 0..80 {
            let cuts: Vec<DemandCut> = (0..3).filter_map(|_| any_cut(&round, &mut draw)).collect();
            let unit = UpperBound::SCALE / (1 + draw.below(12));
            let any = |draw: &mut Draw| draw.below(4) * unit;
            let cut_multipliers = (0..cuts.len())
                .map(|row| Multiplier { row: u32::try_from(row).unwrap(), value: any(&mut draw) });
            let cut_multipliers = cut_multipliers.collect();
            let wealth = round.nodes().map(|row| Multiplier { row, value: any(&mut draw) }).collect();
            let (front, price) = (draw.below(2) * unit / 8, draw.below(2) * unit / 8);
            let roundings: Vec<Rounding> =
                (0..2).map(|at| any_rounding(&round, cuts.len(), at, &mut draw)).collect();
            let rounded = (0..2).map(|row| Multiplier { row, value: any(&mut draw) }).collect();
            let multipliers = Multipliers { cuts: cut_multipliers, roundings: rounded, wealth, front, price };
            let leaf = Case::Leaf(multipliers.clone());
            let hopeless = plan.bound().hopeless.clone();
            let bound = UpperBound { value: 0, hopeless, cuts, roundings, cases: vec![leaf] };
            let mut without = bound.clone();
            without.roundings.clear();
            without.cases = vec![Case::Leaf(Multipliers { roundings: Vec::new(), ..multipliers })];
            if let Some(value) = proven(&round, &bound) {
                sharper += usize::from(proven(&round, &without).is_some_and(|other| value < other));
                assert!(value >= optimum, "seed {seed}: {value} below {optimum}: {bound:?}");
                rows += bound.cuts.len();
                sharp += usize::from(value < i128::from(total));
            }
        }
    }
    assert!(rows > 2000, "{rows} rows");
    assert!(sharp > 20, "{sharp} proofs below the weight of all demands");
    assert!(sharper > 20, "{sharper} proofs with roundings below those without");
}

/// Another question about the round, drawn blindly.
fn any_choice(round: &Round, draw: &mut Draw) -> Option<Choice> {
    let touch = round.touches().nth(draw.below(round.touches().count().max(1) as u64) as usize)?;
    let demand = round.demand_ids().nth(draw.below(round.demands().len().max(1) as u64) as usize)?;
    let user = round.nodes().nth(draw.below(round.node_count() as u64) as usize)?;
    Some(match draw.below(4) {
        0 => Choice::Touch(touch),
        1 => Choice::Open(touch),
        2 => Choice::Demand(demand),
        _ => Choice::Funds(user),
    })
}

/// Changes one thing in a proof.
fn tamper(round: &Round, bound: &mut UpperBound, draw: &mut Draw) {
    let (cuts, cases) = (bound.cuts.len().max(1) as u64, bound.cases.len().max(1) as u64);
    if draw.below(4) == 0 {
        let at = draw.below(bound.roundings.len().max(1) as u64) as usize;
        let other = any_rounding(round, bound.cuts.len(), at, draw);
        let Some(rounding) = bound.roundings.get_mut(at) else { return };
        match draw.below(7) {
            0 => rounding.of = other.of,
            1 => rounding.divisor = draw.below(2 * rounding.divisor),
            2 => rounding.met = other.met,
            3 => rounding.touched = other.touched,
            4 => rounding.brought = other.brought,
            5 => rounding.full = other.full,
            _ => *rounding = other,
        }
        return;
    }
    if draw.below(2) == 0 {
        let Some(cut) = bound.cuts.get_mut(draw.below(cuts) as usize) else { return };
        if let Some(other) = any_cut(round, draw) {
            match draw.below(6) {
                0 => cut.demands = other.demands,
                1 => cut.kept = other.kept,
                2 => cut.lifted = other.lifted,
                3 => cut.pooled = other.pooled,
                4 => cut.apart = other.apart,
                _ => *cut = other,
            }
        }
        return;
    }
    let other = bound.cases.get(draw.below(cases) as usize).cloned();
    match (bound.cases.get_mut(draw.below(cases) as usize), other) {
        (Some(Case::Leaf(leaf)), Some(Case::Leaf(other))) => match draw.below(6) {
            0 => *leaf = other,
            1 => leaf.front = draw.below(UpperBound::SCALE),
            2 => leaf.wealth = other.wealth,
            3 => leaf.cuts = other.cuts,
            4 => leaf.roundings = other.roundings,
            _ => {
                for cut in &mut leaf.cuts {
                    cut.value = draw.below(2 * cut.value.max(1));
                }
            }
        },
        (Some(Case::Branch { on, no, yes }), _) => {
            if draw.below(2) == 0 {
                core::mem::swap(no, yes);
            } else if let Some(choice) = any_choice(round, draw) {
                *on = choice;
            }
        }
        _ => {}
    }
}

#[test]
fn no_changed_proof_goes_below_the_best_plan() {
    let (mut refused, mut looser, mut same) = (0, 0, 0);
    for seed in 0..60 {
        let round = random_round(seed);
        let plan = RoundPlanner::new().effort(Effort::Prove).plan(&round).unwrap();
        let optimum = i128::from(best_by_enumeration(&round));
        let mut draw = Draw::new(seed);
        for _ in 0..80 {
            let mut bound = plan.bound().clone();
            for _ in 0..=draw.below(3) {
                tamper(&round, &mut bound, &mut draw);
            }
            match check::bound(&round, &bound) {
                Ok(()) => same += 1,
                Err(Violation::Value { actual, .. }) => {
                    assert!(actual >= optimum, "seed {seed}: {actual} below {optimum}");
                    looser += 1;
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 100 && looser > 100 && same > 100, "{refused} {looser} {same}");
}
