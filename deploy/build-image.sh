#!/bin/sh
# Makes the container image from a static binary.
#
#   deploy/build-image.sh BINARY [TAG] [-- arguments for buildah]
#
# buildah needs neither a daemon nor root's namespaces here; `docker build -f deploy/Containerfile
# CONTEXT` takes the same context.
set -eu
[ $# -ge 1 ] || { sed -n '2,7p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
binary=$1
tag=${2:-wireroom:latest}
shift
[ $# -eq 0 ] || shift
[ "${1:-}" != -- ] || shift

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT INT TERM
mkdir "$context/data" "$context/etc"
cp "$binary" "$context/wireroom"
cp -r "$root/config/." "$context/etc/" 2>/dev/null || echo "no config/ to put into the image" >&2

version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
revision=$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)
buildah "$@" build --isolation chroot --format docker --quiet \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
    --build-arg "CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --tag "$tag" --file "$here/Containerfile" "$context"
