#!/usr/bin/env bash
# databases: none
# Completion in the shells themselves: each gets the script that `souk completion` prints, and is asked as if someone
# had pressed Tab. What must be offered is read from `souk help --json` and `souk config --list --json`.
# shellcheck disable=SC2016 # programs in other languages have dollars of their own
set -u
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

for shell in bash fish zsh; do "$SOUK" completion "$shell" > "$SOUK_TEST_DIR/$shell"; done
refused=$("$SOUK" completion tcsh 2>&1)
is 'another shell is refused' $? 2
has 'with those that there are' "$refused" 'SHELL must be one of bash, fish, zsh'

# A file to complete, in a folder of its own.
mkdir "$SOUK_TEST_DIR/here"
touch "$SOUK_TEST_DIR/here/one file.txt"

# The questions, a line each ("|" stands for the cursor's word being empty), and what each must offer at least.
node -e '
const {execFileSync} = require("node:child_process");
const ask = (...words) => JSON.parse(execFileSync(process.env.SOUK, [...words, "--json"]));
const settings = ask("config", "--list").map((row) => row.flag);
const commands = ask("help");
const heads = [...new Set(commands.map((command) => command.name.split(" ")[0]))];
const seconds = (head) => commands.filter((c) => c.name.startsWith(`${head} `)).map((c) => c.name.split(" ")[1]);
const lines = [["souk ", heads], ["souk help ", heads]];
for (const head of heads.filter((head) => seconds(head).length)) {
    lines.push([`souk ${head} `, seconds(head)], [`souk help ${head} `, seconds(head)]);
}
for (const {name, usage} of commands) {
    const own = usage.match(/--[a-z][a-z-]*/g) ?? [];
    lines.push([`souk ${name} --`, [...own, "--json", "--help", ...(usage.includes("--SETTING") ? settings : [])]]);
}
lines.push(["souk serve --log-level ", ["debug", "info", "warn", "error"]], ["souk completion ", ["bash", "fish", "zsh"]],
           ["souk serve --log-level=", ["debug", "info", "warn", "error"]], ["souk serve --data on", ["one"]]);
for (const [line, offers] of lines) console.log(`${line}\t${[...new Set(offers)].join(" ")}`);
' > "$SOUK_TEST_DIR/questions"
ok 'there is much to ask' test "$(wc -l < "$SOUK_TEST_DIR/questions")" -gt 20

# ask_SHELL LINE: prints what is offered behind the line, one a line.
ask_bash() {
    (cd "$SOUK_TEST_DIR/here" && bash --norc -c '
        . "$1"
        line=$2
        read -ra COMP_WORDS <<< "${line//=/ = }"
        if [[ $line == *[\ =] ]]; then COMP_WORDS+=(""); fi
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _souk
        printf "%s\n" "${COMPREPLY[@]}"' bash "$SOUK_TEST_DIR/bash" "$1")
}

ask_fish() {
    (cd "$SOUK_TEST_DIR/here" && HOME=$SOUK_TEST_DIR fish --no-config -c '
        source $argv[1]
        complete -C $argv[2]' "$SOUK_TEST_DIR/fish" "$1" | sed 's/\t.*//; s/^--log-level=//')
}

# Zsh completes at its line editor only, which wants a terminal: one is made, its Tab bound to write down what
# compadd is given, and all lines are typed there once.
ask_zsh_all() {
    mkdir -p "$SOUK_TEST_DIR/functions"
    cp "$SOUK_TEST_DIR/zsh" "$SOUK_TEST_DIR/functions/_souk"
    cat > "$SOUK_TEST_DIR/inner.zsh" << 'END'
PS1= PS2=
unsetopt beep
fpath=($SOUK_TEST_DIR/functions $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
    local -a hits
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    builtin compadd -A hits "$@"
    print -rl -- $hits >> $SOUK_TEST_DIR/offered
    (( $#hits ))
}
tab() { zle complete-word; print -r -- '=== end' >> $SOUK_TEST_DIR/offered }
zle -N tab
bindkey '^I' tab
cd $SOUK_TEST_DIR/here
print -r -- '=== end' >> $SOUK_TEST_DIR/offered
END
    SOUK_TEST_DIR=$SOUK_TEST_DIR zsh -f -c '
        zmodload zsh/zpty zsh/zselect
        offered=$SOUK_TEST_DIR/offered
        heard() {
            local tries echo
            for tries in {1..30000}; do
                while zpty -r -t terminal echo; do :; done # or the terminal fills up
                [[ $(tail -n 1 $offered) == "=== end" ]] && return
                zselect -t 1
            done
            return 1
        }
        : > $offered
        zpty terminal "TERM=dumb zsh -f -i"
        zpty -w terminal ". $SOUK_TEST_DIR/inner.zsh"
        heard || exit 1
        for question in ${(f)"$(cut -f 1 $SOUK_TEST_DIR/questions)"}; do
            print -r -- "=== $question" >> $offered
            zpty -n -w terminal $'\''\x15'\''"$question"$'\''\t'\'' # Ctrl-U takes the last question away
            heard || exit 1
        done
        zpty -d terminal'
}

ask_zsh() { awk -v question="=== $1" '$0 == question {on = 1; next} /^=== end$/ {on = 0} on' "$SOUK_TEST_DIR/offered" | tr -d '\134'; }

ok 'zsh answers at its line editor' ask_zsh_all
for shell in bash fish zsh; do
    while IFS=$'\t' read -r line offers; do
        offered=" $("ask_$shell" "$line" | tr '\n' ' ') "
        lacks=''
        for word in $offers; do
            [[ $offered == *" $word "* ]] || lacks+=" $word"
        done
        is "$shell: $line" "$lacks" ''
    done < "$SOUK_TEST_DIR/questions"
done

is 'bash: only what fits is offered' "$(ask_bash 'souk key ad')" 'add'
is 'bash: nothing behind a number' "$(ask_bash 'souk seed --products ')" ''
is 'bash: behind -- there are no flags' "$(ask_bash 'souk key revoke -- --')" ''
tap_end
