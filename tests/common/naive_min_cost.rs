//! Minimum-cost flow by a method too simple to be wrong.
