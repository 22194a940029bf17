#!/bin/bash
# Builds the image and runs it as compose.yaml would: the demo, a health check, a stop.
#
#   deploy/test-container.sh [BINARY]      without BINARY it builds a static one first
#
# Needs root, buildah, podman and runc, and no daemon. Uses storage of its own, which it deletes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=${1:-$("$here/build-static.sh")}

work=$(mktemp -d /var/tmp/wireroom-container.XXXXXX)
storage=(--storage-driver vfs --root "$work/root" --runroot "$work/run")
name=wireroom-test-$$
# cgroupfs, because there need be no systemd to ask.
podman=(podman "${storage[@]}" --runtime runc --cgroup-manager cgroupfs)
cleanup() {
    "${podman[@]}" rm --force --time 2 "$name" >/dev/null 2>&1 || true
    rm -rf "$work" 2>/dev/null || true
}
trap cleanup EXIT
fail() {
    echo "FAILED: $*" >&2
    "${podman[@]}" logs "$name" 2>&1 | tail -n 40 >&2 || true
    exit 1
}

echo "building the image from $binary"
"$here/build-image.sh" "$binary" "localhost/$name" -- "${storage[@]}" >/dev/null
inspect() { "${podman[@]}" image inspect --format "$1" "localhost/$name"; }
[ "$(inspect '{{.Config.User}}')" = 10001:10001 ] || fail "the image's user is not numeric and non-root"
[ "$(inspect '{{.Config.StopSignal}}')" = SIGTERM ] || fail "the image's stop signal is not SIGTERM"
[ -n "$(inspect '{{index .Config.Labels "org.opencontainers.image.version"}}')" ] || fail "no version label"
inspect '{{.Config.Healthcheck.Test}}' | grep -q /wireroom || fail "the image has no health check"
echo "image of $(( $(inspect '{{.Size}}') / 1000000 )) MB"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# The health check is called by hand below: podman would hang it on a systemd timer.
"${podman[@]}" run --detach --name "$name" --no-healthcheck --network host --read-only --cap-drop ALL \
    --security-opt no-new-privileges \
    --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
    "localhost/$name" demo --port "$port" >/dev/null

# until_true SECONDS COMMAND...: the command's success, not a guess at how long it takes.
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}
logs_have() { "${podman[@]}" logs "$name" 2>&1 | grep -q -- "$1"; }
healthy() { "${podman[@]}" exec "$name" /wireroom healthcheck --server "http://127.0.0.1:$port" >/dev/null 2>&1; }

until_true 30 logs_have "127.0.0.1:$port" || fail "the dashboard's address is not printed"
until_true 30 healthy || fail "the health check does not succeed"
echo "healthy"
until_true 30 logs_have "✓ signature" || fail "no webhook has arrived"
echo "webhooks arrive"

# On a read-only root the process must hold nothing open for writing outside its volume and /tmp.
[ "$("${podman[@]}" inspect --format '{{.HostConfig.ReadonlyRootfs}}' "$name")" = true ] || fail "the root is writable"
started=$SECONDS
"${podman[@]}" stop --time 30 "$name" >/dev/null
code=$("${podman[@]}" inspect --format '{{.State.ExitCode}}' "$name")
[ "$code" = 0 ] || fail "SIGTERM ended it with status $code"
echo "SIGTERM ended it with status 0 after $((SECONDS - started)) s"

# The daemon itself: a configuration that is mounted, a store on the volume, as a user without rights.
mkdir "$work/config"
printf '[daemon]\noutlets = []\n[http]\nlisten = "127.0.0.1:0"\n' >"$work/config/wireroom.toml"
chmod -R a+rX "$work/config" && chmod a+x "$work"
"${podman[@]}" rm "$name" >/dev/null
"${podman[@]}" run --name "$name" --no-healthcheck --network host --read-only --cap-drop ALL \
    --security-opt no-new-privileges --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
    --volume "$name-data:/data" --volume "$work/config:/etc/wireroom:ro" \
    "localhost/$name" run --once || fail "run --once on a volume ended with status $?"
volume=$("${podman[@]}" volume inspect --format '{{.Mountpoint}}' "$name-data")
[ -n "$(ls -A "$volume")" ] || fail "nothing was written to the volume"
[ "$(stat -c %u "$volume"/* | sort -u)" = 10001 ] || fail "the volume's files belong to someone else"
echo "the store is on the volume and belongs to 10001"
echo "container test passed"
