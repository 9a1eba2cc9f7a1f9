# Aliases for dev.py: `make test`, `make bench ARGS=timers`.
PYTHON ?= python3

.PHONY: demo test messages lock bench docs
demo test messages lock bench docs:
	@$(PYTHON) dev.py $@ $(ARGS)
