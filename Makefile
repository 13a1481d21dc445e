# SPDX-License-Identifier: Apache-2.0
## Carnet
##   make demo    install what is missing, build, and walk through a real release and six attacks
##   make test    install what is missing, build, and run every check and every test
##   make build   the command: .build/release/carnet
##   make lint    format, file lengths, scripts
##   make clean   remove all that was built, downloaded or installed here

SHELL := /bin/bash
CARNET := .build/release/carnet

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test build lint clean setup-demo setup-test unit scenarios

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

setup-demo:
	@.ci/setup demo

setup-test:
	@.ci/setup test

build:
	@swift build -c release --static-swift-stdlib --product carnet

demo: setup-demo build
	@Tests/Scenarios/tuf-release.sh $(CARNET)

lint: setup-test
	@.ci/checks format length scripts

unit:
	@.ci/checks layers
	@swift test --skip-build

# The scenario leaves its repository under .build/demo; the python tools then look at it.
scenarios:
	@.ci/checks repository
	@Tests/Scenarios/tuf-release.sh $(CARNET)
	@Tests/Scenarios/interop.sh $(CARNET)

test: lint unit build scenarios

clean:
	@rm -rf .build
