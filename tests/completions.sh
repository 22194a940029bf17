#!/bin/bash
# Completions in zsh and fish as a person has them: the script is sourced, words are typed, the key is pressed.
# (bash is asked by tests/it/completions.rs.)
#
#   tests/completions.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
fixture=$(realpath "$(dirname "$0")/fixtures/completions.toml")
home=$(mktemp -d)
trap 'rm -r "$home"' EXIT
mkdir "$home/bin"
ln -s "$binary" "$home/bin/wireroom"
export PATH="$home/bin:$PATH" HOME="$home" WIREROOM_SERVER=http://127.0.0.1:9
cd "$home"
cp "$fixture" wireroom.toml

# What is typed, and what stands on the line after the key; a source's identifier ends in a hash.
typed=("artic" "articles list --outlet ga" "articles export --outlet her" "sources poll gaz"
    "endpoints test de" "endpoints explain wa" "deliveries list --endpoint w")
expected=("articles" "articles list --outlet gazette" "articles export --outlet herald" "sources poll gazette-#"
    "endpoints test desk" "endpoints explain wall" "deliveries list --endpoint wall")

# A zsh on a terminal of its own. The widget presses the key, writes down the line, and empties it.
cat >zsh.zsh <<'ZSH'
zmodload zsh/zpty
typeset -F SECONDS
lines=$(mktemp)
zpty shell "TERM=dumb zsh -f -i"
zpty -w shell "autoload -Uz compinit && compinit -u -D && source <(wireroom completions zsh)
show() { zle complete-word; print -r -- \"\$BUFFER\" >>$lines; BUFFER= }
zle -N show && bindkey '^X' show"
for words in "$@"; do
    zpty -w -n shell "wireroom $words"$'\x18'
done
# Read from the terminal until all is written down: whoever does not read would stop it.
for (( until = SECONDS + 60; SECONDS < until && $(wc -l <$lines) < $#; )); do
    zpty -r -t shell said
done
zpty -d shell
cat $lines
rm $lines
ZSH

# Alone, as it is chosen by the key where nothing else is meant.
cat >fish.fish <<'FISH'
wireroom completions fish | source
for words in $argv
    set -l offered (complete -C "wireroom $words" | string split -f 1 \t)
    echo "wireroom" (string replace -r '\S+$' '' -- $words)"$offered"
end
FISH

check() {
    local shell=$1 index line expect failed=0
    shift
    mapfile -t lines < <("$@" "${typed[@]}")
    for index in "${!typed[@]}"; do
        line=$(sed -E 's/ +/ /g; s/ $//; s/-[0-9a-f]{8}$/-#/' <<<"${lines[index]:-}")
        expect="wireroom ${expected[index]}"
        if [ "$line" != "$expect" ]; then
            echo "$shell: of \`${typed[index]}\` it makes \`$line\`, not \`$expect\`" >&2
            failed=1
        fi
    done
    [ $failed -eq 0 ] && echo "$shell: ${#typed[@]} lines are completed"
}

check zsh zsh -f zsh.zsh
check fish fish --no-config fish.fish
