#!/usr/bin/env bats
# --explain by name: what mounts, Landlock and missing privileges refuse is named as well, and nothing else changes.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# named LINE…: $stderr has each as a denial; a pattern.
named() {
	for line; do
		# shellcheck disable=SC2053 # a pattern
		[[ $stderr == *"cofferdam: denied: "$line* ]] || { echo "missing: $line in: $stderr"; return 1; }
	done
}

writes='touch /usr/x
mkdir /usr/lib/d
echo >/usr/bin/env
echo >>/usr/bin/env
cd /usr
touch ../etc/x
rm -f lib/os-release
mv lib/os-release bin/r
ln -s a bin/b
chmod 777 share
cd /
exec touch /x'

@test "read-only rows: named with --explain, by the row that makes them so; by default not" {
	local said
	run_split -1 "$COFFERDAM" run --explain --report r.json --ro "$BATS_TEST_TMPDIR" -- sh -c "$writes"
	said=$(grep -v '^cofferdam: ' <<<"$stderr")
	named 'openat(2) by touch (pid [0-9]*): dirfd -100, path "/usr/x", flags O_WRONLY*: EROFS (/usr is read-only by profiles/default.json:*: use --rw or --workspace' \
		'mkdir(2) by mkdir*: path "/usr/lib/d": EROFS (/usr is read-only by ' \
		'openat(2) by sh (pid 2): *path "/usr/bin/env", flags *O_TRUNC*: EROFS (/usr ' \
		'openat(2) by sh (pid 2): *path "/usr/bin/env", flags *O_APPEND*: EACCES (/usr ' \
		'openat(2) by touch*path "../etc/x"*: EROFS (/etc is read-only by ' \
		'unlinkat(2) by rm*path "lib/os-release": EROFS (/usr ' \
		'renameat2(2) by mv*from "lib/os-release", to "bin/r"*: EROFS (/usr ' \
		'symlinkat(2) by ln*to "a", path "bin/b": EROFS (/usr ' \
		'fchmodat(2) by chmod*path "share", mode 0777: EROFS (/usr ' \
		'openat(2) by touch*path "/x"*: EROFS (the sandbox'"'"'s own files are read-only'
	[[ $stderr != *"policy explain"* ]] # no rule of the policy has anything to do with it
	jq -e '.denials.seccomp == [] and (.denials.kernel | length == 10) and .denials.unwatched == 0
		and (.denials.kernel[0] | .cause == "read-only" and .errno == "EROFS" and .process == "touch" and .count == 1)' r.json
	run_split -1 "$COFFERDAM" run --report r.json --ro "$BATS_TEST_TMPDIR" -- sh -c "$writes"
	[ "$(grep -v '^cofferdam: ' <<<"$stderr")" = "$said" ] # the job saw the same
	[[ $stderr != *denied:* ]]
	jq -e '.denials.kernel == null' r.json
}

@test "what is writable, hidden or not there" {
	mkdir w
	run_split "$COFFERDAM" run --explain --workspace w --hide /usr/share -- sh -c 'touch a; mv a b; echo x >b; chmod 600 b; rm b
		mkdir d d/e; rmdir d/e; touch /usr/share/x /nowhere/x; rm -f /usr/nothing; touch -h b; cat /etc/shadow; : >/dev/null'
	named 'openat(2) by touch*path "/usr/share/x"*: EROFS (/usr/share is hidden by --hide'
	[ "$(grep -c ' denied: ' <<<"$stderr")" = 1 ]
	[ "$(ls w)" = d ]
	echo '{"extends": "default", "explain": true, "rw": ["'"$PWD/w"'"]}' >p.json
	run_split "$COFFERDAM" run --profile ./p.json -- touch "$PWD/w/x" /usr/x
	named 'openat(2) by touch*path "/usr/x"*'
	[ "$(grep -c ' denied: ' <<<"$stderr")" = 1 ]
}

@test "Landlock: a file that was handed over for reading; without Landlock it is written" {
	[ "$(python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, 0, 0, 1))')" -ge 2 ] || skip "this kernel has no Landlock"
	# Nameless: no mount of the sandbox's stands in the way.
	echo old >nameless
	exec 6<nameless
	rm nameless
	run_split "$COFFERDAM" run --explain -- sh -c 'echo new >/dev/stdin' <&6
	named 'openat(2) by sh (pid 2): *path "/dev/stdin"*: EACCES (Landlock: descriptor 0 was handed to the job for reading)'
	[ "$(cat /proc/self/fd/6)" = old ]
	run_split "$COFFERDAM" run --explain --no-landlock -- sh -c 'echo new >/dev/stdin' <&6
	[[ $stderr != *denied:* ]]
	[ "$(cat /proc/self/fd/6)" = new ]
	exec 6<&-
	echo old >named
	run_split "$COFFERDAM" run --explain -- sh -c 'echo new >/proc/self/fd/0' <named
	named 'openat(2) by sh (pid 2): *path "/proc/self/fd/0"*: EROFS (descriptor 0 was handed to the job for reading)'
}

@test "privileges that a program does not get: file capabilities, set-user-ID; a copy without them is not named" {
	mkdir w
	cp /bin/true w/capable
	unshare -Ur setcap cap_net_raw,cap_sys_admin+ep w/capable || skip "no user namespace to set file capabilities in"
	run_split -0 "$COFFERDAM" run --explain --workspace w --report r.json -- sh -c './capable; cp capable plain; ./plain'
	named 'execve(2) by sh (pid *): path "./capable": privileges (no_new_privs: the program runs without its CAP_NET_RAW, CAP_SYS_ADMIN)'
	[ "$(grep -c denied: <<<"$stderr")" = 1 ]
	jq -e '.denials.kernel[0] | .cause == "no_new_privs" and .errno == null' r.json
	run_split -0 "$COFFERDAM" run --explain --workspace w -- ./capable # the command itself
	named 'execve(2) by cofferdam: path "./capable": privileges (*CAP_NET_RAW'
	run_split -0 "$COFFERDAM" run --workspace w -- sh -c ./capable
	[ -z "$stderr" ]
	run_split "$COFFERDAM" run --explain -- sh -c 'su --version; :'
	named 'execve(2) by sh (pid *): path "/usr/bin/su": privileges (no_new_privs: the program runs without its set-user-ID)'
}

@test "securebits and capability sets" {
	local calls='import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
for call in (28, 0), (24, 1), (47, 2, 1, 0, 0), (8, 1), (15, b"x"):
    print(errno.errorcode[ctypes.get_errno()] if libc.prctl(*call) < 0 else "done")'
	run_split "$COFFERDAM" run --explain -- python3 -c "$calls"
	[ "${lines[*]}" = "EPERM EPERM EPERM done done" ]
	named 'prctl(2) by python3 (pid 2): option PR_SET_SECUREBITS: EPERM (the securebits are locked)' \
		'prctl(2) by python3 (pid 2): option PR_CAPBSET_DROP: EPERM (changing the bounding set requires CAP_SETPCAP)' \
		'prctl(2) by python3 (pid 2): option PR_CAP_AMBIENT: EPERM (no capability becomes ambient'
	[ "$(grep -c denied: <<<"$stderr")" = 3 ]
	run_split "$COFFERDAM" run -- python3 -c "$calls"
	[ "${lines[*]}" = "EPERM EPERM EPERM done done" ]
	[ -z "$stderr" ]
}

@test "what the policy denies stays denied, and is named as before" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO",
		"errnoRet": 71, "comment": "no directories"}, {"names": ["userfaultfd"], "action": "SCMP_ACT_ERRNO"}]}' >no-mkdir.json
	run_split -0 "$COFFERDAM" run --explain --seccomp ./no-mkdir.json -- sh -c 'mkdir /workspace/x; mkdir /usr/x; touch /workspace/y; ls /workspace'
	[ "$output" = y ]
	named 'mkdir(2) by mkdir*path "/workspace/x"*: EPROTO (no directories)' 'mkdir(2) by mkdir*path "/usr/x"*: EPROTO (no directories)'
	[ "$(grep -c ' denied: mkdir' <<<"$stderr")" = 2 ]
	run_split "$COFFERDAM" run --explain --seccomp ./no-mkdir.json --ro "$BUILD/tests/escape" -- \
		sh -c '"$0" rewrite /workspace 500; ls -A /workspace' "$BUILD/tests/escape/notify"
	[ "$output" = "mkdir: 500 times EPROTO" ]
}

@test "hostile paths: the launcher waits for nobody, and looks nowhere else" {
	mkdir w
	echo secret >secret
	run_split -0 timeout 60 "$COFFERDAM" run --explain --workspace w -- python3 -c '
import os
def attempt(path, flags=os.O_WRONLY | os.O_CREAT):
    try:
        os.close(os.open(path, flags))
    except OSError:
        pass
os.mkfifo("fifo")
attempt("fifo", os.O_RDWR)
attempt("fifo", os.O_WRONLY | os.O_NONBLOCK)
os.symlink("loop", "loop")
os.symlink("/proc/self/root/proc/1/root/usr/x", "magic")
os.symlink("../" * 60 + "usr/bin/env", "up")
for path in "loop", "magic", "up", "/proc/self/cwd/../usr/x", "a" * 5000, "", "/" * 4000, "x/" * 2000, "\x1b[2J\n":
    attempt(path)
os.mkdir("deep")
os.chdir("deep")
os.rmdir("../deep")
attempt("gone")
attempt("../../usr/gone")
'
	named 'openat(2) by python3 (pid 2): *path "up", *: EACCES (/usr is read-only by '
	[[ $stderr != *secret* ]]
	[ "$(LC_ALL=C grep -c '[^ -~]' <<<"$stderr")" = 0 ]
	[ "$(grep -cv '^cofferdam: ' <<<"$stderr")" = 0 ]
}

@test "after 32,768 looks calls go on without one" {
	run_split -0 "$COFFERDAM" run --explain --report r.json -- python3 -c '
import os
for i in range(33000):
    os.chmod("/tmp", 0o777)
print("through")'
	[ "$output" = through ]
	[[ $stderr == "cofferdam: explain: "*" allowed calls were not looked at: there were too many" ]]
	[ "$(jq .denials.unwatched r.json)" -gt 200 ]
}
