//! Reading channel graphs: CSV, `lncli describegraph`, Core Lightning's `listchannels`.

use std::collections::BTreeMap;

use feasible::liquidity::{Channel, ChannelGraph, ChannelGraphBuilder, Direction, Policy, generate};
use feasible::{Balance, ChannelId, Msat, NodeId, Sat};

use super::exit::{Bad, clip};
use super::input::Input;
use super::json::{Document, quoted};
use super::{graph_json, table::Table};

/// A graph with the names its file uses.
pub struct Loaded {
    pub graph: ChannelGraph,
    /// Public keys by node; empty if the file names nodes by index.
    pub keys: Vec<String>,
    /// The name of each channel in the file.
    pub channels: Vec<ChannelName>,
    /// Records left out with `--lenient`.
    pub skipped: usize,
}

/// How a file names a channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChannelName {
    Number(u64),
    Text(String),
}

impl ChannelName {
    /// As a JSON value.
    pub fn json(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => quoted(text),
        }
    }

    /// As plain text.
    pub fn plain(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// Nodes as the command line named them: by key if a key was used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Naming {
    by_key: bool,
}

impl Loaded {
    /// A graph whose names are its indices.
    pub fn plain(graph: ChannelGraph) -> Self {
        let channels = (0..graph.channel_count() as u64).map(ChannelName::Number).collect();
        Self { graph, keys: Vec::new(), channels, skipped: 0 }
    }

    /// Reads a graph of any of the three formats.
    pub fn read(path: &str, lenient: bool) -> Result<Self, Bad> {
        Self::from_input(&Input::read(path)?, lenient)
    }

    /// Reads a graph, or generates one of 2,000 nodes where no file is named.
    pub fn read_or_generate(path: Option<&String>, lenient: bool) -> Result<Self, Bad> {
        match path {
            Some(path) => Self::read(path, lenient),
            None => Ok(Self::plain(generate::lightning(2_000, 6_500, 1).map_err(Bad::new)?)),
        }
    }

    pub fn from_input(input: &Input, lenient: bool) -> Result<Self, Bad> {
        let mut collect = Collect::new(lenient);
        if input.text.trim_start().starts_with(['{', '[']) {
            graph_json::read(&Document::parse(input)?, &mut collect)?;
        } else {
            read_csv(input, &mut collect)?;
        }
        Ok(collect.finish())
    }

    /// The node that an option names by index or key.
    pub fn node(&self, option: &str, name: &str, naming: &mut Naming) -> Result<NodeId, Bad> {
        let nodes = self.graph.node_count();
        let by_index = name.parse().ok().filter(|&i: &usize| i < nodes).and_then(NodeId::new);
        if let Some(node) = by_index {
            return Ok(node);
        }
        let by_key = self.keys.iter().position(|key| key == name).and_then(NodeId::new);
        let expected = || match (nodes, self.keys.is_empty()) {
            (0, _) => "a node, but the graph has none".to_owned(),
            (_, true) => format!("a node from 0 to {}", nodes - 1),
            (_, false) => format!("a public key of the graph or a node from 0 to {}", nodes - 1),
        };
        let node = by_key.ok_or_else(|| Bad::read(option, format!("\"{}\"", clip(name)), expected()))?;
        naming.by_key = true;
        Ok(node)
    }

    /// A node as JSON.
    pub fn node_json(&self, node: NodeId, naming: Naming) -> String {
        if naming.by_key { quoted(&self.keys[node.index()]) } else { node.to_string() }
    }

    /// Sets all balances from a CSV `chan,balance_a_sat`.
    pub fn read_balances(&mut self, path: &str) -> Result<(), Bad> {
        let input = Input::read(path)?;
        let names: BTreeMap<String, usize> =
            self.channels.iter().enumerate().map(|(i, name)| (name.plain(), i)).collect();
        let mut seen = vec![false; self.channels.len()];
        let mut table = Table::new(&input, &["chan", "balance_a_sat"], &[])?;
        while let Some(row) = table.row()? {
            let name = row.text("chan");
            let channel = names.get(name).copied().filter(|&i| !seen[i]).and_then(ChannelId::new);
            let channel =
                channel.ok_or_else(|| row.wrong("chan", "the name of a channel of the graph, each once"))?;
            seen[channel.index()] = true;
            let balance = Balance::Known(Msat::from(Sat(row.integer("balance_a_sat", 0, Sat::SUPPLY.0)?)));
            self.graph
                .set_balance(channel, balance)
                .map_err(|error| Bad::read(row.place(), error, "a balance up to the capacity"))?;
        }
        match seen.iter().position(|seen| !seen) {
            None => Ok(()),
            Some(i) => Err(Bad::read(
                &input.name,
                format!("no balance of channel {}", self.channels[i].plain()),
                "one row for every channel",
            )),
        }
    }
}

/// Collects records; with `lenient` leaves out and counts those that cannot be right.
pub struct Collect {
    builder: ChannelGraphBuilder,
    nodes: Vec<NodeId>,
    pub keys: Vec<String>,
    channels: Vec<ChannelName>,
    names: std::collections::BTreeSet<ChannelName>,
    lenient: bool,
    skipped: usize,
}

impl Collect {
    fn new(lenient: bool) -> Self {
        Self {
            builder: ChannelGraphBuilder::new(),
            nodes: Vec::new(),
            keys: Vec::new(),
            channels: Vec::new(),
            names: std::collections::BTreeSet::new(),
            lenient,
            skipped: 0,
        }
    }

    /// Takes a record, or the reason why it cannot be right.
    pub fn keep(&mut self, place: &str, record: Result<Record, Bad>) -> Result<(), Bad> {
        let result = record.and_then(|record| self.add(place, record));
        match result {
            Err(_) if self.lenient => {
                self.skipped += 1;
                Ok(())
            }
            result => result,
        }
    }

    fn add(&mut self, place: &str, record: Record) -> Result<(), Bad> {
        if self.names.contains(&record.name) {
            let read = format!("channel {} for the second time", record.name.plain());
            return Err(Bad::read(place, read, "each channel once"));
        }
        if record.ends[0] == record.ends[1] {
            let read = format!("node {} at both ends", record.ends[0]);
            return Err(Bad::read(place, read, "two different nodes"));
        }
        while self.nodes.len() <= record.ends[0].max(record.ends[1]) {
            let node = self.builder.add_node().map_err(|e| Bad::read(place, e, "fewer nodes"))?;
            self.nodes.push(node);
        }
        let [a, b] = record.ends.map(|i| self.nodes[i]);
        let mut channel = Channel::new(a, b, record.capacity);
        for (direction, policy) in Direction::BOTH.into_iter().zip(record.policies) {
            if let Some(policy) = policy {
                channel = channel.policy(direction, policy);
            }
        }
        self.builder.add_channel(channel).map_err(|e| Bad::read(place, e, "a channel that can exist"))?;
        self.names.insert(record.name.clone());
        self.channels.push(record.name);
        Ok(())
    }

    fn finish(mut self) -> Loaded {
        // Nodes without channels that a JSON dump lists.
        while self.nodes.len() < self.keys.len() {
            match self.builder.add_node() {
                Ok(node) => self.nodes.push(node),
                Err(_) => break,
            }
        }
        let Self { builder, keys, channels, skipped, .. } = self;
        Loaded { graph: builder.build(), keys, channels, skipped }
    }
}

/// One channel as a file tells it.
pub struct Record {
    pub name: ChannelName,
    pub ends: [usize; 2],
    pub capacity: Sat,
    pub policies: [Option<Policy>; 2],
}

const REQUIRED: [&str; 4] = ["chan", "node_a", "node_b", "capacity_sat"];
const TERMS: [[&str; 6]; 2] = [
    ["ab_enabled", "ab_base_fee_msat", "ab_fee_ppm", "ab_htlc_min_msat", "ab_htlc_max_msat", "ab_cltv_delta"],
    ["ba_enabled", "ba_base_fee_msat", "ba_fee_ppm", "ba_htlc_min_msat", "ba_htlc_max_msat", "ba_cltv_delta"],
];

fn read_csv(input: &Input, collect: &mut Collect) -> Result<(), Bad> {
    let mut table = Table::new(input, &REQUIRED, &TERMS.concat())?;
    let terms: Vec<bool> = TERMS.iter().map(|terms| terms.iter().any(|t| table.has(t))).collect();
    for (terms, _) in TERMS.iter().zip(&terms).filter(|(_, any)| **any) {
        table.require(terms)?;
    }
    // Nodes cost memory, so that their numbers must be in proportion to the file.
    let highest = 1_000_000 + 16 * table.rows() as u64;
    loop {
        let row = match table.row() {
            Ok(None) => return Ok(()),
            Ok(Some(row)) => row,
            Err(error) => {
                collect.keep("", Err(error))?;
                continue;
            }
        };
        let record = || -> Result<Record, Bad> {
            let node = |column| row.integer(column, 0, highest);
            let index = |column| usize::try_from(node(column)?).map_err(Bad::new);
            let mut policies = [None; 2];
            for ((policy, names), _) in policies.iter_mut().zip(&TERMS).zip(&terms).filter(|(_, any)| **any) {
                let small = |i: usize| {
                    row.integer(names[i], 0, u32::MAX.into()).map(|x| u32::try_from(x).unwrap_or(u32::MAX))
                };
                let amount = |i: usize| row.integer(names[i], 0, Msat::SUPPLY.0).map(Msat);
                *policy = Some(Policy {
                    enabled: row.integer(names[0], 0, 1)? == 1,
                    base_fee: amount(1)?,
                    ppm: small(2)?,
                    htlc_min: amount(3)?,
                    htlc_max: amount(4)?,
                    cltv_delta: small(5)?,
                });
            }
            Ok(Record {
                name: ChannelName::Number(row.integer("chan", 0, u64::MAX)?),
                ends: [index("node_a")?, index("node_b")?],
                capacity: Sat(row.integer("capacity_sat", 1, Sat::SUPPLY.0)?),
                policies,
            })
        };
        let record = record();
        collect.keep(&row.place(), record)?;
    }
}
