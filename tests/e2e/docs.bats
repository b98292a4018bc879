# Man pages and completions: made from the tables, and such that their readers take them.

bats_require_minimum_version 1.5.0

setup() {
	BUILD=${BUILD:-$BATS_TEST_DIRNAME/../../build}
}

# Every option of `run`, as its help lists them.
options() {
	"$BUILD/cofferdam" run --help | sed -n '/--help/d; s/^  --\(\[no-\]\)\{0,1\}\([a-z-]*\).*/\2/p'
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
		later=$("$BUILD/cofferdam" run --help | grep -A1 -- "--\(\[no-\]\)\?$option\b" | grep -c 'not in this version' || :)
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

@test "cofferdam(1) names every command" {
	commands=$("$BUILD/cofferdam" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
	[ "$(wc -l <<<"$commands")" -ge 7 ]
	while read -r command; do
		grep -q "^\.B.* \"\?$command" "$BUILD/man/cofferdam.1" || { echo "$command"; false; }
	done <<<"$commands"
}

@test "cofferdam-seccomp(5) names every group and argument, and its example is right" {
	local page=$BUILD/man/cofferdam-seccomp.5
	groups=$(sed -n 's/^\t{"\([a-z-]*\)",.*/\1/p' "$BATS_TEST_DIRNAME/../../policy/seccomp_groups.c")
	[ "$(wc -l <<<"$groups")" -gt 15 ]
	while read -r group; do
		grep -qF "\\fB@${group//-/\\-}\\fR" "$page" || { echo "$group"; false; }
	done <<<"$groups"
	arguments=$(sed -n 's/^\t{"\([a-z_0-9]*\)", [0-5], "\([a-z]*\)".*/\1: \2/p' "$BATS_TEST_DIRNAME/../../policy/syscall_args.c")
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
	[ "$(complete_words cofferdam run --memory-)" = --memory-high ]
	[[ " $(complete_words cofferdam run --network '') " == *" none "*host* ]]
	[[ " $(complete_words cofferdam run --profile '') " == *" strict "* ]]
	[ "$(complete_words cofferdam run --report /etc/passw)" = "/etc/passwd" ] ||
		[[ " $(complete_words cofferdam run --report /etc/passw) " == *" /etc/passwd "* ]]
	[ "$(complete_words cofferdam runner swe)" = sweep ]
	[[ " $(complete_words cofferdam run -- bas) " == *" bash "* ]]
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
	[[ $output == *"bash, zsh or fish"* ]]
}

@test "docs/architecture.md names every file of the rooms, and no other" {
	cd "$BATS_TEST_DIRNAME/../.."
	named=$(sed -n 's,^| `\([a-z/]*\)/` | `\([a-z0-9_.]*\)` | ..*|$,\1/\2,p' docs/architecture.md)
	[ "$(wc -l <<<"$named")" -gt 200 ]
	# A header with a .c file beside it goes with that.
	there=$(find common policy sandbox runner cli -name '*.[ch]' | while read -r file; do
		[[ $file == *.h && -e ${file%.h}.c ]] || echo "$file"
	done)
	diff <(LC_ALL=C sort <<<"$there") <(LC_ALL=C sort <<<"$named")
}
