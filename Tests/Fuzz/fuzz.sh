#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Coverage-guided fuzzing of what reads untrusted bytes; README.md says what is asserted.
#
#     fuzz.sh [SECONDS] [TARGET...]   the kept corpus, then SECONDS (10) of search for each target
#     fuzz.sh build                   what the other forms do first, where sources have changed
#     fuzz.sh merge [TARGET...]       takes what searches found into the kept corpus, minimised
#     fuzz.sh replay TARGET FILE      one input, with all that it prints
#
# Fails with one line for each input that breaks a property; the input is in .build/fuzz/crashes.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=$PWD
here=$root/Tests/Fuzz
out=$root/.build/fuzz
program=$out/fuzz
jobs=${FUZZ_JOBS:-2}

# In the order in which they import one another.
modules=(
    CanonicalJSON OpenPGP MetadataSigning TUFMetadata InTotoMetadata SourceFiles TUFClient
    HTTPTransport TUFRepository InTotoVerification InTotoRecording KeyAccess InTotoTools
    RepositoryStorage RegistryStorage Archives Inspecting Releases)
c_modules=(COpenSSL CCurl CCurlShims CLinux CDecompression CConfinement)

# Every target, and how long its inputs may be.
targets=(
    json documents patterns names keys texts sources states urls answers maps rotations rules
    openpgp archives tools bundles registry)
declare -A longest=(
    [json]=4096 [documents]=8192 [patterns]=520 [names]=1100 [keys]=2048 [texts]=300
    [sources]=2048 [states]=600 [urls]=400 [answers]=1024 [maps]=2048 [rotations]=1024 [rules]=200
    [openpgp]=4096 [archives]=6144 [tools]=4096 [bundles]=8192 [registry]=2048)
# And how many of them are kept: 550 in all.
declare -A most=(
    [json]=55 [documents]=75 [patterns]=20 [names]=15 [keys]=45 [texts]=15 [sources]=20
    [states]=40 [urls]=15 [answers]=25 [maps]=30 [rotations]=25 [rules]=20 [openpgp]=30
    [archives]=35 [tools]=25 [bundles]=25 [registry]=35)

# Swift's own backtraces would read the crash first, and can take minutes.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=4

fail() {
    echo "fuzz: $*" >&2
    exit 1
}

is_current() {
    [ -x "$program" ] || return 1
    local sources=("$here/fuzz.sh" "$here/Targets") name
    for name in "${modules[@]}" "${c_modules[@]}"; do sources+=("$root/Sources/$name"); done
    [ -z "$(find "${sources[@]}" -newer "$program" -print -quit)" ]
}

# Whole modules, optimised as they are shipped; only they are instrumented for coverage, not the
# targets with their slow references.
build() {
    is_current && return 0
    rm -rf "$out/build"
    mkdir -p "$out/build"
    local swift=(swiftc -swift-version 6 -package-name carnet -O -wmo -parse-as-library
        -enable-upcoming-feature InternalImportsByDefault
        -enable-upcoming-feature MemberImportVisibility
        -enable-upcoming-feature ExistentialAny -I "$out/build")
    local name map source
    for name in "${c_modules[@]}"; do
        map=$root/Sources/$name/module.modulemap
        if [ ! -e "$map" ]; then
            # SwiftPM writes this one itself.
            map=$out/build/$name.modulemap
            printf 'module %s { umbrella "%s" export * }\n' \
                "$name" "$root/Sources/$name/include" >"$map"
            for source in "$root/Sources/$name"/*.c; do
                clang -fsanitize=address -I "$root/Sources/$name/include" \
                    -c "$source" -o "$out/build/$name-$(basename "$source").o"
            done
        fi
        swift+=(-Xcc "-fmodule-map-file=$map")
    done
    # What a module offers is known long before its code is made: that is done side by side.
    local files running=0
    for name in "${modules[@]}"; do
        mapfile -t files < <(find "$root/Sources/$name" -name '*.swift' | sort)
        "${swift[@]}" -module-name "$name" "${files[@]}" -emit-module \
            -Xfrontend -experimental-skip-non-inlinable-function-bodies \
            -emit-module-path "$out/build/$name.swiftmodule" || fail "$name does not compile"
        if [ "$running" -ge "$jobs" ]; then
            wait -n || fail "a module does not compile, see above"
            running=$((running - 1))
        fi
        "${swift[@]}" -sanitize=fuzzer,address -module-name "$name" "${files[@]}" \
            -c -o "$out/build/$name.o" &
        running=$((running + 1))
    done
    while [ "$running" -gt 0 ]; do
        wait -n || fail "a module does not compile, see above"
        running=$((running - 1))
    done
    mapfile -t files < <(find "$here/Targets" -name '*.swift' | sort)
    "${swift[@]}" -sanitize=address -module-name Fuzz "${files[@]}" -c -o "$out/build/Fuzz.o" ||
        fail "the targets do not compile"
    # Of the linkers at hand, only lld takes the sanitizer's symbols without a warning each.
    swiftc -sanitize=fuzzer,address -use-ld=lld "$out/build"/*.o -o "$program" -lcrypto ||
        fail "the program does not link"
}

# The kept inputs first, each once; then a search from them, whose finds stay in .build/fuzz.
run_target() {
    local target=$1 seconds=$2
    local log=$out/logs/$target.log
    local words=(-max_len="${longest[$target]}" -timeout=10 -rss_limit_mb=1024
        -artifact_prefix="$out/crashes/$target-")
    mkdir -p "$out/corpus/$target" "$out/crashes" "$out/logs"
    [ -e "$here/Dictionaries/$target.txt" ] && words+=(-dict="$here/Dictionaries/$target.txt")
    export FUZZ_TARGET=$target
    if ! "$program" -runs=0 "${words[@]}" "$here/Corpus/$target" >"$log" 2>&1; then
        report "$target" "$log" "kept corpus"
        return 1
    fi
    if [ "$seconds" -gt 0 ] && ! "$program" -max_total_time="$seconds" -print_final_stats=1 \
        "${words[@]}" "$out/corpus/$target" "$here/Corpus/$target" >"$log" 2>&1; then
        report "$target" "$log" "search"
        return 1
    fi
    awk -v target="$target" '
        /(DONE|INITED) / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1)
                           runs = substr($1, 2) }
        /average_exec_per_sec/ { speed = $2 }
        END { printf "%-10s %8d runs, %5d edges", target, runs, edges
              print speed == "" ? "" : sprintf(", %d a second", speed) }' "$log"
}

report() {
    local target=$1 log=$2 where=$3 words file
    words=$(grep -m1 -E 'PROPERTY|Fatal error|ERROR: |run interrupted' "$log" | cut -c1-300 || true)
    file=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    # A kept input that fails is not written again.
    file=${file:-$(sed -n 's/^Running: //p' "$log" | tail -n 1)}
    echo "fuzz: $target: ${file:-$log}: ${words:-stopped} ($where)" >&2
}

run_all() {
    local seconds=$1 target running=0 failed=0
    shift
    for target in "$@"; do
        if [ "$running" -ge "$jobs" ]; then
            wait -n || failed=1
            running=$((running - 1))
        fi
        run_target "$target" "$seconds" &
        running=$((running + 1))
    done
    while [ "$running" -gt 0 ]; do
        wait -n || failed=1
        running=$((running - 1))
    done
    return "$failed"
}

# A set of inputs that together reach nearly every edge that any reached. Named inputs (fault-…)
# stay whatever they add; the others are chosen again.
merge() {
    local target control chosen file
    for target in "$@"; do
        [ -d "$out/corpus/$target" ] || continue
        control=$out/merged/$target.txt
        rm -rf "$out/merged/$target" "$control"
        mkdir -p "$out/merged/$target" "$out/logs" "$here/Corpus/$target"
        FUZZ_TARGET=$target "$program" -set_cover_merge=1 -use_counters=0 -timeout=10 \
            -max_len="${longest[$target]}" -merge_control_file="$control" \
            "$out/merged/$target" "$here/Corpus/$target" "$out/corpus/$target" \
            >"$out/logs/merge-$target.log" 2>&1 ||
            fail "$target: merge failed, see $out/logs/merge-$target.log"
        mapfile -t chosen < <(python3 "$here/choose.py" "$control" "${most[$target]}")
        # The chosen ones may stand in the folder that is emptied.
        rm -rf "$out/merged/$target"
        mkdir -p "$out/merged/$target"
        for file in "${chosen[@]}"; do
            cp "$file" "$out/merged/$target/$(sha1sum <"$file" | cut -d ' ' -f 1)"
        done
        cp -n "$here/Corpus/$target"/* "$out/corpus/$target/" 2>/dev/null || true
        find "$here/Corpus/$target" -type f ! -name 'fault-*' -delete
        cp "$out/merged/$target"/* "$here/Corpus/$target/"
        echo "$target: $(find "$here/Corpus/$target" -type f | wc -l) files"
    done
}

require_targets() {
    local target
    for target in "$@"; do
        [ -n "${longest[$target]:-}" ] || fail "no target $target, expected one of ${targets[*]}"
    done
}

mode=search
seconds=10
case ${1:-} in
build | merge | replay)
    mode=$1
    shift
    ;;
[0-9]*)
    [[ $1 =~ ^[0-9]+$ ]] || fail "SECONDS: $1 found, expected a whole number"
    seconds=$1
    shift
    ;;
esac

if [ "$mode" = replay ]; then
    [ $# -eq 2 ] || fail "usage: fuzz.sh replay TARGET FILE"
    require_targets "$1"
    build
    unset ASAN_OPTIONS
    FUZZ_TARGET=$1 exec "$program" "$2"
fi
[ $# -gt 0 ] || set -- "${targets[@]}"
require_targets "$@"
build
case $mode in
merge) merge "$@" ;;
search) run_all "$seconds" "$@" || fail "a property is broken, see above" ;;
esac
