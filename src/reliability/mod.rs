//! How likely a path, a flow, or a payment at all is when remote balances are uncertain.
