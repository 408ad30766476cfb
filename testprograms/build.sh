#!/bin/sh
# Builds all guest programs of this folder into a directory: testprograms/build.sh [DIRECTORY]
#
# Needs nasm; bench/ needs gcc (for -m32 code; no 32-bit libc), ld and objcopy too. Only what changed is
# built again. SIZE=small|full chooses how long the programs of bench/ run.
set -eu
cd "$(dirname "$0")"
exec make --no-print-directory -s ${JOBS:+-j"$JOBS"} OUT="${1:-build}" SIZE="${SIZE:-full}" all
