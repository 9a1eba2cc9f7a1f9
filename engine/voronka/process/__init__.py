"""The pure heart: `decide` what happens next, as events; `evolve` events into state. No I/O, no clock, no randomness."""
