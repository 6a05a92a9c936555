//! Sets of touches against maximum flows that know nothing of earlier ones.

use alloc::vec::Vec;

use super::reach::Reach;
use super::{Exchange, Top, enough};
use crate::amount::Sat;
use crate::id::NodeId;
use crate::max_flow::dinic;
use crate::random::Random;
use crate::round::generate::{Size, lightning};
use crate::round::model::{Model, Role};
use crate::round::search::Search;
use crate::round::state::push;
use crate::round::{Anchor, Channel, Demand, RoundBuilder, Rules};

const SIZE: Size = Size { nodes: 40, channels: 110, participants: 16, demands: 30, max_touches: 6 };

fn index(value: u64) -> usize {
    usize::try_from(value).unwrap()
}

/// Makes and takes back touches at random and looks at the set after each.
fn walk(seed: u64, mut look: impl FnMut(&Model, &mut Reach)) {
    let model = Model::new(&lightning(SIZE, seed).unwrap());
    let touchable: Vec<usize> = (0..model.slots.len()).filter(|&slot| model.slots[slot].touchable).collect();
    let (mut reach, noise) = (Reach::new(&model), Random::new(seed));
    for turn in 0..40 {
        let slot = touchable[index(noise.below(2 * turn, touchable.len() as u64))];
        if reach.has(slot) {
            let at = reach.made().iter().position(|&made| made == slot).unwrap();
            assert_eq!(reach.take_back(&model, at), slot);
        } else {
            reach.make(&model, slot);
        }
        if reach.made().len() > SIZE.max_touches as usize {
            reach.take_back(&model, index(noise.below(2 * turn + 1, reach.made().len() as u64)));
        }
        look(&model, &mut reach);
    }
}

/// The free funds that the fronting budget lets in, with what is owed for fees taken off.
fn purse(model: &Model, node: usize, hand: i64, fronted: i64) -> i64 {
    let room = model.front_budget - fronted;
    let free = if node == model.server { model.free[node].min(room) } else { model.free[node] };
    hand + if free <= room { free.max(0) } else { 0 }
}

#[test]
fn meets_is_a_flow_on_purses_of_its_own() {
    let (mut yes, mut no) = (0, 0);
    for seed in 0..6 {
        walk(seed, |model, reach| {
            let mut hand = alloc::vec![0; model.nodes()];
            let mut fronted = 0;
            for &slot in reach.made() {
                let data = &model.slots[slot];
                fronted += data.fronted;
                for side in 0..2 {
                    hand[data.ends[side]] += data.old[side] - model.fee;
                }
            }
            for (demand, want) in model.wants.iter().enumerate() {
                let mut residual = alloc::vec![0; model.wide.arc_count()];
                for (edge, &role) in model.roles.iter().enumerate() {
                    let arcs = [model.wide_arc(edge, 0), model.wide_arc(edge, 1)];
                    match role {
                        Role::Channel(slot) if !reach.has(slot) => {
                            residual[arcs[0]] = model.slots[slot].spendable[0];
                            residual[arcs[1]] = model.slots[slot].spendable[1];
                        }
                        Role::Fill(slot, _) if reach.has(slot) => residual[arcs[0]] = model.largest(),
                        Role::Hand(node) => {
                            residual[arcs[0]] = purse(model, node, hand[node], fronted).max(0)
                        }
                        _ => {}
                    }
                }
                let sent = push(&model.wide, &mut residual, want, &mut dinic::Scratch::default());
                assert_eq!(reach.meets(model, demand), sent >= want.amount);
                if sent >= want.amount { yes += 1 } else { no += 1 }
            }
        });
    }
    assert!(yes > 500 && no > 500, "{yes} {no}");
}

#[test]
fn what_is_served_is_carried_and_paid_for() {
    let (mut served, mut failed) = (0, Vec::new());
    for seed in 0..6 {
        walk(seed, |model, reach| {
            let order: Vec<usize> = (0..model.wants.len()).collect();
            let value = reach.share(model, &order, &mut failed);
            let point = Top::new(0, reach, &[]).point(model);
            let mut liquidity = model.liquidity();
            let mut spent = alloc::vec![0; model.nodes()];
            let mut fronted = 0;
            for &slot in reach.made() {
                let data = &model.slots[slot];
                fronted += data.fronted;
                assert!(point.sendable[slot].iter().sum::<i64>() <= model.largest());
                for side in 0..2 {
                    liquidity[model.arc(slot, side)] = point.sendable[slot][side];
                    spent[data.ends[side]] += point.sendable[slot][side] + model.fee - data.old[side];
                }
            }
            let mut brought = 0;
            for (node, &lack) in spent.iter().enumerate().filter(|(_, lack)| **lack > 0) {
                assert!(lack <= model.free[node]);
                brought += if node == model.server { lack } else { model.free[node] };
            }
            // What makes the set too dear is taken back before a plan is made of it.
            assert!(brought == 0 || fronted + brought <= model.front_budget);
            let mut sum = 0;
            for (demand, want) in model.wants.iter().enumerate().filter(|(demand, _)| reach.served()[*demand])
            {
                let sent = push(&model.flat, &mut liquidity.clone(), want, &mut dinic::Scratch::default());
                assert!(sent >= want.amount, "demand {demand}");
                sum += want.weight;
            }
            assert_eq!(sum, value);
            served += sum;
        });
    }
    assert!(served > 500, "{served}");
}

/// Money for one of two demands, and what a run does with it.
#[test]
fn the_best_of_a_run_becomes_a_plan_whatever_order_demands_are_in_by_then() {
    let mut b = RoundBuilder::new();
    let server = b.add_participant(Sat(100)).unwrap();
    for weight in [2, 1] {
        let receiver = b.add_participant(Sat(0)).unwrap();
        b.add_candidate(server, receiver).unwrap();
        b.add_demand(Demand { sender: server, receiver, amount: Sat(60), weight }).unwrap();
    }
    let round = b.build(rules(2, 100, server)).unwrap();
    let model = Model::new(&round);
    let mut search = Search::new(&model, 0);
    let mut exchange = Exchange::new(&search);
    for slot in 0..2 {
        exchange.reach.make(&model, slot);
    }
    assert_eq!(exchange.share(), 2);
    let top = Top::new(2, &exchange.reach, &exchange.order);
    exchange.order.reverse();
    assert_eq!(exchange.share(), 1);
    search.make_plan(&top, search.seed);
    assert_eq!(search.best.objective, 2);
}

#[test]
fn what_is_further_from_its_bound_takes_more_moves() {
    let moves = |best: u64| enough(1_000, best, 2_000);
    assert!((0..2_000).all(|best| moves(best + 1) <= moves(best)));
    assert_eq!([moves(0), moves(1_860), moves(2_000)], [1_571, 1_000, 642]);
    assert_eq!([enough(7, 0, 0), enough(7, u64::MAX / 100 * 93, u64::MAX)], [4, 7]);
}

fn rules(max_touches: u32, front_budget: u64, server: NodeId) -> Rules {
    Rules {
        max_touches,
        capacity_min: Sat(1),
        capacity_max: Sat(1_000),
        reserve: Sat(0),
        touch_fee: Sat(0),
        front_budget: Sat(front_budget),
        server,
        prices: None,
    }
}

#[test]
fn a_set_is_worth_the_same_wherever_it_comes_from() {
    walk(7, |model, reach| {
        let kept = (reach.made().to_vec(), reach.served().to_vec());
        let meets: Vec<bool> = (0..model.wants.len()).map(|demand| reach.meets(model, demand)).collect();
        let mut other = Reach::new(model);
        for slot in (0..model.slots.len()).filter(|&slot| model.slots[slot].touchable).take(5) {
            other.make(model, slot);
        }
        other.restore(model, &kept.0, &kept.1);
        assert_eq!(other.fits(model), reach.fits(model));
        assert!((0..model.wants.len()).all(|demand| other.meets(model, demand) == meets[demand]));
    });
}

#[test]
fn a_loss_is_what_the_others_serve_less_and_leaves_everything_as_it_was() {
    let (mut guessed, mut exact, mut failed) = ([0; 2], [0; 2], Vec::new());
    for seed in 0..6 {
        walk(seed, |model, reach| {
            let order: Vec<usize> = (0..model.wants.len()).collect();
            reach.share(model, &order, &mut failed);
            let all = reach.survey(model, &order);
            let before = Top::new(0, reach, &[]).point(model);
            let slots = reach.made().to_vec();
            let found: Vec<_> = slots.iter().map(|&slot| loss(reach, model, slot, all, 0)).collect();
            for (&slot, &known) in slots.iter().zip(&found) {
                assert_eq!(loss(reach, model, slot, all, 0), known);
                if known.0 < all {
                    assert_eq!(loss(reach, model, slot, all, known.0 + 1).0, 0);
                }
            }
            let after = Top::new(0, reach, &[]).point(model);
            assert_eq!(after.sendable, before.sendable);
            assert_eq!(after.touches, before.touches);
            assert_eq!(reach.survey(model, &order), all);
            for (slot, (value, covered)) in slots.into_iter().zip(found) {
                assert!(value <= all);
                let at = reach.made().iter().position(|&made| made == slot).unwrap();
                reach.take_back(model, at);
                let served = reach.share(model, &order, &mut failed);
                reach.make(model, slot);
                guessed[usize::from(covered)] += value;
                exact[usize::from(covered)] += served;
            }
        });
    }
    for (guessed, exact) in guessed.into_iter().zip(exact) {
        assert!(exact > 300 && guessed.abs_diff(exact) * 20 < exact, "{guessed} {exact}");
    }
}

/// What is left without a touch, and whether purses do not fall short.
fn loss(reach: &mut Reach, model: &Model, slot: usize, all: u64, least: u64) -> (u64, bool) {
    let (value, covered) = reach.without(model, slot, all, least);
    (if covered { value } else { reach.repaid(model, slot, all, least) }, covered)
}

/// A sender reaches a node with money over three channels, and over one that its own money would have to fill: that of
/// the other node alone is taken, though this is the longer way.
#[test]
fn money_goes_through_one_purse_where_one_will_do() {
    let mut b = RoundBuilder::new();
    let [from, other, to] = [60, 60, 0].map(|free| b.add_participant(Sat(free)).unwrap());
    let [x, y] = [(); 2].map(|()| b.add_bystander().unwrap());
    for (u, v) in [(from, x), (x, y), (y, other)] {
        let (balance_u, balance_v) = (Sat(50), Sat(0));
        let anchor = Anchor::OnChain;
        b.add_channel(Channel { u, v, balance_u, balance_v, anchor, reshapable: false }).unwrap();
    }
    b.add_candidate(from, other).unwrap();
    b.add_candidate(other, to).unwrap();
    b.add_demand(Demand { sender: from, receiver: to, amount: Sat(40), weight: 1 }).unwrap();
    let round = b.build(rules(2, 1_000, to)).unwrap();
    let model = Model::new(&round);
    let mut reach = Reach::new(&model);
    for slot in [3, 4] {
        reach.make(&model, slot);
    }
    assert_eq!(reach.share(&model, &[0], &mut Vec::new()), 1);
    assert_eq!(Top::new(0, &reach, &[]).point(&model).sendable[3..], [[0, 0], [40, 0]]);
}
