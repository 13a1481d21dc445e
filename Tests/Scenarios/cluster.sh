#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The reference cluster of object storage on this machine: SeaweedFS as one master, three volume
# servers that keep every file twice, a filer and an S3 gateway, each a process of its own on a free
# port of 127.0.0.1. Prints what a shell needs to publish to it, and stops everything at its end.
#
#     cluster.sh [--gateways N] [DIRECTORY]               until Ctrl-C
#     cluster.sh --background [--gateways N] DIRECTORY    until cluster.sh --stop DIRECTORY
#     cluster.sh --stop DIRECTORY
#     default: .build/cluster, one gateway
#
# Whoever knows a file's name may read it, without keys: a TUF client takes the bucket for a mirror.
# The data, the ports and the keys stay in DIRECTORY: started again it is the same cluster. There are
# DIRECTORY/environment to be sourced, DIRECTORY/NAME.pid and DIRECTORY/NAME.log for each process
# (master, volume1 to volume3, filer, gateway1 …): kill one, and start all again to begin it anew.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
weed=$root/.build/venv/bin/weed
bucket=carnet

stop() {
    echo "cluster: $*" >&2
    exit 2
}

usage() {
    sed -n 's/^#     //p' "$0" >&2
    exit 2
}

mode=foreground
gateways=1
directory=
while [ $# -gt 0 ]; do
    case $1 in
    --background) mode=background ;;
    --stop) mode=stop ;;
    --gateways)
        [[ ${2:-} =~ ^[1-9]$ ]] || usage
        gateways=$2
        shift
        ;;
    -*) usage ;;
    *)
        [ -z "$directory" ] || usage
        directory=$1
        ;;
    esac
    shift
done
[ "$mode" = foreground ] || [ -n "$directory" ] || usage
directory=${directory:-$root/.build/cluster}

runs() {
    local id
    id=$(cat "$directory/$1.pid" 2>/dev/null) || return 1
    # A process that took over the number is none of ours.
    [ "$(readlink "/proc/$id/exe" 2>/dev/null)" = "$(readlink -f "$weed")" ]
}

# All at once, since a volume server takes its time; after five seconds without mercy.
stop_all() {
    local file name signal
    for signal in TERM KILL; do
        for file in "$directory"/*.pid; do
            name=$(basename "$file" .pid)
            ! runs "$name" || kill -s $signal "$(cat "$file")" 2>/dev/null || true
        done
        for _ in {1..50}; do
            any_runs || break
            sleep 0.1
        done
    done
    rm -f "$directory"/*.pid
}

any_runs() {
    local file
    for file in "$directory"/*.pid; do
        ! runs "$(basename "$file" .pid)" || return 0
    done
    return 1
}

if [ "$mode" = stop ]; then
    [ -d "$directory" ] || stop "$directory: no cluster there"
    stop_all
    exit 0
fi

[ -x "$weed" ] || stop "$weed: not found, run .ci/setup test"
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
cd "$directory"
umask 077

# Ten ports and three for each gateway, kept for the next time.
wanted=$((10 + 3 * gateways))
if [ ! -f ports ] || [ "$(wc -w <ports)" -lt $wanted ]; then
    "$root/.build/venv/bin/python3" - $wanted >ports <<'END'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for each in sockets:
    each.bind(("127.0.0.1", 0))
print(*(each.getsockname()[1] for each in sockets))
END
fi
read -r -a port <ports

if [ ! -f s3.json ]; then
    access=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
    secret=$(od -An -N20 -tx1 /dev/urandom | tr -d ' \n')
    cat >s3.json <<END
{"identities":[{"name":"carnet","credentials":[{"accessKey":"$access","secretKey":"$secret"}],
"actions":["Admin","Read","Write","List","Tagging"]},{"name":"anonymous","actions":["Read"]}]}
END
fi
access=$(sed -n 's/.*"accessKey":"\([^"]*\)".*/\1/p' s3.json)
secret=$(sed -n 's/.*"secretKey":"\([^"]*\)".*/\1/p' s3.json)

# start NAME WORDS…: begins a process, if it does not run.
start() {
    local name=$1
    shift
    ! runs "$name" || return 0
    mkdir -p "$name"
    setsid "$weed" -logtostderr=true "$@" >>"$name.log" 2>&1 </dev/null &
    echo $! >"$name.pid"
    # The shell need not tell of its end.
    disown
    # Until then it is not the program yet that it is going to be.
    for _ in {1..100}; do
        ! runs "$name" || return 0
        sleep 0.1
    done
}

# ready NAME PORT PATH WORDS: waits until the answer has the words in it.
ready() {
    for _ in {1..300}; do
        if curl -s -i --noproxy '*' --max-time 2 "http://127.0.0.1:$2$3" 2>/dev/null |
            grep -q "$4"; then
            return 0
        fi
        if ! runs "$1"; then
            tail -n 3 "$1.log" >&2
            break
        fi
        sleep 0.1
    done
    stop_all
    stop "$1 does not answer, $directory/$1.log says more"
}

own() { echo "-port=${port[$1]} -port.grpc=${port[$1 + 1]}"; }
local=(-ip=127.0.0.1 -ip.bind=127.0.0.1)
master=127.0.0.1:${port[0]}.${port[1]}
if [ "$mode" = foreground ]; then
    trap 'stop_all; exit 0' INT TERM
    trap stop_all EXIT
fi

# Ports without blanks: each is meant to become two words.
# shellcheck disable=SC2046
{
    start master master -mdir=master -volumeSizeLimitMB=1024 -defaultReplication=001 \
        -telemetry=false "${local[@]}" $(own 0)
    # A volume server that comes before it is told to wait for seconds.
    ready master "${port[0]}" /cluster/status '"IsLeader":true'
    for number in 1 2 3; do
        start volume$number volume -dir=volume$number -max=200 -mserver="$master" -rack=r \
            -dataCenter=d -preStopSeconds=0 "${local[@]}" $(own $((2 * number)))
    done
    start filer filer -defaultStoreDir=filer -master="$master" -defaultReplicaPlacement=001 \
        "${local[@]}" $(own 8)
    ready filer "${port[8]}" / '200 OK'
    for number in 1 2 3; do
        ready volume$number "${port[0]}" /dir/status "127.0.0.1:${port[2 * number]}"
    done
    for number in $(seq "$gateways"); do
        place=$((7 + 3 * number))
        start gateway"$number" s3 -ip.bind=127.0.0.1 -filer="127.0.0.1:${port[8]}.${port[9]}" \
            -port.iceberg=0 -port.lance=0 -metricsPort="${port[place + 2]}" -config=s3.json \
            $(own $place)
        ready gateway"$number" "${port[place]}" / '403'
    done
}
curl -s -o /dev/null --noproxy '*' -X POST "http://127.0.0.1:${port[8]}/buckets/$bucket/" ||
    stop "no bucket could be made"

cat >environment <<END
export AWS_ENDPOINT_URL_S3=http://127.0.0.1:${port[10]}
export AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=$access
export AWS_SECRET_ACCESS_KEY=$secret
# What the first gateway was asked for and has sent, for Prometheus.
CARNET_CLUSTER_METRICS=http://127.0.0.1:${port[12]}/metrics
END
cat environment
echo "# s3://$bucket is there, for clients \$AWS_ENDPOINT_URL_S3/$bucket; all the rest: $directory"
[ "$mode" = background ] && exit 0
echo "# Ctrl-C stops it." >&2
while :; do sleep 3600 & wait $!; done
