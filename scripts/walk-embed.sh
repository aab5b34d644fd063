#!/bin/sh
# What embedding has to show, one thing after the other: each is a test that prints what it measured. WALK names some of
# them; the speeds are make bench-embed's.
#
#   make walk-embed WALK='errors align'
set -u
out=$(mktemp)
trap 'rm -f "$out"' EXIT
failed=

show() {
	name=$1 what=$2 tests=$3
	shift 3
	case " ${WALK:-import hub errors memory ingest align switch models audio} " in
	*" $name "*) ;;
	*) return ;;
	esac
	printf '\n== %s: %s\n' "$name" "$what"
	go test -count=1 -timeout 60m -v -run "^($tests)\$" "$@" >"$out" 2>&1 || failed="$failed $name"
	grep -v '^=== \|level=WARN' "$out"
}

show import 'every fixture of a checkpoint, read exactly and run' \
	'TestFixturesReadExactly|TestImportedCheckpoints|TestAddDirectory|TestAddClap|TestAddONNX|TestModelFolder|TestModelFile' \
	./embed/checkpoint ./embed/mert ./embed/registry ./cmd/segue
show hub 'a full-size checkpoint from a hub that breaks off and damages it' \
	'TestDownload|TestResume|TestCorrupted|TestFullSize|TestModelFromHub' ./embed/hub ./cmd/segue
show errors 'the largest error of every layer against the references, the controls that must fail, and 8 bits' \
	'TestTiny|TestTinyProduct|TestTinyNotices|TestFull|TestFullProduct|TestInt8Full|TestInt8Music|TestControls|TestTextControls' \
	./embed/mert ./embed/clap
show memory 'two sessions of the full-size model in float32' TestMemory ./embed/mert
show ingest 'a folder of 240 files, killed three times' TestIngest ./cmd/segue
show align 'a recording beside itself, shifted and encoded again' TestLongTracks ./server
show switch 'another model for a column under load, and killed on the way' \
	'TestRebuildUnderLoad|TestRebuildSegmentsUnderLoad|TestRebuildKeepsViews|TestKillInRebuild' ./server ./cmd/segue
show models 'models that are damaged or hostile' \
	'TestHostile.*|TestTruncated|TestIntegersAreNotWeights|TestCheckpointsThatDoNotFit|TestAddRefuses|TestAddClapRefuses|TestDamagedModel|TestClapDamaged|TestBadIndex|TestOnlyHTTPS' \
	./embed/checkpoint ./embed/mert ./embed/registry ./embed/hub
show audio 'audio that is damaged, hostile or out of bounds' 'TestBadInput|TestBadAudio' ./embed/audio ./server

[ -z "$failed" ] || { printf '\nfailed:%s\n' "$failed"; exit 1; }
