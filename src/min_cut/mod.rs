//! min_cut
