//! The most reliable and cheapest way to pay.
