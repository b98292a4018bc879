#!/usr/bin/env bats
# The files of /etc that must agree with the sandbox: docs/identity.md, "Names". Real programs read them, in every kind of root (java
# and Maven: work_programs.bats).

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	chmod -R u+rwX . 2>/dev/null || :
}

need_subuid() {
	unshare --map-root-user --map-auto true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
}

# image DIR: a root with busybox.
image() {
	mkdir -p "$1"/{bin,etc,proc,dev,sys,tmp}
	cp "$(command -v busybox)" "$1/bin/busybox"
	ln -sf busybox "$1/bin/sh"
}

# What a program asks the C library for, one answer a line.
ask='getent passwd "$(id -u)" | cut -d: -f1,3,6; whoami; id -un; id -gn; id >/dev/null 2>said; cat said
	getent hosts "$(hostname)" | tr -s " \t" " "; getent ahosts "$(hostname)" | sed -n "s/ *STREAM.*//p" | sort; cat /etc/hostname; getent hosts localhost | tr -s " \t" " "'

degraded="--allow-degraded memory --allow-degraded swap --allow-degraded pids --allow-degraded cpu"

# agrees NAME UID OPTION…: the answers for that user, whose home is HOME, and for a host of that name.
agrees() {
	local user=$1 uid=$2 home=${home:-/home/job} name=${name:-cofferdam} localhost
	[[ $* != *"--profile job"* ]] || home=/home/runner
	local aliases=$name
	[[ $name != *.* ]] || aliases="$name ${name%%.*}"
	shift 2
	localhost=$(getent hosts localhost | tr -s " \t" " ")
	# shellcheck disable=SC2086 # words
	run_split "$COFFERDAM" run --quiet $degraded --report r.json --tmpfs /d --workdir /d "$@" -- sh -c "$ask"
	echo "$* => $status: $output $stderr"
	[ "$status" = 0 ]
	[ "$output" = "$user:$uid:$home"$'\n'"$user"$'\n'"$user"$'\n'"${group:-$(id -gn)}"$'\n'"::1 $aliases"$'\n'"127.0.0.1"$'\n'"::1"$'\n'"$name"$'\n'"$localhost" ]
	# Read back from inside.
	[ "$(jq -r .protections.mount_namespace.state r.json)" = active ]
}

@test "user, home and host name agree: default and job, host and overlay" {
	for options in "" "--profile job --network none" "--root overlay"; do
		# shellcheck disable=SC2086 # words
		agrees "$(id -un)" "$(id -u)" $options
	done
	home=/srv/h agrees "$(id -un)" "$(id -u)" --env HOME=/srv/h
	name=box.example.org agrees "$(id -un)" "$(id -u)" --hostname box.example.org
}

@test "the same as root of subordinate ids" {
	need_subuid
	for options in "" "--root overlay" "--profile job --network none"; do
		# shellcheck disable=SC2086 # words
		group=root agrees root 0 --identity subuid $options
	done
}

# as UID COMMAND…: in a user namespace in which the caller has another id, which no row has, with the files of $hidden over the
# host's: "FILE PATH" a line.
as() {
	local uid=$1
	shift
	unshare --user --map-root-user --mount sh -ec 'uid=$1; shift
		printf "%s\n" "$hidden" | while read -r file path; do [ -z "$file" ] || mount --bind "$file" "$path"; done
		exec unshare --user --map-user="$uid" --map-group="$uid" "$@"' sh "$uid" "$@"
}

@test "a user without a row is called job, and by its name where a name service knows it" {
	for options in "" "--root overlay"; do
		# shellcheck disable=SC2086 # words
		hidden='' run as 4242 "$COFFERDAM" run --quiet $options -- sh -c 'id; getent passwd 4242; getent group 4242; getent passwd root | cut -d: -f1'
		echo "$options: $output"
		[[ ${lines[0]} == "uid=4242(job) gid=4242(job) groups=4242(job)"* ]]
		[ "${lines[1]}" = "job:x:4242:4242::/home/job:/bin/sh" ]
		[ "${lines[2]}" = "job:x:4242:" ]
		[ "${lines[3]}" = root ]
	done
	# Outside it has none.
	hidden='' run as 4242 whoami
	[ "$status" != 0 ]

	printf 'passwd: files sss\nhosts: files mdns4_minimal [NOTFOUND=return] dns\n' >nsswitch
	printf '#!/bin/sh\n[ "$*" = "passwd -- 4242" ] || exit 2\necho ann@site:x:4242:4242:Ann:/nfs/ann:/bin/zsh\n' >getent
	chmod 755 getent
	hidden="$PWD/nsswitch /etc/nsswitch.conf
$PWD/getent /usr/bin/getent"
	export hidden
	run as 4242 "$COFFERDAM" run --quiet -- sh -c 'id -un; id -gn; grep ann /etc/passwd; cat /etc/nsswitch.conf'
	echo "$output"
	[ "$output" = "ann@site"$'\n'"ann@site"$'\n'"ann@site:x:4242:4242::/home/job:/bin/sh"$'\n'"passwd: files"$'\n'"hosts: files dns" ]
	# One that does not answer does not decide whether there is a job; who has a row is not asked for.
	printf '#!/bin/sh\necho asked >>%s/asked\nexit 1\n' "$PWD" >getent
	run as 4242 "$COFFERDAM" run --quiet -- id -un
	[ "$output" = job ]
	rm asked
	run as 0 "$COFFERDAM" run --quiet --user root --dry-run -- true
	[ ! -e asked ]
}

@test "programs: python, ssh, git" {
	need python3
	need ssh
	need git
	run "$COFFERDAM" run --quiet --env HOME=/home/job/h -- sh -ec 'mkdir -p "$HOME"
		unset HOME
		/usr/bin/python3 -c "import os, pwd, socket; print(os.path.expanduser(\"~\"), pwd.getpwuid(os.getuid()).pw_name, socket.gethostbyname(socket.gethostname()))"
		ssh -T -G -F none x | grep "^user \|^userknownhostsfile "'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "/home/job/h $(id -un) 127.0.0.1" ]
	[ "${lines[1]}" = "user $(id -un)" ]
	[ "${lines[2]}" = "userknownhostsfile /home/job/h/.ssh/known_hosts /home/job/h/.ssh/known_hosts2" ]
	# A commit without an address complains as outside, of who the caller is there.
	export GIT_CONFIG_GLOBAL=/dev/null
	git init -q outside
	for place in "" "$COFFERDAM run --quiet --env GIT_CONFIG_GLOBAL --workspace $PWD/outside --"; do
		# shellcheck disable=SC2086 # words
		run $place git -C "$PWD/outside" -c user.useConfigOnly=true commit --allow-empty -m x
		echo "$place: $status: $output"
		[ "$status" = 128 ]
		[[ $output == "Author identity unknown"* ]]
	done
}

@test "the host's files, read-only, cannot be changed; below a layer they can, and the change is named" {
	run "$COFFERDAM" run --quiet -- sh -c 'for f in passwd hosts hostname; do
		chmod 777 /etc/$f || rm -f /etc/$f || mv /etc/$f /tmp || (: >/etc/$f) || echo "$f stays"; done 2>/dev/null'
	[ "$output" = $'passwd stays\nhosts stays\nhostname stays' ]
	before=$(sha256sum /etc/passwd /etc/hosts /etc/hostname)
	# What was put there is no change; what the job does to it is.
	"$COFFERDAM" run --quiet --root overlay --changes list -- true
	[ ! -s list ]
	"$COFFERDAM" run --quiet --root overlay --changes list -- sh -ec 'echo 127.0.0.2 db >>/etc/hosts; getent hosts db; rm /etc/hostname'
	[ "$(cat list)" = "D /etc/hostname"$'\n'"M /etc/hosts" ]
	[ "$(sha256sum /etc/passwd /etc/hosts /etc/hostname)" = "$before" ]
}

@test "a mirror of /etc that sandboxes share has nobody's files in it" {
	mkdir -m 700 runtime
	export XDG_RUNTIME_DIR=$PWD/runtime
	for place in /srv/one /srv/two /srv/one; do
		home=$place agrees "$(id -un)" "$(id -u)" --root overlay --env HOME="$place"
	done
	[ -n "$(ls -A runtime)" ]
	run grep -rl "/srv/one\|/srv/two" runtime
	[ "$status" = 1 ]
	run "$COFFERDAM" run --quiet --root overlay --hostname other -- cat /etc/hostname
	[ "$output" = other ]
}

@test "packages add users below a layer" {
	need_subuid
	run "$COFFERDAM" run --quiet --root overlay --identity subuid -- sh -ec 'groupadd svc && useradd -g svc -d /srv/svc svc && id -un svc && getent passwd root | cut -d: -f6'
	echo "$output"
	[ "$output" = $'svc\n/home/job' ]
}

# --- images

# answers DIR: puts getent into the image, with what it is linked with.
answers() {
	local file
	mkdir -p "$1/usr/bin"
	cp "$(command -v getent)" "$1/usr/bin/"
	for file in $(ldd "$(command -v getent)" | grep -o '/[^ ]*'); do
		mkdir -p "$1$(dirname "$file")"
		cp "$file" "$1$file"
	done
}

in_image() {
	run_split "$COFFERDAM" run --quiet --root ./img --report r.json --changes list "$@"
	echo "$* => $status: $output $stderr"
}

@test "an image without any: localhost, the host name and the user are known" {
	image img
	answers img
	rmdir img/etc
	in_image -- sh -c 'id; cat /etc/hosts /etc/hostname; getent hosts localhost; getent hosts $(busybox hostname); getent passwd job; cd ~job && pwd'
	[ "$status" = 0 ]
	[[ ${lines[0]} == "uid=$(id -u)(job) gid=$(id -g)(job)"* ]]
	[[ ${lines[0]} != *"65534"* ]] || [[ ${lines[0]} == *"65534(nogroup)"* ]]
	[ "$(sed -n '2,6p' <<<"$output")" = $'127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.0.1\tcofferdam\n::1\tcofferdam\ncofferdam' ]
	[ "${lines[-4]}" = "::1             localhost ip6-localhost ip6-loopback" ]
	[ "${lines[-3]}" = "::1             cofferdam" ]
	[ "${lines[-2]}" = "job:x:$(id -u):$(id -g)::/home/job:/bin/sh" ]
	[ "${lines[-1]}" = /home/job ]
	[ "$(jq -r .protections.mount_namespace.state r.json)" = active ]
	[ ! -s list ]
	[ ! -e img/etc ]
}

@test "an image's own users and hosts stay, only rows that must agree change" {
	image img
	printf 'root:x:0:0:root:/root:/bin/sh\napp:x:77:77::/srv/app:/bin/sh\nci:x:%d:%d:CI:/home/ci:/bin/sh\n' "$(id -u)" "$(id -g)" >img/etc/passwd
	printf 'root:x:0:\napp:x:77:ci\n' >img/etc/group
	printf '10.0.0.9 db cofferdam\n' >img/etc/hosts
	before=$(sha256sum img/etc/*)
	in_image -- sh -c 'cat /etc/passwd /etc/group; grep -e db -e cofferdam /etc/hosts; echo changed >>/etc/passwd'
	[ "$status" = 0 ]
	[ "$output" = "root:x:0:0:root:/root:/bin/sh
app:x:77:77::/srv/app:/bin/sh
ci:x:$(id -u):$(id -g):CI:/home/job:/bin/sh
root:x:0:
app:x:77:ci
job:x:$(id -g):
nogroup:x:65534:
10.0.0.9	db
127.0.0.1	cofferdam
::1	cofferdam" ]
	[ "$(cat list)" = "M /etc/passwd" ]
	[ "$(sha256sum img/etc/*)" = "$before" ]
	# With a file of the caller's own, that is it.
	echo "10.0.0.1 cofferdam" >own
	in_image --ro "$PWD/own:/etc/hosts" -- busybox cat /etc/hosts
	[ "$output" = "10.0.0.1 cofferdam" ]
}

@test "an image's link, directory or pipe leads nowhere: nothing is written outside, nothing read" {
	image img
	mkdir outside
	echo "secret:x:1:1::/:" >outside/there
	for name in passwd group hosts hostname nsswitch.conf; do
		for link in "../../../../../..$PWD/outside/made" "$PWD/outside/there" "../../../../../..$PWD/outside/there" /proc/self/fd/0 loop "$PWD/outside"; do
			rm -rf img/etc
			mkdir img/etc
			ln -s "$link" "img/etc/$name"
			[ "$link" != loop ] || ln -sfn "$name" "img/etc/$name"
			in_image -- sh -c 'cat /etc/passwd /etc/hosts /etc/hostname; [ ! -L /etc/passwd ] && grep -q "^job:.*:/home/job:" /etc/passwd'
			[ "$status" = 0 ]
			[[ $output != *secret* ]]
			[ "$(ls -A outside)" = there ]
			[ "$(cat outside/there)" = "secret:x:1:1::/:" ]
			[ ! -s list ]
		done
	done
	rm -rf img/etc
	mkdir -p img/etc/hosts/full
	mkfifo img/etc/passwd
	in_image -- sh -c 'id -un; grep -c localhost /etc/hosts'
	[ "$output" = $'job\n2' ]
	# A link within the image is followed, as the image's programs would.
	rm -rf img/etc
	mkdir -p img/etc img/usr/lib
	echo "app:x:77:77::/srv/app:/bin/sh" >img/usr/lib/passwd
	ln -s /usr/lib/passwd img/etc/passwd
	in_image -- busybox cut -d: -f1 /etc/passwd
	[ "$output" = $'app\njob' ]
	# What cannot be read stays.
	rm -rf img/etc
	mkdir img/etc
	head -c 1100000 /dev/zero | tr '\0' '\n' >img/etc/passwd
	in_image -- busybox wc -l /etc/passwd
	[ "$output" = "1100000 /etc/passwd" ]
}

@test "an image with its own ids, under subordinate ones" {
	need_subuid
	image img
	printf 'root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\n' >img/etc/passwd
	in_image --identity subuid -- sh -c 'id; cat /etc/passwd; ls -ld /etc /etc/passwd | cut -c1-10; 
		cp /etc/passwd /etc/passwd+ && echo eve:x:5:5::/:/bin/sh >>/etc/passwd+ && mv /etc/passwd+ /etc/passwd && id -u eve'
	[ "$status" = 0 ]
	[[ ${lines[0]} == "uid=0(root) gid=0(root)"* ]]
	[ "${lines[1]}" = "root:x:0:0:root:/home/job:/bin/sh" ]
	[ "${lines[2]}" = "bob:x:1000:1000::/home/bob:/bin/sh" ]
	[ "${lines[3]} ${lines[4]}" = "drwxr-xr-x -rw-r--r--" ]
	[ "${lines[5]}" = 5 ]
}

# --- what decides

@test "an /etc of the caller's own stays as it is; without one the job has these files alone" {
	mkdir own
	echo "me:x:$(id -u):$(id -g)::/me:/bin/sh" >own/passwd
	for option in --ro --rw; do
		run "$COFFERDAM" run --quiet "$option" "$PWD/own:/etc" -- sh -c 'ls /etc; cat /etc/passwd'
		[ "$output" = $'passwd\nme:x:'"$(id -u):$(id -g)::/me:/bin/sh" ]
	done
	[ "$(ls own)" = passwd ]
	echo '{"ro": ["/usr"], "ro_try": ["/bin", "/lib", "/lib64"], "env": ["PATH=/usr/bin:/bin", "HOME=/h"]}' >bare.json
	for root in host overlay; do
		run "$COFFERDAM" run --quiet --profile ./bare.json --root "$root" -- sh -c 'ls /etc; id -un; getent hosts cofferdam; grep -c . /etc/passwd'
		echo "$root: $output"
		[ "$output" = $'group\nhostname\nhosts\npasswd\njob\n::1             cofferdam\n3' ]
	done
}

@test "a value that a row cannot have changes no row" {
	for value in $'/h\nroot2:x:0:0::/:/bin/sh' /h:/bin/false relative ""; do
		run "$COFFERDAM" run --quiet --env HOME="$value" -- sh -c 'cat /etc/passwd'
		[ "$output" = "$(cat /etc/passwd)" ]
	done
}

@test "the plan shows them, and an entrypoint changes none" {
	run "$COFFERDAM" run --dry-run -- true
	[ "$(jq -c '[.etc[] | select(.target != "/etc/group")]' <<<"$output")" = \
		'[{"target":"/etc/passwd","writable":false},{"target":"/etc/hosts","writable":false},{"target":"/etc/hostname","writable":false}]' ]
	run "$COFFERDAM" run --dry-run --root overlay -- true
	[ "$(jq -c '[.etc[].writable] | unique' <<<"$output")" = '[true]' ]
	before=$(cat /etc/passwd /etc/hosts /etc/hostname)
	run_split env HOME=/elsewhere "$COFFERDAM" entrypoint -- sh -c 'cat /etc/passwd /etc/hosts /etc/hostname'
	[ "$output" = "$before" ]
}
