#!/bin/bash
# Runs every check there is. A section that cannot run here says why and is counted as skipped.
#
#   tests/run.sh                 all sections
#   tests/run.sh fmt test        these only
#
# Works as root and as a user with sudo, without a terminal, on no fixed port. What is missing is
# installed by apt where that is possible.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$HOME/.cargo/bin:$PATH" CARGO_TERM_PROGRESS_WHEN=never PYTHONDONTWRITEBYTECODE=1
target=${CARGO_TARGET_DIR:-target}
sections=(fmt clippy test doc dependencies systemd consumer docs completions monitoring otel dashboard api container)
skipped=77 # the status by which a section says that it cannot run here

need_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# have COMMAND PACKAGE...: is it here, or can apt bring it?
apt_is_fresh=no
have() {
    local command=$1
    shift
    command -v "$command" >/dev/null && return
    if ! command -v apt-get >/dev/null; then
        echo "$command is missing, and there is no apt to install it"
        return 1
    fi
    echo "$command is missing: installing $*"
    if [ "$apt_is_fresh" = no ]; then
        need_root apt-get update -qq || echo "apt-get update failed; trying with the lists there are"
        apt_is_fresh=yes
    fi
    need_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null ||
        { echo "cannot install $* (no root, or no network)"; return 1; }
    command -v "$command" >/dev/null
}

# The binary as the tests have it: asked for alone, all it depends on would be built anew without the tests' features.
binary() { cargo build --locked --quiet --bin wireroom --test it "$@"; }

fmt() { cargo fmt --check; }

clippy() { cargo clippy --locked --all-targets --quiet -- -D warnings; }

test() { cargo test --locked; }

doc() { RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --quiet; }

dependencies() {
    have python3 python3 || return $skipped
    python3 tests/check_dependencies.py || return 1
    if cargo deny --version >/dev/null 2>&1; then
        cargo deny --all-features check bans licenses sources
    else
        echo "cargo-deny is not installed: its own check was not run, the one above was"
    fi
}

systemd() {
    have systemd-analyze systemd || return $skipped
    # The limit is in tenths.
    systemd-analyze security --offline=true --threshold=15 --no-pager deploy/wireroom.service |
        tail -n 1 || return 1
    # The unit is read as it stands, but for the binary, which is not installed here.
    local unit
    unit=$(mktemp -d)
    sed "s|^ExecStart=/usr/bin/wireroom|ExecStart=/bin/true|; /^Documentation=/d" \
        deploy/wireroom.service >"$unit/wireroom.service"
    local said
    said=$(systemd-analyze verify --recursive-errors=no "$unit/wireroom.service" 2>&1)
    rm -r "$unit"
    [ -z "$said" ] || { echo "$said"; return 1; }
    echo "the unit is read without a complaint"
}

# What the consumers, the documents' examples and the check of the metrics need of Python.
python_libraries() {
    have python3 python3 python3-venv || return $skipped
    local venv=$target/test-venv
    local libraries=(standardwebhooks cloudevents slack_sdk cryptography prometheus_client pyyaml)
    if ! "$venv/bin/python" -c "import standardwebhooks, cloudevents, slack_sdk, cryptography, prometheus_client, yaml" 2>/dev/null; then
        if ! { python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet "${libraries[@]}"; } >/dev/null 2>&1; then
            # Debian parts the module for environments from python3 itself.
            need_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y python3-venv >/dev/null 2>&1
            { python3 -m venv --clear "$venv" && "$venv/bin/python" -m pip install --quiet "${libraries[@]}"; } ||
                { echo "cannot install the packages ${libraries[*]}"; return $skipped; }
        fi
    fi
}

consumer() {
    python_libraries || return
    binary || return 1
    "$target/test-venv/bin/python" tests/webhook_consumer.py "$target/debug/wireroom"
}

# The programs and commands that the documents show.
docs() {
    python_libraries || return
    have node nodejs || return $skipped
    have go golang-go || echo "without Go its example is not run"
    binary || return 1
    "$target/test-venv/bin/python" tests/docs.py "$target/debug/wireroom"
}

# In the shells themselves; bash is among the tests.
completions() {
    have zsh zsh && have fish fish || return $skipped
    cargo build --locked --quiet || return 1
    tests/completions.sh "$target/debug/wireroom"
}

# Alerts, dashboard and the list of metrics against a daemon at work. Of Prometheus only the tool is wanted: the package
# is unpacked, not installed, which would start a server.
monitoring() {
    python_libraries || return
    local promtool
    promtool=$(command -v promtool || echo "$target/prometheus/usr/bin/promtool")
    if ! [ -x "$promtool" ]; then
        command -v apt-get >/dev/null && command -v dpkg >/dev/null ||
            { echo "promtool is missing, and there is no apt to get it by"; return $skipped; }
        mkdir -p "$target/prometheus"
        local get='apt-get download -qq prometheus 2>/dev/null && dpkg -x prometheus_*.deb . && rm prometheus_*.deb'
        (cd "$target/prometheus" && { eval "$get" || { need_root apt-get update -qq && eval "$get"; }; }) ||
            { echo "cannot get the package prometheus"; return $skipped; }
    fi
    binary || return 1
    "$target/test-venv/bin/python" tests/monitoring.py "$target/debug/wireroom" "$promtool"
}

# The build that exports traces, against a loopback collector.
otel() {
    have python3 python3 python3-venv || return $skipped
    local venv=$target/test-otel-venv
    if ! "$venv/bin/python" -c "import opentelemetry.proto.collector.trace.v1" 2>/dev/null; then
        { python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet opentelemetry-proto; } ||
            { echo "cannot install the package opentelemetry-proto"; return $skipped; }
    fi
    binary --features otel || return 1
    # The next section that builds puts another binary there.
    cp "$target/debug/wireroom" "$target/wireroom-otel" || return 1
    "$venv/bin/python" tests/otel.py "$target/wireroom-otel"
}

# The dashboard in a real browser, with axe-core; writes the README's picture.
dashboard() {
    local chromium
    chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
    if [ -z "$chromium" ]; then
        have chromium chromium fonts-dejavu-core fonts-liberation2 || return $skipped
        chromium=$(command -v chromium)
    fi
    have node nodejs && have npm npm || return $skipped
    local modules=$target/test-node
    # Pinned, so that a new rule of axe-core is met on purpose.
    if ! [ -e "$modules/node_modules/axe-core" ] || ! [ -e "$modules/node_modules/puppeteer-core" ]; then
        mkdir -p "$modules"
        npm install --prefix "$modules" --no-audit --no-fund --silent puppeteer-core@24.43.1 axe-core@4.14.1 ||
            { echo "cannot install puppeteer-core and axe-core"; return $skipped; }
    fi
    binary || return 1
    node tests/dashboard.cjs "$target/debug/wireroom" "$modules/node_modules" "$chromium" docs/screenshot.png
}

# The API against its own description.
api() {
    have python3 python3 python3-venv || return $skipped
    local venv=$target/test-api-venv
    if ! "$venv/bin/python" -c "import schemathesis" 2>/dev/null; then
        { python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet "schemathesis==4.32.5"; } ||
            { echo "cannot install the package schemathesis"; return $skipped; }
    fi
    binary || return 1
    python3 tests/api_description.py "$target/debug/wireroom" "$venv/bin/schemathesis"
}

container() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "not root: an image cannot be built here"
        return $skipped
    fi
    have buildah buildah && have podman podman && have runc runc && have python3 python3 || return $skipped
    local binary
    # The development profile: the same code and the same linking in a fraction of the time.
    binary=$(deploy/build-static.sh dev) || return 1
    deploy/test-container.sh "$binary"
}

if ! command -v cargo >/dev/null; then
    echo "cargo is missing: install Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml) or later from https://rustup.rs" >&2
    exit 1
fi
have cc gcc libc6-dev || exit 1
for component in clippy fmt; do
    cargo "$component" --version >/dev/null 2>&1 ||
        rustup component add "$([ $component = fmt ] && echo rustfmt || echo clippy)" || exit 1
done

[ $# -eq 0 ] || sections=("$@")
for section in "${sections[@]}"; do
    case $section in
    fmt | clippy | test | doc | dependencies | systemd | consumer | docs | completions | monitoring | otel | dashboard | api | container) ;;
    *)
        echo "unknown section $section" >&2
        exit 2
        ;;
    esac
done

good=() bad=() left_out=()
for section in "${sections[@]}"; do
    echo
    echo "=== $section"
    began=$SECONDS
    ( "$section" )
    status=$?
    case $status in
    0) good+=("$section") && outcome=passed ;;
    "$skipped") left_out+=("$section") && outcome=skipped ;;
    *) bad+=("$section") && outcome="FAILED (status $status)" ;;
    esac
    echo "=== $section: $outcome after $((SECONDS - began)) s"
done

echo
[ ${#left_out[@]} -eq 0 ] || echo "skipped: ${left_out[*]}"
[ ${#bad[@]} -eq 0 ] || echo "failed: ${bad[*]}"
echo "sections: ${#good[@]} passed, ${#bad[@]} failed, ${#left_out[@]} skipped, in $SECONDS s"
[ ${#bad[@]} -eq 0 ]
