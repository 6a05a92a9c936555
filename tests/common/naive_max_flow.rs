//! Maximum flow by a method too simple to be wrong.
