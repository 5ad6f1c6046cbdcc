# qsim: targets for people and for CI. `make demo` and `make test` need Go, make
# and git, and nothing else.

GO       ?= go
BIN      := bin
PREFIX   ?= /usr/local
FUZZTIME ?= 60s
SOAK     ?= 3m
LINT     := $(BIN)/golangci-lint
LINT_VERSION := v2.15.0

BENCHED  := ./atengine ./emulator ./port ./scenarios/fault ./tlsstack/...

# The race detector needs a C compiler on Linux. Without one the tests still run.
CC   ?= cc
RACE := $(shell command -v $(CC) >/dev/null 2>&1 && echo -race)

.PHONY: demo demo-faults test race interop fuzz bench bench-go soak lint generate check-generated build install clean

# Without C the binary is static: it runs on any Linux, and starts faster.
build: ## the qsim binary, in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -o $(BIN)/qsim ./cmd/qsim

demo: build ## chapter 3 of the manual, on a real PTY, against the lab
	$(BIN)/qsim demo

demo-faults: build ## two sample hosts against every bundled scenario: one survives, one does not
	$(GO) build -trimpath -o $(BIN)/ ./examples/...
	@echo "== examples/robust: all of it must pass"
	$(BIN)/qsim matrix --lab --scenarios codes,field --jobs 8 --artifacts $(BIN)/faults-robust -- $(BIN)/robust -ca lab/pki/ca.pem
	$(BIN)/qsim matrix --lab --scenarios sockets --jobs 8 --artifacts $(BIN)/faults-robust-sockets -- $(BIN)/robust -service tcp
	@echo "== examples/naive: what an ordinary driver makes of the same"
	@if $(BIN)/qsim matrix --lab --scenarios codes,field --jobs 24 --timeout 20s --artifacts $(BIN)/faults-naive -- $(BIN)/naive -ca lab/pki/ca.pem; \
	then echo "the naive host passed: the scenarios do not bite" >&2; exit 1; fi
	@if $(BIN)/qsim matrix --lab --scenarios sockets --jobs 24 --timeout 20s --artifacts $(BIN)/faults-naive-sockets -- $(BIN)/naive -tcp; \
	then echo "the naive host passed: the scenarios of sockets do not bite" >&2; exit 1; fi
	@echo "the reports are $(BIN)/faults-*/report.html"

test: ## everything a newcomer needs to trust a change, race detector included
	@$(if $(RACE),:,echo "no C compiler: the tests run without the race detector")
	$(GO) vet ./...
	$(GO) test $(RACE) -timeout 5m ./...
	@# The race detector makes 100 MiB take minutes: there a host writes one.
	$(if $(RACE),$(GO) test -timeout 5m -run Torrent ./emulator)

race: test ## the same: the tests always run under the race detector

interop: ## TLS against JSSE, OpenSSL, GnuTLS and NSS, and host programs against the device; a missing one is a failure
	$(GO) test -tags interop -timeout 15m ./tlsstack/interop -table ../../docs/tls.md
	$(GO) test -tags interop -timeout 15m -count 1 ./cmd/qsim/interop

# Go's fuzzer now and then takes the end of its time for a failure (golang/go#75804):
# that alone, with no failing input and no panic, is none.
fuzz: ## each fuzz target for FUZZTIME (default 60s, with some 30 targets half an hour in all)
	@mkdir -p $(BIN); for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    printf '%s: ' "$$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg >$(BIN)/fuzz.log 2>&1 || \
	      { grep -q '^ *context deadline exceeded$$' $(BIN)/fuzz.log && ! grep -q -e 'Failing input' -e 'panic' $(BIN)/fuzz.log; } || \
	      { echo "fails ($$pkg)"; cat $(BIN)/fuzz.log; exit 1; }; \
	    grep -o 'elapsed: .*' $(BIN)/fuzz.log | tail -n 1; \
	  done; \
	done

soak: ## many modems under good and bad hosts for SOAK (default 3m), and nothing may be left of it
	$(GO) test $(RACE) -tags soak -timeout 0 -count 1 -v ./cmd/qsim/soak -args -for $(SOAK)

bench: build ## qsim against bare loops, as ratios, into docs/performance.md
	$(GO) run ./bench -qsim $(BIN)/qsim -out docs/performance.md

bench-go: ## Go benchmarks of the hot paths, for benchstat; some minutes
	$(GO) test -run '^$$' -bench . -benchtime 200ms -count 6 -timeout 20m $(BENCHED)

lint: $(LINT) ## formatting, vet and static analysis; other platforms too
	$(LINT) run --build-tags interop,soak ./...
	GOOS=darwin GOARCH=arm64 $(GO) vet ./...
	GOOS=linux GOARCH=arm64 $(GO) build ./...

$(LINT):
	GOBIN=$(abspath $(BIN)) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

generate: ## the documents that come from the code, and the lab's certificates
	$(GO) generate ./...

check-generated: generate ## fails when a generated document differs from the code
	git diff --exit-code -- docs lab/pki scenarios/schema control/openapi.json

install: build ## bin/qsim to PREFIX/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install $(BIN)/qsim $(DESTDIR)$(PREFIX)/bin/qsim

clean:
	rm -rf $(BIN)
