# Segue's commands. `make demo` and `make test` install what is missing, so that they work on a fresh Debian 12
# machine that has Go and nothing else.

SHELL := /bin/bash
GO ?= go
ORT_VERSION := 1.24.3
FUZZTIME ?= 20s
FOR ?= 30m
KEEP ?=
TEST_TIMEOUT ?= 20m

# A library that the environment names is used as it is; otherwise the one that `make ort` put into bin/.
ORT := $(if $(SEGUE_ORT_LIB),$(abspath $(SEGUE_ORT_LIB)),$(CURDIR)/bin/libonnxruntime.so.1)

.DEFAULT_GOAL := help
.NOTPARALLEL: # two of apt-get would fight over its lock; go builds in parallel by itself
comma := ,
.PHONY: help deps ort build demo test lint bench bench-sql bench-vector bench-embed walk-embed eval eval-music eval-musicnn conformance fuzz samples slt-oracle random-oracle compat clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

deps: ## Install the Debian packages that building and testing need, where missing
	@scripts/deps.sh

ort: ## Put the ONNX Runtime library into bin/, checksum verified (or use SEGUE_ORT_LIB)
	@scripts/ort.sh $(ORT_VERSION) bin

build: deps ort ## Build bin/segue, with the ONNX Runtime library beside it
	$(GO) build -o bin/segue ./cmd/segue

demo: build ## Ingest the sample tracks into a fresh database and query it (KEEP=1 leaves it running)
	@rm -rf demo-data
	@bin/segue demo --data demo-data --audio-root testdata/audio $(if $(KEEP),--keep)

test: build ## Run all tests
	SEGUE_ORT_LIB=$(ORT) $(GO) test -timeout $(TEST_TIMEOUT) ./...
	$(GO) test -timeout $(TEST_TIMEOUT) ./query/relation -relation.spill=1

lint: deps ## Check formatting, vet, the repository's own rules (cmd/tidy) and golangci-lint
	@scripts/lint.sh

bench: build ## Print the benchmark figures: top-k over a socket beside FAISS, ingest by model
	@bin/segue bench --audio-root testdata/audio

bench-sql: build ## Print the SQL figures beside PostgreSQL 15 (its Debian package; BENCH_SQL='-only point' for a part)
	@$(GO) run ./bench/sql -segue bin/segue $(BENCH_SQL)

bench-vector: build ## Print the vector figures beside FAISS, pgvector and other peers (BENCH_VECTOR='-rows 10000 -only small,exact')
	@bench/vector/setup.sh bin/bench-vector
	@$(GO) build -o bin/bench-vector/bench ./bench/vector
	@bin/bench-vector/bench -segue bin/segue $(BENCH_VECTOR)

bench-embed: build ## Print the speed of a full-size MERT beside a plain ONNX graph, of decoding and of an ingest (BENCH_EMBED='-only race')
	@SEGUE_ORT_LIB=$(ORT) $(GO) run ./bench/embed -segue bin/segue $(BENCH_EMBED)

eval: build ## Measure how well the models find music (EVAL='-library ~/Music -albums 20'; alone: what eval-music fetched, and synthesised pieces)
	@SEGUE_ORT_LIB=$(ORT) $(GO) run ./bench/eval $(or $(EVAL),$(if $(wildcard bin/eval/music),-library bin/eval/music -catalogue embed/train/catalog.tsv) $(if $(wildcard bin/eval/musicnn/data),-data bin/eval/musicnn/data -models music$(comma)tune$(comma)dsp$(comma)musicnn))

eval-musicnn: build ## Make musicnn, of PyPI's weights, a column of make eval
	@scripts/eval-musicnn.sh bin/eval/musicnn

eval-music: ## Fetch the held-out music that make eval knows (860 MB of Debian packages)
	@embed/train/fetch.sh bin/eval/music $$(awk -F'\t' '$$5 == "hold" {print $$1}' embed/train/catalog.tsv | sort -u)

conformance: build ## Compare the vector operator with brute force at random for FOR (30m), alone and behind a server
	SEGUE_CONFORMANCE=$(FOR) SEGUE_ORT_LIB=$(ORT) $(GO) test -count=1 -timeout 0 -run 'TestMetamorphic|TestVectorWalk' ./vector ./server

walk-embed: build ## Show what embedding promises, from the import of models to bad audio (WALK='errors align'; some minutes)
	@SEGUE_ORT_LIB=$(ORT) scripts/walk-embed.sh

fuzz: deps ort ## Run every fuzz target for FUZZTIME (20s)
	@SEGUE_ORT_LIB=$(ORT) scripts/fuzz.sh $(FUZZTIME)

samples: deps ## Make testdata/audio again from its scores (needs the packages that its README names)
	$(GO) run ./testdata/audio/make

slt-oracle: build ## Run the SQL scripts against Segue and PostgreSQL 15 (SCRIPT=name; REWRITE=1 takes PostgreSQL's answers)
	@SEGUE_ORT_LIB=$(ORT) scripts/slt-oracle.sh

compat: build ## Drive the clients that people use (ONLY=django,knex; TARGET=postgres; V=1 prints every failure)
	@SEGUE_ORT_LIB=$(ORT) scripts/with-postgres.sh $(GO) run ./compat -only '$(ONLY)' -target '$(or $(TARGET),segue)' $(if $(V),-v)

random-oracle: build ## Ask Segue and PostgreSQL 15 the same random queries (QUERIES=10000, SEED=n)
	@SEGUE_ORT_LIB=$(ORT) scripts/random-oracle.sh

clean: ## Remove what was built
	rm -rf bin demo-data
