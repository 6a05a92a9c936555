//! Cases of networks whose balances are not seen.

use feasible::law::Interval;
use feasible::reliability::{UncertainChannel, UncertainNetwork};
use feasible::{NodeId, id::MAX_IDS};

use super::exit::Bad;
use super::json::{Document, Json};

/// A network of channels with uniform balances, and who pays whom.
pub struct Case {
    nodes: usize,
    channels: Vec<UncertainChannel<'static>>,
    pub from: NodeId,
    pub to: NodeId,
}

/// Whether a text is a case and not a graph.
pub fn is_case(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| {
            value.get("kind").is_some() || (value.get("s").is_some() && value.get("t").is_some())
        })
}

impl Case {
    pub fn read(document: &Document) -> Result<Self, Bad> {
        let root = document.root();
        let kind = root.field("kind")?;
        let bounded = match kind.text()? {
            "channels" => false,
            "channels-bounds" => true,
            _ => return Err(kind.wrong("\"channels\" or \"channels-bounds\"")),
        };
        let nodes = root.field("nodes")?.index(MAX_IDS)?;
        let node = |json: &Json<'_, '_>| {
            let index = json.index(nodes.saturating_sub(1))?;
            NodeId::new(index).filter(|_| nodes > 0).ok_or_else(|| json.wrong("a node"))
        };
        let mut channels = Vec::new();
        for row in root.field("channels")?.items()? {
            let fields: Vec<_> = row.items()?.collect();
            let expected = if bounded { "[u, v, capacity, lo, hi]" } else { "[u, v, capacity]" };
            let channel = match (&fields[..], bounded) {
                ([a, b, capacity], false) => {
                    UncertainChannel::new(node(a)?, node(b)?, capacity.integer(u64::MAX >> 2)?)
                }
                ([a, b, capacity, lo, hi], true) => {
                    let most = capacity.integer(u64::MAX >> 2)?;
                    let (low, high) = (lo.integer(most)?, hi.integer(most)?);
                    let within = Interval::new(low, high)
                        .ok_or_else(|| hi.wrong(format!("an integer from {low} to {most}")))?;
                    UncertainChannel::new(node(a)?, node(b)?, most).within(within)
                }
                _ => return Err(row.wrong(expected)),
            };
            channels.push(channel);
        }
        let (from, to) = (node(&root.field("s")?)?, node(&root.field("t")?)?);
        if from == to {
            return Err(root.field("t")?.wrong("another node than s"));
        }
        Ok(Self { nodes, channels, from, to })
    }

    pub fn network(&self) -> Result<UncertainNetwork<'static>, Bad> {
        UncertainNetwork::new(self.nodes, self.channels.iter().copied()).map_err(Bad::new)
    }
}
