# SPDX-License-Identifier: Apache-2.0
## Carnet
##   make demo    install what is missing, build, and walk through a real release and eight attacks
##   make demo-index    the same with an index of packages: split roles, wheels that are looked into
##   make cluster the reference cluster of SeaweedFS, to try what object storage needs; Ctrl-C ends it
##   make test    install what is missing, build, and run every check and every test
##   make build   the command: .build/release/carnet, and carnet-helper, which must stand beside it
##   make dist    both as a tar file in dist/, named after its version
##   make bench   Carnet beside its peers and the floors on the same data: table, JSON and plots
##   make bench-quick           the same with small sizes, to see that all of it works
##   make bench-instructions    instructions of five hot paths against Bench/instructions.json
##   make hot-functions         Bench/hot-functions.txt anew, which `make build` links by
##   make fuzz    coverage-guided fuzzing of what reads untrusted bytes; FUZZ_SECONDS=600 for each target
##   make fuzz-short            its kept corpus and 5 seconds for each target
##   make lint    format, file lengths, scripts
##   make clean   remove all that was built, downloaded or installed here

SHELL := /bin/bash
CARNET := .build/release/carnet

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo demo-index cluster test build dist fuzz lint clean setup-demo setup-test debug unit servers walks docs scenarios \
	conformance fuzz-short setup-bench bench bench-quick bench-instructions hot-functions

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

setup-demo:
	@.ci/setup demo

setup-test:
	@.ci/setup test

setup-bench:
	@.ci/setup bench

# The compiler's own C++ libraries are linked in as well: to load them takes a millisecond of each
# start. Where there is no archive of the first it is loaded. Nothing looks up the program's own names.
# Each function has a section of its own, so that what nobody calls is left out, and what common
# commands run lies side by side: that takes a quarter of their memory away.
STATIC := .build/static
LINKED := -Xlinker -L$(STATIC) -Xswiftc -Xclang-linker -Xswiftc -static-libgcc \
	-Xlinker --no-export-dynamic -Xswiftc -Xfrontend -Xswiftc -function-sections -Xswiftc -use-ld=lld \
	-Xlinker --symbol-ordering-file=$(CURDIR)/Bench/hot-functions.txt -Xlinker --no-warn-symbol-ordering

build:
	@mkdir -p $(STATIC) && ln -sf "$$(gcc -print-file-name=libstdc++.a)" $(STATIC)/libstdc++.a
	@swift build -c release --static-swift-stdlib $(LINKED) --product carnet
	@swift build -c release --static-swift-stdlib $(LINKED) --product carnet-helper

# Names, owners and times are the same whoever builds it; the bytes of the command are the compiler's.
dist: build
	@set -e; version=$$($(CARNET) --version); name=carnet-$$version-linux-x86_64; \
	    rm -rf .build/dist && mkdir -p .build/dist/$$name dist; \
	    for program in carnet carnet-helper; do \
	        strip -o .build/dist/$$name/$$program .build/release/$$program; done; \
	    cp LICENSE README.md CHANGELOG.md .build/dist/$$name/; \
	    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C .build/dist -cf - $$name \
	        | gzip -9n > dist/$$name.tar.gz; \
	    echo dist/$$name.tar.gz

demo: setup-demo build
	@Tests/Scenarios/tuf-release.sh $(CARNET)

demo-index: setup-demo build
	@Tests/Scenarios/package-index.sh $(CARNET)
	@Tests/Scenarios/plain-index.sh $(CARNET)

cluster: setup-test
	@Tests/Scenarios/cluster.sh

lint: setup-test
	@.ci/checks format length scripts rules

# All tests and what they need. It fails where a target imports what it does not declare.
debug:
	@.ci/checks layers

# What `swift test` would start, without SwiftPM's lock: another build may be under way.
TESTS := .build/debug/carnetPackageTests.xctest --testing-library swift-testing

# The fast ones, side by side.
unit:
	@$(TESTS) --skip 'WalkTests|RegistryStorageTests|ObjectStorageTests|MirroringTests'

# One after the other, as each has servers of its own.
servers:
	@$(TESTS) --no-parallel --filter 'RegistryStorageTests|ObjectStorageTests|MirroringTests'

walks:
	@$(TESTS) --filter WalkTests

docs:
	@.ci/checks docs

# The scenarios leave their repositories under .build; the python tools then look at them.
scenarios:
	@.ci/checks repository
	@Tests/Scenarios/tuf-release.sh $(CARNET)
	@Tests/Scenarios/interop.sh $(CARNET)
	@Tests/Scenarios/package-index.sh $(CARNET)
	@Tests/Scenarios/plain-index.sh $(CARNET)
	@Tests/Scenarios/golang.sh $(CARNET)
	@.ci/checks example

conformance:
	@.build/venv/bin/python3 Tests/Scenarios/conformance/run.py --client "$(CARNET) conformance"
	@.build/venv/bin/python3 Tests/Scenarios/conformance/run.py --peer --differing

fuzz: setup-test
	@Tests/Fuzz/fuzz.sh $(or $(FUZZ_SECONDS),600)

# BENCH="--only w1 w2", BENCH=--million: what else Bench/run.py takes
bench: setup-bench build
	@.build/bench/venv/bin/python3 Bench/run.py $(BENCH)

bench-quick: setup-bench build
	@.build/bench/venv/bin/python3 Bench/run.py --quick

bench-instructions: setup-bench build
	@.build/bench/venv/bin/python3 Bench/instructions.py

# The next link goes by it, not the one that is there.
hot-functions: setup-bench build
	@.build/bench/venv/bin/python3 Bench/hot_functions.py

# The kept corpus and a few seconds of search for each target.
fuzz-short:
	@Tests/Fuzz/fuzz.sh 5

# The tests wait more than they work: what they do not need is compiled and run in that time.
test: lint debug
	@.ci/beside 'unit servers walks' 'docs build'
	@.ci/beside scenarios conformance

clean:
	@rm -rf .build
