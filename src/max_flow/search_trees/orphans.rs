//! Nodes that have lost their parent, and where they go.

use super::{ALOOF, NONE, Run, S, Scratch, T};
use crate::kernel::Room;
use crate::solve::SolveError;

#[allow(clippy::cast_possible_truncation)] // nodes and positions fit in u32 by the layout
impl<R: Room> Run<'_, '_, '_, '_, R> {
    /// Cuts a node off from its parent.
    pub(super) fn orphan(&mut self, node: usize) {
        let Scratch { level, links, orphans, waiting, .. } = &mut *self.scratch;
        let at = level[node].unsigned_abs() as usize;
        if orphans.len() <= at {
            orphans.resize(at + 1, NONE);
        }
        links[node].parent = NONE;
        links[node].next = core::mem::replace(&mut orphans[at], node as u32);
        *waiting =
            if waiting.0 >= waiting.1 { (at, at + 1) } else { (waiting.0.min(at), waiting.1.max(at + 1)) };
    }

    /// Finds a place for every orphan, lowest level first; `growing` is the forest whose pass it is.
    pub(super) fn adopt(&mut self, growing: bool) -> Result<(), SolveError> {
        while self.scratch.waiting.0 < self.scratch.waiting.1 {
            let at = self.scratch.waiting.0;
            let node = self.scratch.orphans[at];
            if self.overgrown() {
                return Ok(());
            }
            if node == NONE {
                self.scratch.waiting.0 += 1;
                continue;
            }
            let node = node as usize;
            self.scratch.orphans[at] = self.scratch.links[node].next;
            if self.scratch.level[node] > 0 {
                self.place::<S>(node, growing == S)?;
            } else {
                self.place::<T>(node, growing == T)?;
            }
        }
        Ok(())
    }

    /// A new parent for an orphan, at its level, or higher, or none.
    fn place<const SIDE: bool>(&mut self, node: usize, growing: bool) -> Result<(), SolveError> {
        let arcs = self.pairs.out(node);
        let records = self.pairs.records();
        let level = self.level::<SIDE>(node);
        if level > 1 {
            let begin = self.scratch.links[node].current as usize;
            for (arc, &[head, mate]) in (begin..arcs.end).zip(&records[begin..arcs.end]) {
                let over = if SIDE { mate as usize } else { arc };
                if self.level::<SIDE>(head as usize) == level - 1 && self.residual[over].is_open() {
                    let links = &mut self.scratch.links[node];
                    (links.parent, links.current) = (arc as u32, arc as u32);
                    self.scratch.work += (arc - begin) as u64 + 1;
                    return self.meter.tick((arc - begin) as u64 + 1);
                }
            }
        }
        let last = self.side::<SIDE>().depth + i32::from(growing);
        if level >= last {
            // Everybody below is at least as high, and there are no children.
            self.scratch.level[node] = 0;
            return self.meter.tick(1);
        }
        self.scratch.work += 2 * arcs.len() as u64 + 1;
        self.meter.tick(2 * arcs.len() as u64 + 1)?;
        let (mut lowest, mut parent) = (ALOOF, NONE);
        for (arc, &[head, mate]) in arcs.clone().zip(&records[arcs]) {
            let found = self.level::<SIDE>(head as usize);
            if found <= 0 {
                continue;
            }
            if self.scratch.links[head as usize].parent == mate {
                self.orphan(head as usize);
            }
            let over = if SIDE { mate as usize } else { arc };
            if found < lowest && self.residual[over].is_open() {
                (lowest, parent) = (found, arc as u32);
            }
        }
        let depth = self.side::<SIDE>().depth;
        let links = &mut self.scratch.links[node];
        if lowest >= last {
            self.scratch.level[node] = 0;
            return Ok(());
        }
        (links.parent, links.current) = (parent, parent);
        self.scratch.level[node] = if SIDE { lowest + 1 } else { -lowest - 1 };
        let side = self.side::<SIDE>();
        if lowest + 1 == depth {
            side.layer.push(node as u32);
        } else if lowest == depth {
            side.next.push(node as u32);
        }
        Ok(())
    }
}
