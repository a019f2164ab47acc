//! Blocks: groups of cells of a finite space that share a value, so that a person can read them.

use std::collections::BTreeMap;

/// A product of sets of coordinates whose cells all have the same value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block<const D: usize, V> {
    /// The coordinates in each dimension, ascending.
    pub sides: [Vec<usize>; D],
    pub value: V,
}

/// Groups cells into disjoint blocks that cover exactly the given cells.
///
/// The function joins along the last dimension first, so that the first dimensions stay apart
/// longest. It is greedy: it returns few blocks, but not always the fewest.
pub(crate) fn blocks<const D: usize, V: Ord>(
    cells: impl IntoIterator<Item = ([usize; D], V)>,
) -> Vec<Block<D, V>> {
    let mut blocks: Vec<_> = cells
        .into_iter()
        .map(|(cell, value)| Block { sides: cell.map(|coordinate| vec![coordinate]), value })
        .collect();
    loop {
        let before = blocks.len();
        for dimension in (0..D).rev() {
            blocks = join(blocks, dimension);
        }
        if blocks.len() == before {
            return blocks;
        }
    }
}

/// Returns the blocks, after joining those that differ in one dimension only.
fn join<const D: usize, V: Ord>(blocks: Vec<Block<D, V>>, dimension: usize) -> Vec<Block<D, V>> {
    let mut joined: BTreeMap<([Vec<usize>; D], V), Vec<usize>> = BTreeMap::new();
    for Block { mut sides, value } in blocks {
        let along = sides.get_mut(dimension).map(std::mem::take).unwrap_or_default();
        joined.entry((sides, value)).or_default().extend(along);
    }
    let block = |((mut sides, value), mut along): (([Vec<usize>; D], V), Vec<usize>)| {
        along.sort_unstable();
        if let Some(side) = sides.get_mut(dimension) {
            *side = along;
        }
        Block { sides, value }
    };
    let mut blocks: Vec<_> = joined.into_iter().map(block).collect();
    blocks.sort_by(|a, b| a.sides.cmp(&b.sides));
    blocks
}

/// Returns every cell of a space with dimensions of these sizes. The last coordinate varies
/// fastest.
pub(crate) fn cells<const D: usize>(sizes: [usize; D]) -> impl Iterator<Item = [usize; D]> {
    let count = sizes.iter().copied().fold(1_usize, usize::saturating_mul);
    (0..count).map(move |number| {
        let mut rest = number;
        let mut cell = sizes;
        for coordinate in cell.iter_mut().rev() {
            // No size is 0 here: such a space has no cells.
            let size = (*coordinate).max(1);
            *coordinate = rest.checked_rem(size).unwrap_or(0);
            rest = rest.checked_div(size).unwrap_or(0);
        }
        cell
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{blocks, cells};

    #[test]
    fn blocks_cover_each_cell_once_with_its_value() {
        // Every colouring of a 2 x 3 x 2 space in two colours.
        for colouring in 0_u32..(1 << 12) {
            let colour = |number: usize| (colouring >> number) & 1;
            let coloured: BTreeMap<[usize; 3], u32> =
                cells([2, 3, 2]).enumerate().map(|(n, cell)| (cell, colour(n))).collect();
            let mut found = BTreeMap::new();
            for block in blocks(coloured.clone()) {
                for x in &block.sides[0] {
                    for y in &block.sides[1] {
                        for z in &block.sides[2] {
                            assert_eq!(found.insert([*x, *y, *z], block.value), None, "twice");
                        }
                    }
                }
            }
            assert_eq!(found, coloured);
        }
    }

    #[test]
    fn one_colour_is_one_block_and_no_cell_is_none() {
        assert_eq!(blocks(cells([4, 3, 2]).map(|cell| (cell, ()))).len(), 1);
        assert_eq!(blocks(cells([4, 0, 2]).map(|cell| (cell, ()))).len(), 0);
    }
}
