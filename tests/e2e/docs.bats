# Man pages and completions: made from the tables, and such that their readers take them.

bats_require_minimum_version 1.5.0

setup() {
	BUILD=${BUILD:-$BATS_TEST_DIRNAME/../../build}
}

# Every option of `run`, as its help lists them.
options() {
	"$BUILD/cofferdam" run --help | sed -n '/--help/d; s/^  \(-., \)\{0,1\}--\(\[no-\]\)\{0,1\}\([a-z-]*\).*/\3/p'
}

@test "the man pages are without fault" {
	run mandoc -T lint -W warning "$BUILD"/man/*.[15]
	[ "$output" = "" ]
	[ "$status" = 0 ]
}

@test "cofferdam-run(1) and every completion name every option" {
	[ "$(options | wc -l)" -gt 20 ]
	options | while read -r option; do
		grep -qF -- "\\-\\-${option//-/\\-}\\fR" "$BUILD/man/cofferdam-run.1" || { echo "man page: $option"; exit 1; }
		later=$("$BUILD/cofferdam" run --help | grep -A1 -- "--\(\[no-\]\)\?$option\b" | grep -c 'not supported yet' || :)
		[ "$later" = 0 ] || continue
		grep -q -- "--$option\b" "$BUILD/completion/cofferdam.bash" || { echo "bash: $option"; exit 1; }
		grep -q -- "--$option\b" "$BUILD/completion/cofferdam.zsh" || { echo "zsh: $option"; exit 1; }
		grep -q -- "-l $option\b" "$BUILD/completion/cofferdam.fish" || { echo "fish: $option"; exit 1; }
	done
}

@test "cofferdam-profile(5) names every key of the schema" {
	keys=$("$BUILD/cofferdam" policy schema | jq -r '.properties | keys[]')
	[ "$(wc -l <<<"$keys")" -gt 20 ]
	while read -r key; do
		grep -qF "\\fB$key\\fR" "$BUILD/man/cofferdam-profile.5" || { echo "$key"; false; }
	done <<<"$keys"
}

@test "cofferdam-runner.json(5) and docs/runner.md name every key of a pool" {
	keys=$("$BUILD/cofferdam-runner" schema | jq -r '.properties.pools.items.properties | keys[]')
	[ "$(wc -l <<<"$keys")" -ge 10 ]
	while read -r key; do
		grep -qF "\\fB$key\\fR" "$BUILD/man/cofferdam-runner.json.5" || { echo "$key"; false; }
		grep -qF "| \`$key\` | " "$BATS_TEST_DIRNAME/../../docs/runner.md" || { echo "$key"; false; }
	done <<<"$keys"
}

@test "docs/report.md names every protection of a report" {
	names=$("$BUILD/cofferdam" entrypoint --report - -- true 2>/dev/null | jq -r '.protections | keys[]')
	[ "$(wc -l <<<"$names")" -gt 20 ]
	while read -r name; do
		grep -qE "\`($name|\*_${name##*_})\`" "$BATS_TEST_DIRNAME/../../docs/report.md" || { echo "$name"; false; }
	done <<<"$names"
}

@test "docs/runner.md has each variable of the official runner and of its images, and what becomes of it, as cofferdam-runner(1)" {
	local name='' n=0

	while IFS= read -r line; do
		case $line in
		'\fB'*'\fR') name=${line#'\fB'} name=${name%'\fR'} ;;
		honoured:* | translated:* | refused:*)
			grep -qE "^\|.*\`${name//\*/\\*}\`.* \| ${line%%:*}" "$BATS_TEST_DIRNAME/../../docs/runner.md" || { echo "$name: not ${line%%:*}"; return 1; }
			n=$((n + 1))
			;;
		esac
	done <"$BUILD/man/cofferdam-runner.1"
	[ "$n" -ge 80 ]
}

@test "cofferdam(1) names every command" {
	commands=$("$BUILD/cofferdam" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
	[ "$(wc -l <<<"$commands")" -ge 7 ]
	while read -r command; do
		grep -q "^\.B.* \"\?$command" "$BUILD/man/cofferdam.1" || { echo "$command"; false; }
	done <<<"$commands"
}

@test "cofferdam-seccomp(5) names every group and argument, and its example is right" {
	local page=$BUILD/man/cofferdam-seccomp.5
	groups=$(sed -n 's/^\t{"\([a-z-]*\)",.*/\1/p' "$BATS_TEST_DIRNAME/../../policy/seccomp/groups.c")
	[ "$(wc -l <<<"$groups")" -gt 15 ]
	while read -r group; do
		grep -qF "\\fB@${group//-/\\-}\\fR" "$page" || { echo "$group"; false; }
	done <<<"$groups"
	arguments=$(sed -n 's/^\t{"\([a-z_0-9]*\)", [0-5], "\([a-z]*\)".*/\1: \2/p' "$BATS_TEST_DIRNAME/../../policy/syscalls/args.c")
	[ "$(wc -l <<<"$arguments")" -gt 30 ]
	while read -r argument; do
		grep -qF "\\fB$argument\\fR" "$page" || { echo "$argument"; false; }
	done <<<"$arguments"
	sed -n '/^\.SH EXAMPLE/,/^\.fi/{/^[^.]/p}' "$page" >"$BATS_TEST_TMPDIR/example.json"
	run -0 "$BUILD/cofferdam" policy check "$BATS_TEST_TMPDIR/example.json"
	run -0 "$BUILD/cofferdam" policy test "$BATS_TEST_TMPDIR/example.json" 'socket(inet, stream)'
	[[ $output == *ALLOW* ]]
}

@test "cofferdam-policy(1) names every subcommand" {
	subcommands=$("$BUILD/cofferdam" policy --help | sed -n 's/^ *\(Usage: \)\{0,1\}cofferdam policy \([a-z]*\).*/\2/p' | sort -u)
	[ "$(wc -l <<<"$subcommands")" -ge 7 ]
	while read -r subcommand; do
		grep -qxF ".B $subcommand" "$BUILD/man/cofferdam-policy.1" || { echo "$subcommand"; false; }
	done <<<"$subcommands"
}

@test "the shells take the completions" {
	bash -n "$BUILD/completion/cofferdam.bash"
	zsh -n "$BUILD/completion/cofferdam.zsh"
	fish -n "$BUILD/completion/cofferdam.fish"
}

# complete WORD…: what bash offers for the last word.
complete_words() {
	BUILD=$BUILD bash -c '. "$BUILD/completion/cofferdam.bash"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_cofferdam
		echo "${COMPREPLY[@]}"' bash "$@"
}

@test "bash completes commands, options, values and files" {
	[ "$(complete_words cofferdam pol)" = policy ]
	[ "$(complete_words cofferdam run --memory-)" = "--memory-high --memory-min" ]
	[[ " $(complete_words cofferdam run --network '') " == *" none "*host* ]]
	[[ " $(complete_words cofferdam run --profile '') " == *" strict "* ]]
	[ "$(complete_words cofferdam run --report /etc/passw)" = "/etc/passwd" ] ||
		[[ " $(complete_words cofferdam run --report /etc/passw) " == *" /etc/passwd "* ]]
	[ "$(complete_words cofferdam runner swe)" = sweep ]
	[[ " $(complete_words cofferdam run -- bas) " == *" bash "* ]]
}

@test "each shell completes the names of images" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p store/names data/cofferdam home/.local/share/cofferdam
	ln -s ../trees/x store/names/debian
	ln -s ../trees/y store/names/devel
	touch store/names/not-one
	ln -s "$PWD/store" data/cofferdam/images
	ln -s "$PWD/store" home/.local/share/cofferdam/images
	for where in "COFFERDAM_IMAGES=$PWD/store" "XDG_DATA_HOME=$PWD/data" "HOME=$PWD/home"; do
		unset COFFERDAM_IMAGES XDG_DATA_HOME
		export "${where?}"
		for row in verify remove; do
			[ "$(complete_words cofferdam image "$row" '' | tr ' ' '\n' | grep -v ^- | xargs)" = "debian devel" ]
			[ "$(complete_words cofferdam image "$row" dev)" = devel ]
		done
		# As bash splits it, and as it is without a colon in COMP_WORDBREAKS.
		[ "$(complete_words cofferdam run --root image :)" = "debian devel" ]
		[ "$(complete_words cofferdam run --root image : deb)" = debian ]
		[ "$(complete_words cofferdam run --root image:deb)" = image:debian ]
		[[ " $(complete_words cofferdam run --root '') " == *" host overlay image:debian image:devel "* ]]
		[ "$(fish -c 'source $BUILD/completion/cofferdam.fish; complete -C "cofferdam image verify deb"')" = debian ]
		[[ "$(fish -c 'source $BUILD/completion/cofferdam.fish; complete -C "cofferdam run --root image:"' | xargs)" == *"image:debian"*"image:devel"* ]]
		# What zsh would do in _arguments: the braces are evaluated.
		zsh_says='_arguments() { local spec; for spec; do case $spec in *"$want"*) eval "${${spec##*:\{}%\}}" ;; esac; done }
			_files() { : }; compadd() { print -r -- "${@:2}" }; source $BUILD/completion/cofferdam.zsh'
		[ "$(zsh -fc "words=(cofferdam image verify '') CURRENT=4 want=':argument:'; $zsh_says")" = "debian devel" ]
		[ "$(zsh -fc "words=(cofferdam run --root '') CURRENT=4 want='--root['; $zsh_says")" = "host overlay image:debian image:devel" ]
	done
	export COFFERDAM_IMAGES=$PWD/none
	[ "$(complete_words cofferdam image verify dev)" = "" ]
}

# zsh_words SUBCOMMAND: what zsh offers after it.
zsh_words() {
	zsh -fc "words=(cofferdam runner $1 '') CURRENT=4 want=':argument:'
		_arguments() { local spec; for spec; do case \$spec in *\"\$want\"*) eval \"\${\${spec##*:\{}%\}}\" ;; esac; done }
		_files() { : }; compadd() { print -r -- \"\${@:2}\" }; source \$BUILD/completion/cofferdam.zsh" | xargs
}

@test "each shell completes the slots and pools of runner drain, and the jobs of runner attach" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/cofferdam" <<-'END'
		#!/bin/sh
		[ "$*" = "runner status --json" ] || exit 1
		echo '{"pools": [{"pool": "big.1"}, {"pool": "small"}], "slots": [{"slot": 12, "pool": "big.1"}, {"slot": 3, "pool": "big.1"}],
			"running": [{"id": "3-run", "pool": "big.1", "slot": 3, "name": "\"slot\": 77,"}],
			"held": [{"id": "12-a1", "slot": 12}, {"id": "3-b2", "slot": 3}], "last": [{"id": "4-c3"}]}' | jq .
	END
	chmod +x "$BATS_TEST_TMPDIR/bin/cofferdam"
	export PATH=$BATS_TEST_TMPDIR/bin:$PATH
	[ "$(complete_words cofferdam runner drain '' | tr ' ' '\n' | grep -v ^- | sort | xargs)" = "12 3 big.1 small" ]
	[ "$(complete_words cofferdam runner drain sm)" = small ]
	[ "$(complete_words cofferdam runner attach '' | tr ' ' '\n' | grep -v ^- | sort | xargs)" = "12-a1 3-b2" ]
	[ "$(complete_words cofferdam runner release 1)" = 12-a1 ]
	[ "$(fish -c 'source $BUILD/completion/cofferdam.fish; complete -C "cofferdam runner drain b"')" = big.1 ]
	[ "$(fish -c 'source $BUILD/completion/cofferdam.fish; complete -C "cofferdam runner attach 3"')" = 3-b2 ]
	[ "$(zsh_words drain)" = "12 3 big.1 small" ]
	[ "$(zsh_words release)" = "12-a1 3-b2" ]
	# Where no supervisor has run there is nothing to offer.
	printf '#!/bin/sh\nexit 4\n' >"$BATS_TEST_TMPDIR/bin/cofferdam"
	[ "$(complete_words cofferdam runner drain b)" = "" ]
}

# Every command line that has options of its own, as the help texts name them: "run", "policy show", …
paths() {
	"$BUILD/cofferdam" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | while read -r command; do
		case $command in
		policy | image) "$BUILD/cofferdam" "$command" --help | sed -n "s/^  \([a-z][a-z]*\) .*/$command \1/p" ;;
		runner) "$BUILD/cofferdam" runner --help | sed -n '/not supported yet/d; s/^  \([a-z][a-z]*\) .*/runner \1/p' ;;
		seccomp) echo seccomp exec ;;
		*) echo "$command" ;;
		esac
	done
}

# offered PATH…: the long options that bash offers there.
offered() {
	complete_words cofferdam "$@" -- | tr ' ' '\n' | grep -- '^--[a-z]' | sort -u
}

# taken PATH…: which of the options on standard input a subcommand takes. In a shell of its own: bats notes each line of a test, and these are
# some thousand.
taken() {
	bash -c 'while read -r option; do
		said=$("$BUILD/cofferdam" "$@" "$option=1" 2>&1 </dev/null) || :
		[[ $said != *"does not take a value"* ]] || said=$("$BUILD/cofferdam" "$@" "$option" 2>&1 </dev/null) || :
		[[ $said =~ "unknown option"|"not available to an entrypoint"|"not supported yet"|"unexpected argument" ]] || echo "$option"
	done' bash "$@"
}

@test "completion offers, for every subcommand, exactly the options that it takes" {
	local all=$BATS_TEST_TMPDIR/all offered=$BATS_TEST_TMPDIR/offered taken=$BATS_TEST_TMPDIR/taken
	export BUILD
	[ "$(paths | wc -l)" -ge 14 ]
	paths | while read -r path; do
		offered $path
	done | sort -u | grep -v '^--help$' >"$all"
	[ "$(wc -l <"$all")" -gt 50 ]
	paths | while read -r path; do
		offered $path | grep -v '^--help$' >"$offered" || :
		taken $path <"$all" >"$taken"
		diff "$offered" "$taken" || { echo "$path"; exit 1; }
	done
}

@test "completion offers the subcommands that there are" {
	for command in policy image runner seccomp; do
		[ "$(complete_words cofferdam "$command" '' | tr ' ' '\n' | grep -v '^--' | sort)" = \
			"$(paths | sed -n "s/^$command //p" | sort)" ]
	done
}

@test "fish and zsh offer what bash offers" {
	paths | while read -r path; do
		offered $path >"$BATS_TEST_TMPDIR/bash"
		fish -c "source $BUILD/completion/cofferdam.fish; complete -C 'cofferdam $path --'" | sed 's/\t.*//' | sort -u >"$BATS_TEST_TMPDIR/fish"
		sed -n "/^\t'$path')/,/;;/s/^\t\t\t'\**\(--[a-z0-9-]*\)\[.*/\1/p" "$BUILD/completion/cofferdam.zsh" | sort -u >"$BATS_TEST_TMPDIR/zsh"
		diff "$BATS_TEST_TMPDIR/bash" "$BATS_TEST_TMPDIR/fish" || { echo "fish: $path"; exit 1; }
		diff "$BATS_TEST_TMPDIR/bash" "$BATS_TEST_TMPDIR/zsh" || { echo "zsh: $path"; exit 1; }
	done
}

@test "values of options are completed as the subcommand takes them" {
	[[ " $(complete_words cofferdam policy compile --format '') " == *" asm "* ]]
	[ "$(complete_words cofferdam policy learn --format '')" = "form json" ]
	[ "$(complete_words cofferdam entrypoint --allow-degraded '')" = "landlock none" ]
	[[ " $(complete_words cofferdam policy explain st) " == *" strict "* ]]
	[[ " $(complete_words cofferdam seccomp exec jo) " == *" job "* ]]
	[[ " $(complete_words cofferdam policy learn -o x -- bas) " == *" bash "* ]]
	[ "$(complete_words cofferdam completion z)" = zsh ]
}

# listed PAGE [SUBCOMMAND]: what the list of options in a man page has, or in the section of a subcommand, without the short forms.
listed() {
	sed -n "/^\.S[HS] \"*${2:+cofferdam }${2:-OPTIONS}\"*\$/,/^\.S[SH] /p" "$BUILD/man/$1.1" | grep -o '\\fB\\-\\-[a-z\\-]*\\fR' |
		sed 's/\\f.//g; s/\\//g' | sort -u
}

# of_help SUBCOMMAND…: the same of a help text.
of_help() {
	"$BUILD/cofferdam" "$@" --help | sed -n 's/^  \(-., \)\{0,1\}--\(\[no-\]\)\{0,1\}\([a-z-]*\).*/--\3\n--\2\3/p' |
		sed '/^--help$/d; s/\[no-\]/no-/' | sort -u
}

@test "man pages and help texts list the same options" {
	for path in "policy explain" "policy test" "policy diff" "policy compile" "policy learn"; do
		[ -n "$(of_help $path)" ]
		diff <(of_help $path) <(listed cofferdam-policy "$path") || { echo "cofferdam-policy: $path"; false; }
	done
	for path in "seccomp exec" entrypoint; do
		[ -n "$(of_help $path)" ]
		diff <(of_help $path) <(listed "cofferdam-${path// /-}") || { echo "$path"; false; }
	done
	# doctor has those of run, and some of its own.
	[ "$(listed cofferdam-doctor | xargs)" = "--json --why" ]
	diff <(of_help doctor) <({ of_help run; listed cofferdam-doctor; } | sort -u)
	# Variables, not options.
	variables=$("$BUILD/cofferdam" runner start --help | sed -n 's/^  \([A-Z_]\{4,\}\)$/\1/p')
	[ "$(wc -l <<<"$variables")" -gt 12 ]
	diff <(echo "$variables") <(sed -n '/^\.SH ENVIRONMENT/,/^\.S[HS] V/s/^\\fB\([A-Z_]*\)\\fR$/\1/p' "$BUILD/man/cofferdam-runner.1")
}

@test "every command has a man page, and cofferdam(1) refers to it" {
	for page in "$BUILD"/man/cofferdam-*.[15]; do
		name=$(basename "$page") section=${page##*.}
		grep -qF ".BR ${name//-/\\-}" <(sed "s/ ($section)/.$section/" "$BUILD/man/cofferdam.1") || { echo "$name"; false; }
		grep -qxF ".BR cofferdam (1)," <(sed -n '/^\.SH SEE ALSO/,$p' "$page") || { echo "$name"; false; }
	done
	pages=("$BUILD"/man/*.[15])
	[ "${#pages[@]}" = 11 ]
}

@test "make install: programs, pages, completions, schema and examples, and no name of a directory that is read" {
	run -0 env -u MAKEFLAGS -u MAKELEVEL make -s -C "$BATS_TEST_DIRNAME/../.." BUILD="$BUILD" DESTDIR="$BATS_TEST_TMPDIR/d" PREFIX=/usr install
	cd "$BATS_TEST_TMPDIR/d/usr"
	[ "$(echo bin/*)" = "bin/cofferdam bin/cofferdam-runner bin/cofferdam-worker" ]
	pages=(share/man/man1/cofferdam*.1 share/man/man5/cofferdam*.5)
	[ "${#pages[@]}" = 11 ]
	[ "$(echo share/cofferdam/*)" = "share/cofferdam/examples share/cofferdam/grafana share/cofferdam/prometheus share/cofferdam/report.schema.json" ]
	[ "$(echo lib/systemd/*/*)" = "lib/systemd/system/cofferdam-runner@.service lib/systemd/user/cofferdam-runner.service" ]
	grep -qx "ExecStart=/usr/bin/cofferdam runner start" lib/systemd/user/cofferdam-runner.service
	jq -e '.title == "Cofferdam report"' share/cofferdam/report.schema.json
	# They are what the program has, so they are good to start from.
	diff -r -x '*.md' share/cofferdam/examples "$BATS_TEST_DIRNAME/../../profiles"
	bin/cofferdam policy check share/cofferdam/examples/job.json share/cofferdam/examples/seccomp/strict.json
	# And only that: the program runs without them.
	rm -r share
	bin/cofferdam policy show job >/dev/null
}

# Quoted in SECURITY.md: files of tests, names of tests in them, words for tests/escape/suite.
@test "SECURITY.md names tests that there are" {
	cd "$BATS_TEST_DIRNAME/../.."
	grep -oE '`bats tests/[^`]*`|`tests/escape/suite [^`]*`|`build/unit/test_[^`]*`' SECURITY.md | tr -d '`' >"$BATS_TEST_TMPDIR/commands"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/commands")" -ge 12 ]
	while read -r command; do
		echo "$command"
		eval "words=($command)"
		case $command in
		build/*) for word in "${words[@]}"; do [ -e "tests/unit/${word##*/}.c" ]; done ;;
		bats*)
			[ -e "${words[1]}" ]
			[ "${#words[@]}" -le 2 ] || grep -E "^@test \"" "${words[1]}" | grep -qE -- "${words[3]}"
			;;
		*) for word in "${words[@]:1}"; do
			grep -hE '(attack|skip|landlocked|by_handle|refused) ' tests/escape/rows-*.bash | grep -qF -- "$word" ||
				grep -qF -- "\"$word" tests/escape/rows-*.bash || { echo "no row: $word"; false; }
		done ;;
		esac
	done <"$BATS_TEST_TMPDIR/commands"
	# And a word without a row is no success.
	run -1 tests/escape/suite nonesuch
	[[ $output == *'escape: no row has "nonesuch" in its name'* ]]
}

@test "fish completes commands and options" {
	run fish -c "source $BUILD/completion/cofferdam.fish; complete -C 'cofferdam run --memo'"
	[[ $output == --memory* ]]
	run fish -c "source $BUILD/completion/cofferdam.fish; complete -C 'cofferdam pol'"
	[[ $output == policy* ]]
}

@test "a shell that is not known is refused" {
	run "$BUILD/cofferdam" completion tcsh
	[ "$status" = 125 ]
	[[ $output == *"expected bash, zsh or fish"* ]]
}

@test "docs/architecture.md names every room, and no other" {
	cd "$BATS_TEST_DIRNAME/../.."
	named=$(sed -n '/^## Rooms/,$p' docs/architecture.md | grep '^| `' | cut -d'|' -f2 | grep -o '`[a-z/]*/`' | tr -d '`')
	there=$(find common policy image sandbox runner cli -name '*.[ch]' -printf '%h/\n' | sort -u)
	diff <(LC_ALL=C sort <<<"$there") <(LC_ALL=C sort <<<"$named")
}
