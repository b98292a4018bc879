# What a job can do to its Listener by what it inherits of the Worker: the channel, and the pipe for answers.
load runner_helpers

# The Worker of this step, and the number of its first descriptor of the channel, which steps inherit.
# shellcheck disable=SC2016 # the step's own
WORKER='for w in /proc/[0-9]*; do
	[ "$(tr "\0" " " <$w/cmdline | cut -d" " -f2)" = spawnclient ] && break
done
set -- $(tr "\0" " " <$w/cmdline)
messages=$3 answers=$4'

@test "a step cannot cancel its own job by the channel that it inherits" {
	# shellcheck disable=SC2016
	id=$(script "$WORKER"'
		[ -e /proc/self/fd/$messages ] || { echo "not inherited"; exit 1; }
		printf "\2\0\0\0\0\0\0\0" 2>/dev/null >/proc/self/fd/$messages && echo sent >told
		perl -e '"'"'$SIG{PIPE} = "IGNORE"; open my $f, "+>&=", shift or exit; syswrite($f, pack("VV", 2, 0)) and system "echo sent >told"'"'"' $messages
		[ ! -e told ] || { echo "not refused"; exit 1; }
		for i in 1 2 3 4 5 6 7 8 9; do read -rt 0.1 <> <(:) || :; done
		echo end')
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	log_has "$id" end
	ended 30
}

@test "the pipe for the Worker's answers is not read: who fills it stops himself" {
	# shellcheck disable=SC2016
	id=$(script "$WORKER"'
		[ -p /proc/self/fd/$answers ] || { echo "not inherited"; exit 1; }
		perl -e '"'"'open my $f, ">>&=", shift or exit 1; use Fcntl; fcntl($f, F_SETFL, O_WRONLY | O_NONBLOCK);
			my ($n, $all) = (0, 0);
			for (1 .. 1000) { $n = syswrite $f, "x" x 4096; $all += $n // 0; select undef, undef, undef, 0.001 unless $n }
			print "taken: $all\n"'"'"' $answers')
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	[ "$(conclusion "$id")" = success ]
	log_has "$id" "taken: 65536"
	ended 30
}

@test "what an update tries to leave is bounded, and gone before the next Listener" {
	# A distribution whose Listener does what an update that is refused does, and then ends.
	mv "$W/dist/bin/Runner.Listener" "$W/dist/bin/real"
	cat >"$W/dist/bin/Runner.Listener" <<'SH'
#!/bin/bash
[ "$1" = run ] || exec "${0%/*}/real" "$@"
cd "${0%/*}/.." || exit
echo "log size $RUNNER_LOGSIZE"
echo "found: $(echo bin.* externals.* _work/_update/* update.finished)"
rm -r _work/_update 2>&1 && echo "made room"
mkdir -p _work/_update bin.9.9.9 _diag
head -c 40M /dev/zero 2>&1 >_work/_update/runner.tar.gz && echo "downloaded"
cp -r bin/. bin.9.9.9/
touch update.finished
for i in 1 2 3 4 5; do head -c 10M /dev/zero >_diag/Runner_$i.log; done
echo "diag: $(du -sm _diag | cut -f1)"
exit 2
SH
	chmod 755 "$W/dist/bin/Runner.Listener"
	start ACCESS_TOKEN=$PAT
	restarted() {
		[ "$(grep -c 'found: bin\.\* externals\.\* _work/_update/\* update\.finished' "$W/out")" -ge 2 ]
	}
	until_true 60 restarted
	run ! said downloaded
	run ! said "made room"
	said "Device or resource busy"
	said "No space left on device"
	said "log size 4"
	[ "$(grep -c 'found:' "$W/out")" = "$(grep -c 'found: bin\.\*' "$W/out")" ]
	stops 30
}

@test "standard output that nobody reads keeps neither a job nor a stop waiting" {
	contract
	mkfifo "$W/full"
	exec {full}<>"$W/full"
	python3 -c 'import os, sys
os.set_blocking(1, False)
try:
    while True:
        os.write(1, b"x" * 4096)
except BlockingIOError:
    pass' >&"$full"
	# shellcheck disable=SC2154 # by exec
	env -i "${CONTRACT[@]}" ACCESS_TOKEN=$PAT RUNNER_NAME=mute "$BUILD/cofferdam-runner" start >&"$full" 2>>"$W/err" 3>&- {full}>&- &
	RUNNER_PID=$!
	wait_runner idle mute
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	said "standard output: the reader does not read: the Listener's lines are lost"
	[ "$(grep -c "standard output: " "$W/err")" = 1 ]
	stops 30
	exec {full}>&-
}

# Whatever of the two the slot sees first: it is woken when both wait for it.
@test "a Listener that prints and hands its job over at once keeps its slot from nothing" {
	local slot name i
	name=$(printf '%8200s' '' | tr ' ' x)
	start ACCESS_TOKEN=$PAT
	for i in 1 2 3 4 5 6; do
		until_true 30 eval '[ "$(grep -c "Listening for Jobs" "$W/out")" -ge 1 ]'
		slot=$(pgrep -P "$RUNNER_PID" -f 'cofferdam-runner start')
		kill -STOP "$slot"
		id=$(queue "{\"name\": \"$name\", \"steps\": [{\"run\": \"true\"}]}")
		until_true 30 pid_of 'Runner.Worker spawnclient'
		read -rt 0.3 <> <(:) || :
		kill -CONT "$slot"
		[ "$(conclusion "$id")" = success ]
		until_true 30 eval '[ "$(grep -c ": succeeded in" "$W/err")" = $i ]'
	done
	stops 30
}
