#!/bin/sh
# Builds wireroom as one static file and prints its path.
#
# A static glibc cannot load name-service modules, and does not have to: names are resolved by the
# daemon itself. So the ordinary target does, and no second tool chain is needed.
#
#   deploy/build-static.sh            release
#   deploy/build-static.sh dev        the development profile: quicker to build, for tests
set -eu
cd "$(dirname "$0")/.."
profile=${1:-release}
target=x86_64-unknown-linux-gnu
[ "$(uname -m)" = x86_64 ] || target=$(uname -m)-unknown-linux-gnu

# The named target keeps build scripts and procedural macros dynamic, as they have to be.
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}
export CARGO_TARGET_DIR
RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --locked --bin wireroom --target "$target" --profile "$profile" >&2

directory=$profile
[ "$profile" != dev ] || directory=debug
binary=$CARGO_TARGET_DIR/$target/$directory/wireroom
if ldd "$binary" 2>&1 | grep -q '=>'; then
    echo "$binary is not static: $(ldd "$binary" | head -n 3)" >&2
    exit 1
fi
echo "$binary"
