"""The profit model at work: what each parameter is worth."""
