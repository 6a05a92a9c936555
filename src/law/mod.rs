//! Laws: how likely each balance of a channel is, for one who does not see it.
