//! The two JSON dumps of channel graphs.

use std::collections::BTreeMap;

use feasible::liquidity::Policy;
use feasible::{Msat, Sat};

use super::exit::Bad;
use super::graph::{ChannelName, Collect, Record};
use super::json::{Document, Json};

type Nodes = BTreeMap<String, usize>;

/// Reads either dump, told apart by its fields.
pub fn read(document: &Document, collect: &mut Collect) -> Result<(), Bad> {
    let root = document.root();
    if root.maybe("edges")?.is_some() {
        return describegraph(&root, collect);
    }
    match root.maybe("channels")? {
        Some(channels) => listchannels(&channels, collect),
        None => Err(root.bad("neither \"edges\" nor \"channels\"", "a describegraph or listchannels dump")),
    }
}

fn describegraph(root: &Json<'_, '_>, collect: &mut Collect) -> Result<(), Bad> {
    let mut nodes = Nodes::new();
    for node in root.field("nodes")?.items()? {
        let key = node.field("pub_key")?.text()?;
        if nodes.insert(key.to_owned(), collect.keys.len()).is_some() {
            return Err(node.bad(format!("node {key} for the second time"), "each node once"));
        }
        collect.keys.push(key.to_owned());
    }
    for edge in root.field("edges")?.items()? {
        let record = lnd_edge(&edge, &nodes);
        collect.keep(&edge.to_string(), record)?;
    }
    Ok(())
}

fn lnd_edge(edge: &Json<'_, '_>, nodes: &Nodes) -> Result<Record, Bad> {
    let end = |name| -> Result<usize, Bad> {
        let field = edge.field(name)?;
        nodes.get(field.text()?).copied().ok_or_else(|| field.wrong("the key of a node in \"nodes\""))
    };
    let id = edge.field("channel_id")?;
    let name = match id.value().as_str() {
        Some(text) => text.to_owned(),
        None => id.integer(u64::MAX)?.to_string(),
    };
    let policy = |name| edge.maybe(name)?.map(|policy| lnd_policy(&policy)).transpose();
    Ok(Record {
        name: ChannelName::Text(name),
        ends: [end("node1_pub")?, end("node2_pub")?],
        capacity: Sat(edge.field("capacity")?.digits(Sat::SUPPLY.0)?),
        policies: [policy("node1_policy")?, policy("node2_policy")?],
    })
}

fn lnd_policy(policy: &Json<'_, '_>) -> Result<Policy, Bad> {
    let number = |name| policy.maybe(name)?.map_or(Ok(0), |field| field.digits(Msat::SUPPLY.0));
    let limit = match policy.maybe("max_htlc_msat")? {
        // Not announced: 0 in these dumps.
        Some(field) => Some(field.digits(u64::MAX)?).filter(|&max| max > 0),
        None => None,
    };
    Ok(Policy {
        enabled: !policy.maybe("disabled")?.map_or(Ok(false), |field| field.flag())?,
        base_fee: Msat(number("fee_base_msat")?),
        ppm: u32::try_from(number("fee_rate_milli_msat")?)
            .map_err(|_| policy.wrong("a fee rate below 2^32"))?,
        htlc_min: Msat(number("min_htlc")?),
        htlc_max: limit.map_or(Msat::SUPPLY, Msat),
        cltv_delta: u32::try_from(number("time_lock_delta")?)
            .map_err(|_| policy.wrong("a time lock delta below 2^32"))?,
    })
}

/// Both records of a channel, before they are put together.
struct Half {
    record: Record,
    place: String,
}

fn listchannels(channels: &Json<'_, '_>, collect: &mut Collect) -> Result<(), Bad> {
    let mut nodes = Nodes::new();
    let mut order: Vec<Half> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for item in channels.items()? {
        match cln_record(&item, &mut nodes, &mut collect.keys) {
            Err(error) => collect.keep("", Err(error))?,
            Ok(record) => {
                let slot = known.get(&record.name.plain()).copied();
                match slot {
                    None => {
                        known.insert(record.name.plain(), order.len());
                        order.push(Half { record, place: item.to_string() });
                    }
                    Some(slot) => {
                        if let Err(error) = join(&item, &mut order[slot].record, record) {
                            collect.keep("", Err(error))?;
                        }
                    }
                }
            }
        }
    }
    order.into_iter().try_for_each(|half| collect.keep(&half.place, Ok(half.record)))
}

/// Adds the second direction of a channel to the first.
fn join(item: &Json<'_, '_>, first: &mut Record, second: Record) -> Result<(), Bad> {
    let fits = first.ends == second.ends && first.capacity == second.capacity;
    let Some((slot, policy)) = first
        .policies
        .iter_mut()
        .zip(second.policies)
        .find_map(|(slot, policy)| policy.map(|policy| (slot, policy)))
        .filter(|(slot, _)| fits && slot.is_none())
    else {
        let read = format!("another record of channel {}", first.name.plain());
        return Err(item.bad(read, "one record per direction, with the same ends and amount"));
    };
    *slot = Some(policy);
    Ok(())
}

fn cln_record(item: &Json<'_, '_>, nodes: &mut Nodes, keys: &mut Vec<String>) -> Result<Record, Bad> {
    let (source, destination) = (item.field("source")?.text()?, item.field("destination")?.text()?);
    let amount = |name| -> Result<u64, Bad> { msat(&item.field(name)?) };
    let small = |name| -> Result<u32, Bad> {
        let number = item.maybe(name)?.map_or(Ok(0), |field| field.integer(u32::MAX.into()))?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    };
    let policy = Policy {
        enabled: item.maybe("active")?.map_or(Ok(true), |field| field.flag())?,
        base_fee: Msat(small("base_fee_millisatoshi")?.into()),
        ppm: small("fee_per_millionth")?,
        htlc_min: Msat(item.maybe("htlc_minimum_msat")?.map_or(Ok(0), |field| msat(&field))?),
        htlc_max: Msat(item.maybe("htlc_maximum_msat")?.map_or(Ok(Msat::SUPPLY.0), |field| msat(&field))?),
        cltv_delta: small("delay")?,
    };
    let capacity = amount("amount_msat")?;
    if capacity % 1000 != 0 {
        return Err(item.field("amount_msat")?.wrong("a capacity of whole satoshi"));
    }
    let name = ChannelName::Text(item.field("short_channel_id")?.text()?.to_owned());
    let mut index = |key: &str| {
        *nodes.entry(key.to_owned()).or_insert_with(|| {
            keys.push(key.to_owned());
            keys.len() - 1
        })
    };
    // Party a is the one with the smaller key, as in the protocol.
    let forward = source <= destination;
    let ends = [index(source.min(destination)), index(source.max(destination))];
    let policies = if forward { [Some(policy), None] } else { [None, Some(policy)] };
    Ok(Record { name, ends, capacity: Sat(capacity / 1000), policies })
}

/// Millisatoshi as a number, or as a text that older versions end in "msat".
fn msat(field: &Json<'_, '_>) -> Result<u64, Bad> {
    match field.value().as_str() {
        None => field.integer(u64::MAX),
        Some(text) => {
            text.strip_suffix("msat").unwrap_or(text).parse().map_err(|_| field.wrong("an amount in msat"))
        }
    }
}
