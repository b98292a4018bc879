# What `make hooks` installs: a check of commit messages.

bats_require_minimum_version 1.5.0

setup() {
	SRC=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
	cd "$BATS_TEST_TMPDIR"
	git init -q
	mkdir -p tests docs
	cp -r "$SRC/tests/hooks" tests
	tests/hooks/install
}

# commit MESSAGE [FILE]: with a change of that file (one of C).
commit() {
	local file=${2:-file.c}
	echo x >>"$file"
	git add "$file"
	run git commit -q -F - <<<"$1"
	echo "$1"
	echo "$output"
}

B=$'\n\nThe reason.'

@test "a message as the tree has them passes" {
	local subject
	for subject in "sandbox/disk: count links once" "network open: refuse neighbours on the link" "SECURITY: say what is covered" \
		"tests/e2e/lie, runner/registration_api: fix what lint says" "Makefile, tests: need no compiler" \
		"tests: embed the image" "docs: bring the list up to date" "sandbox: exceed no limit" \
		"a: $(printf 'ö%.0s' {1..65}) 123"; do
		commit "$subject$B"
		[ "$status" = 0 ]
	done
	[ "$(git log --oneline | wc -l)" = 9 ]
}

@test "a subject that is too long, or of another form, is refused by name" {
	commit "a: $(printf 'ö%.0s' {1..66}) 123$B"
	[ "$status" = 1 ]
	[[ $output == *"73 characters (at most 72)"* ]]
	local subject
	for subject in "Count links once" "count links once" "Sandbox: count links once" "sandbox:count links" "sandbox: count" ": count links"; do
		commit "$subject$B"
		[ "$status" = 1 ]
		[[ $output == *'expected "area: verb ..."'* ]]
	done
	commit "sandbox: count links.$B"
	[ "$status" = 1 ]
	[[ $output == *"ends with a dot"* ]]
	[ -z "$(git log --oneline 2>/dev/null)" ]
}

@test "what is no imperative is refused" {
	local verb
	for verb in Count the what no counted added counting; do
		commit "sandbox: $verb links once$B"
		[ "$status" = 1 ]
		[[ $output == *"\"$verb\": expected"* ]]
	done
}

@test "the second line is empty" {
	commit $'sandbox: count links once\nThe reason.'
	[ "$status" = 1 ]
	[[ $output == *"line 2: expected an empty line"* ]]
}

@test "a body is wanted, but of documentation alone" {
	commit "sandbox: count links once"
	[ "$status" = 1 ]
	[[ $output == *"body: missing"* ]]
	commit $'sandbox: count links once\n\n# a comment\n# ------------------------ >8 ------------------------\ndiff'
	[ "$status" = 1 ]
	[[ $output == *"body: missing"* ]]
	git rm -qf --cached file.c
	commit "docs: say how links are counted" docs/a.html
	[ "$status" = 0 ]
	commit "README: name the guide" README.md
	[ "$status" = 0 ]
	git add file.c
	commit "docs: say how links are counted" docs/a.html
	[ "$status" = 1 ]
}

@test "git's own messages pass" {
	commit "fixup! sandbox: count links once"
	[ "$status" = 0 ]
	run git revert --no-edit HEAD
	[ "$status" = 0 ]
}

@test "hooks that are there are not turned off" {
	tests/hooks/install # once more
	git config core.hooksPath elsewhere
	run tests/hooks/install
	[ "$status" = 1 ]
	[[ $output == *"core.hooksPath is elsewhere already"* ]]
	git config --unset core.hooksPath
	mkdir -p .git/hooks
	echo >.git/hooks/pre-push
	run tests/hooks/install
	[ "$status" = 1 ]
	[[ $output == *"pre-push: git would not run it any more"* ]]
	run git config --get core.hooksPath
	[ -z "$output" ]
}
