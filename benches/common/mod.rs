//! The public graph, if `FEASIBLE_DATA` names a directory with `ln-graph-2024-09-22.csv.gz`.

use std::io::Read as _;

use feasible::liquidity::{Channel, ChannelGraphBuilder};
use feasible::{ChannelGraph, NodeId, Sat};

pub fn node(i: u64) -> NodeId {
    NodeId::new(usize::try_from(i).unwrap()).unwrap()
}

pub fn public() -> Option<ChannelGraph> {
    let data = std::env::var_os("FEASIBLE_DATA")?;
    let file = std::fs::File::open(std::path::Path::new(&data).join("ln-graph-2024-09-22.csv.gz")).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut b = ChannelGraphBuilder::new();
    let mut nodes = 0;
    for line in text.lines().skip(1) {
        let row: Vec<u64> = line.split(',').take(4).map(|field| field.parse().unwrap()).collect();
        while nodes <= row[1].max(row[2]) {
            b.add_node().unwrap();
            nodes += 1;
        }
        b.add_channel(Channel::new(node(row[1]), node(row[2]), Sat(row[3]))).unwrap();
    }
    Some(b.build())
}
