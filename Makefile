# SPDX-License-Identifier: Apache-2.0
## Carnet
##   make demo    install what is missing, build, and walk through a real release and eight attacks
##   make demo-index    the same with an index of packages: split roles, wheels that are looked into
##   make cluster the reference cluster of SeaweedFS, to try what object storage needs; Ctrl-C ends it
##   make test    install what is missing, build, and run every check and every test
##   make build   the command: .build/release/carnet, and carnet-helper, which must stand beside it
##   make dist    both as a tar file in dist/, named after its version
##   make fuzz    coverage-guided fuzzing of what reads untrusted bytes; FUZZ_SECONDS=600 for each target
##   make lint    format, file lengths, scripts
##   make clean   remove all that was built, downloaded or installed here

SHELL := /bin/bash
CARNET := .build/release/carnet

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo demo-index cluster test build dist fuzz lint clean setup-demo setup-test unit scenarios fuzz-short

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

setup-demo:
	@.ci/setup demo

setup-test:
	@.ci/setup test

build:
	@swift build -c release --static-swift-stdlib --product carnet
	@swift build -c release --static-swift-stdlib --product carnet-helper

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

unit:
	@.ci/checks layers docs
	@swift test --skip-build --skip 'WalkTests|RegistryStorageTests|ObjectStorageTests|MirroringTests'
	@swift test --skip-build --no-parallel \
		--filter 'RegistryStorageTests|ObjectStorageTests|MirroringTests'
	@swift test --skip-build --filter WalkTests

# The scenarios leave their repositories under .build; the python tools then look at them.
scenarios:
	@.ci/checks repository
	@Tests/Scenarios/tuf-release.sh $(CARNET)
	@Tests/Scenarios/interop.sh $(CARNET)
	@Tests/Scenarios/package-index.sh $(CARNET)
	@Tests/Scenarios/plain-index.sh $(CARNET)
	@Tests/Scenarios/golang.sh $(CARNET)
	@.ci/checks example
	@.build/venv/bin/python3 Tests/Scenarios/conformance/run.py --client "$(CARNET) conformance"
	@.build/venv/bin/python3 Tests/Scenarios/conformance/run.py --peer --differing

fuzz: setup-test
	@Tests/Fuzz/fuzz.sh $(or $(FUZZ_SECONDS),600)

# The kept corpus and a few seconds of search for each target.
fuzz-short:
	@Tests/Fuzz/fuzz.sh 5

test: lint unit fuzz-short build scenarios

clean:
	@rm -rf .build
