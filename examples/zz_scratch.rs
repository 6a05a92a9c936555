#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::cast_possible_truncation
)]
use feasible::round::*;
use feasible::*;
fn main() {
    let effort = match std::env::args().nth(1).unwrap().as_str() {
        "quick" => Effort::Quick,
        "normal" => Effort::Normal,
        _ => Effort::Prove,
    };
    let seed: u64 = std::env::args().nth(2).unwrap().parse().unwrap();
    for f in std::env::args().skip(3) {
        let v: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&f).unwrap()).unwrap();
        let mut b = RoundBuilder::new();
        let u = |x: &serde_json::Value| x.as_u64().unwrap();
        for n in v["nodes"].as_array().unwrap() {
            if n["participant"].as_bool().unwrap() {
                b.add_participant(Sat(u(&n["free"]))).unwrap();
            } else {
                b.add_bystander().unwrap();
            }
        }
        let id = |x: &serde_json::Value| NodeId::new(x.as_u64().unwrap() as usize).unwrap();
        for c in v["channels"].as_array().unwrap() {
            b.add_channel(Channel {
                u: id(&c["u"]),
                v: id(&c["v"]),
                balance_u: Sat(u(&c["bal_u"])),
                balance_v: Sat(u(&c["bal_v"])),
                anchor: if c["kind"] == "ark" {
                    Anchor::Vtxo { remaining_blocks: u(&c["remaining_blocks"]) as u32 }
                } else {
                    Anchor::OnChain
                },
                reshapable: c["reshapable"].as_bool().unwrap(),
            })
            .unwrap();
        }
        for c in v["candidates"].as_array().unwrap() {
            b.add_candidate(id(&c["u"]), id(&c["v"])).unwrap();
        }
        for d in v["demands"].as_array().unwrap() {
            b.add_demand(Demand {
                sender: id(&d["s"]),
                receiver: id(&d["t"]),
                amount: Sat(u(&d["amount"])),
                weight: u(&d["weight"]),
            })
            .unwrap();
        }
        let p = &v["params"];
        let opt = |k: &str| p.get(k).map_or(0, |x| u(x));
        let round = b
            .build(Rules {
                max_touches: u(&p["k_max"]) as u32,
                capacity_min: Sat(u(&p["cap_min"])),
                capacity_max: Sat(u(&p["cap_max"])),
                reserve: Sat(opt("reserve")),
                touch_fee: Sat(opt("touch_fee")),
                front_budget: Sat(u(&p["front_budget"])),
                server: id(&p["asp_node"]),
                prices: None,
            })
            .unwrap();
        let t = std::time::Instant::now();
        let plan = RoundPlanner::new().effort(effort).seed(seed).plan(&round).unwrap();
        println!(
            "{} obj {} bound {} touches {} it {} {:.3}s",
            v["name"],
            plan.objective(),
            plan.bound().value,
            plan.changes().touched.len(),
            plan.iterations(),
            t.elapsed().as_secs_f64()
        );
    }
}
