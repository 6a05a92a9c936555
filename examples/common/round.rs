//! Reading `round-reconf/1` instances and writing `round-reconf-sol/1` solutions.

use feasible::round::{
    Anchor, Changes, Channel, Demand, Money, Prices, Round, RoundBuilder, RoundError, Rules, Touch,
};
use feasible::{CandidateId, ChannelId, DemandId, NodeId, Sat};

use super::exit::Bad;
use super::input::Input;
use super::json::{Document, Json, Object, array};

const FORMAT: &str = "round-reconf/1";

/// A round with its name.
pub struct Instance {
    pub name: String,
    pub round: Round,
}

impl Instance {
    /// Reads a file (`-` for standard input).
    pub fn read(path: &str) -> Result<Self, Bad> {
        let document = Document::parse(&Input::read(path)?)?;
        let root = document.root();
        if let Some(format) = root.maybe("format")? {
            if format.text()? != FORMAT {
                return Err(format.wrong(format!("\"{FORMAT}\"")));
            }
        }
        if let Some(units) = root.maybe("units")? {
            if units.text()? != "sat" {
                return Err(units.wrong("\"sat\""));
            }
        }
        let name = match root.maybe("name")? {
            Some(name) => name.text()?.to_owned(),
            None => path.to_owned(),
        };
        let mut b = RoundBuilder::new();
        for (i, node) in root.field("nodes")?.items()?.enumerate() {
            numbered(&node, i)?;
            let free = sat(&node.field("free")?)?;
            let added = if node.field("participant")?.flag()? {
                b.add_participant(free)
            } else if free == Sat::ZERO {
                b.add_bystander()
            } else {
                return Err(node.field("free")?.wrong("0 for a node that does not take part"));
            };
            added.map_err(|error| node.bad("it", error))?;
        }
        for (i, channel) in root.field("channels")?.items()?.enumerate() {
            numbered(&channel, i)?;
            b.add_channel(read_channel(&channel)?).map_err(|error| refused(&channel, error))?;
        }
        for (i, candidate) in root.field("candidates")?.items()?.enumerate() {
            numbered(&candidate, i)?;
            let (u, v) = (node(&candidate.field("u")?)?, node(&candidate.field("v")?)?);
            b.add_candidate(u, v).map_err(|error| refused(&candidate, error))?;
        }
        for (i, demand) in root.field("demands")?.items()?.enumerate() {
            numbered(&demand, i)?;
            b.add_demand(read_demand(&demand)?).map_err(|error| refused(&demand, error))?;
        }
        let params = root.field("params")?;
        let round = b.build(read_rules(&params)?).map_err(|error| refused(&params, error))?;
        Ok(Self { name, round })
    }
}

/// What the library refuses, with the place of the record.
fn refused(place: &Json<'_, '_>, error: RoundError) -> Bad {
    Bad::new(format!("{place}: {error}"))
}

/// Ids count up from 0.
fn numbered(record: &Json<'_, '_>, expected: usize) -> Result<(), Bad> {
    let id = record.field("id")?;
    if id.integer(u64::MAX)? == expected as u64 { Ok(()) } else { Err(id.wrong(expected)) }
}

fn node(json: &Json<'_, '_>) -> Result<NodeId, Bad> {
    NodeId::new(json.index(usize::MAX >> 1)?).ok_or_else(|| json.wrong("the id of a node"))
}

fn sat(json: &Json<'_, '_>) -> Result<Sat, Bad> {
    json.integer(Sat::SUPPLY.0).map(Sat)
}

/// A limit, which may be larger than all the money there is.
fn limit(json: &Json<'_, '_>) -> Result<Sat, Bad> {
    json.integer(i64::MAX.unsigned_abs()).map(Sat)
}

fn read_channel(json: &Json<'_, '_>) -> Result<Channel, Bad> {
    let kind = json.field("kind")?;
    let anchor = match kind.text()? {
        "onchain" => Anchor::OnChain,
        "ark" => {
            let blocks = json.field("remaining_blocks")?.integer(u64::from(u32::MAX))?;
            Anchor::Vtxo { remaining_blocks: u32::try_from(blocks).unwrap_or(u32::MAX) }
        }
        _ => return Err(kind.wrong("\"ark\" or \"onchain\"")),
    };
    Ok(Channel {
        u: node(&json.field("u")?)?,
        v: node(&json.field("v")?)?,
        balance_u: sat(&json.field("bal_u")?)?,
        balance_v: sat(&json.field("bal_v")?)?,
        anchor,
        reshapable: json.field("reshapable")?.flag()?,
    })
}

fn read_demand(json: &Json<'_, '_>) -> Result<Demand, Bad> {
    Ok(Demand {
        sender: node(&json.field("s")?)?,
        receiver: node(&json.field("t")?)?,
        amount: sat(&json.field("amount")?)?,
        weight: json.field("weight")?.integer(i64::MAX.unsigned_abs())?,
    })
}

fn read_rules(json: &Json<'_, '_>) -> Result<Rules, Bad> {
    let or_nothing = |name: &str| json.maybe(name)?.map_or(Ok(Sat::ZERO), |value| sat(&value));
    let most = json.field("k_max")?.integer(i64::MAX.unsigned_abs())?;
    Ok(Rules {
        max_touches: u32::try_from(most).unwrap_or(u32::MAX),
        capacity_min: limit(&json.field("cap_min")?)?,
        capacity_max: limit(&json.field("cap_max")?)?,
        reserve: or_nothing("reserve")?,
        touch_fee: or_nothing("touch_fee")?,
        front_budget: limit(&json.field("front_budget")?)?,
        server: node(&json.field("asp_node")?)?,
        prices: read_prices(json)?,
    })
}

fn read_prices(json: &Json<'_, '_>) -> Result<Option<Prices>, Bad> {
    let Some(budget) = json.maybe("cost_budget")? else { return Ok(None) };
    let mut prices = Prices::with_budget(limit(&budget)?);
    if let Some(base) = json.maybe("cost_base")? {
        prices.base = sat(&base)?;
    }
    if let Some(feerate) = json.maybe("feerate")? {
        prices.feerate = sat(&feerate)?;
    }
    if let Some(table) = json.maybe("cost_table")? {
        prices.table.clear();
        for row in table.items()? {
            let cells: Vec<u64> =
                row.items()?.map(|cell| cell.integer(u64::from(u32::MAX))).collect::<Result<_, _>>()?;
            let [blocks, ppm] = cells[..] else { return Err(row.wrong("[blocks, ppm]")) };
            prices.table.push((u32::try_from(blocks).unwrap_or(u32::MAX), ppm));
        }
    }
    Ok(Some(prices))
}

/// `["ch", id]` or `["new", id]`.
pub fn reference(touch: Touch) -> String {
    match touch {
        Touch::Existing(id) => format!("[\"ch\",{}]", ChannelId::index(id)),
        Touch::New(id) => format!("[\"new\",{}]", CandidateId::index(id)),
    }
}

/// The lists of a solution, with room for more fields.
pub fn solution(changes: &Changes, feasible: impl Iterator<Item = DemandId>) -> Object {
    let touched = changes.touched.iter().map(|reshape| {
        Object::new()
            .put("ref", reference(reshape.channel))
            .put("bal_u", reshape.balance_u.0)
            .put("bal_v", reshape.balance_v.0)
            .to_string()
    });
    let money = |list: &[Money]| {
        array(list.iter().map(|m| Object::new().put("node", m.node).put("amount", m.amount.0).to_string()))
    };
    Object::new()
        .text("format", "round-reconf-sol/1")
        .list("touched", touched)
        .put("used_free", money(&changes.used_free))
        .put("change", money(&changes.change))
        .list("feasible", feasible)
}
