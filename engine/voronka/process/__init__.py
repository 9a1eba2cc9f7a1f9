"""The pure heart: `decide` what happens next, as events, and `evolve` events into state."""
