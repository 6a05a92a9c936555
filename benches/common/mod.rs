//! The public graph, if `FEASIBLE_DATA` names a directory with `ln-graph-2024-09-22.csv.gz`.

#![allow(dead_code)] // every benchmark uses a part of it

use std::io::Read as _;

use feasible::liquidity::{Channel, ChannelGraphBuilder, Direction, Policy};
use feasible::{ChannelGraph, Msat, NodeId, Sat};

pub fn node(i: u64) -> NodeId {
    NodeId::new(usize::try_from(i).unwrap()).unwrap()
}

/// Without policies.
pub fn public() -> Option<ChannelGraph> {
    read(|channel, _| channel)
}

/// With them.
pub fn public_with_policies() -> Option<ChannelGraph> {
    read(|channel, row| {
        let policy = |at: usize| Policy {
            enabled: row[at] == 1,
            base_fee: Msat(row[at + 1]),
            ppm: u32::try_from(row[at + 2]).unwrap(),
            htlc_min: Msat(row[at + 3]),
            htlc_max: Msat(row[at + 4]),
            cltv_delta: u32::try_from(row[at + 5]).unwrap(),
        };
        channel.policy(Direction::AToB, policy(4)).policy(Direction::BToA, policy(10))
    })
}

fn read(terms: impl Fn(Channel, &[u64]) -> Channel) -> Option<ChannelGraph> {
    let data = std::env::var_os("FEASIBLE_DATA")?;
    let file = std::fs::File::open(std::path::Path::new(&data).join("ln-graph-2024-09-22.csv.gz")).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut b = ChannelGraphBuilder::new();
    let mut nodes = 0;
    for line in text.lines().skip(1) {
        let row: Vec<u64> = line.split(',').map(|field| field.parse().unwrap_or(0)).collect();
        while nodes <= row[1].max(row[2]) {
            b.add_node().unwrap();
            nodes += 1;
        }
        let channel = Channel::new(node(row[1]), node(row[2]), Sat(row[3]));
        // Limits above the capacity are announced now and then: such a direction is of no use.
        if b.add_channel(terms(channel, &row)).is_err() {
            let row: Vec<u64> = row.iter().enumerate().map(|(i, &x)| if i > 3 { 0 } else { x }).collect();
            b.add_channel(terms(channel, &row)).unwrap();
        }
    }
    Some(b.build())
}
