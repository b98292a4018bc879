#!/usr/bin/env bats
# What jobs do all day, under the policy `job`: it works, and nothing of it was denied. What attacks do under the same policy is
# denied: tests/escape/rows-4-kernel.bash and rows-3-files.bash (rows 27 to 35), tests/e2e/job_attacks_*.bats.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir work
}

# The command ends with 0, and the filter denied nothing. ENOSYS is no denial: C libraries ask for what is newer.
undenied() {
	run_split "$COFFERDAM" run --seccomp job --report report.json --workspace work "$@"
	[ "$status" = 0 ] || { echo "status $status: $output $stderr"; return 1; }
	jq -e '.protections.seccomp.state == "active" and .protections.explain.state == "active" and .denials.seccomp == []' \
		report.json >/dev/null || { jq .denials.seccomp report.json; return 1; }
}

@test "a denial would be seen" {
	run undenied -- sh -c 'unshare -U true || :'
	[ "$status" = 1 ]
	[[ $output == *'"unshare"'* ]]
}

@test "gcc and make build a project of C, in parallel, and its tests run" {
	need gcc
	need make
	for i in 1 2 3 4 5 6; do
		printf '#include <stdio.h>\nint f%d(int x) { printf("%%d\\n", x); return x * %d; }\n' "$i" "$i" >"work/f$i.c"
	done
	printf 'int f1(int), f6(int);\nint main(void) { return f1(2) + f6(3) == 20 ? 0 : 1; }\n' >work/main.c
	printf 'OBJECTS = main.o f1.o f2.o f3.o f4.o f5.o f6.o\ncheck: program\n\t./program\nprogram: $(OBJECTS)\n\t$(CC) -flto -o $@ $(OBJECTS)\nlib.a: $(OBJECTS)\n\tar rcs $@ $^\n' >work/Makefile
	undenied -- make -j4 CFLAGS='-O2 -g -flto -pipe' check lib.a
	[ -s work/lib.a ]
}

@test "g++ and threads" {
	need g++
	printf '#include <thread>\n#include <vector>\n#include <atomic>\nint main() { std::atomic<int> n{0}; std::vector<std::thread> v; for (int i = 0; i < 8; i++) v.emplace_back([&] { n++; }); for (auto &t : v) t.join(); return n == 8 ? 0 : 1; }\n' >work/a.cc
	undenied -- sh -ec 'g++ -O1 -pthread -o a a.cc && ./a'
}

@test "git clones, commits, merges, packs" {
	need git
	git init -q -b main origin
	git -C origin -c user.name=n -c user.email=e@example.org commit -q --allow-empty -m first
	for i in $(seq 40); do echo "$i" >"origin/$i"; done
	git -C origin add .
	git -C origin -c user.name=n -c user.email=e@example.org commit -q -m second
	undenied --ro "$PWD/origin:/srv/origin" -- sh -ec '
		export GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="*" GIT_CONFIG_KEY_1=user.name GIT_CONFIG_VALUE_1=n \
			GIT_CONFIG_KEY_2=user.email GIT_CONFIG_VALUE_2=e@example.org
		git clone -q --no-local /srv/origin copy
		cd copy
		git checkout -q -b side HEAD~1
		echo side >side
		git add side
		git commit -q -m side
		git checkout -q main
		git merge -q -m merge side
		git gc -q
		git fsck --no-progress
		test "$(git rev-list --count HEAD)" = 4'
}

# procps comes with libnuma, which asks at its start for a way to place memory.
@test "ps, top and their kin look at what runs" {
	undenied -- bash -ec '
		sleep 60 &
		ps aux | grep -q "[s]leep 60"
		for tool in "ps -eLf" "top -b -n1" free uptime vmstat "pgrep sleep" "pmap $$" w "pkill sleep"; do $tool >/dev/null; done'
}

@test "bash and the tools of every day" {
	undenied -- bash -ec '
		set -o pipefail
		seq 1000 | sort -R | sort -n | tail -n 1 | grep -qx 1000
		mkfifo pipe; echo through >pipe & read -r line <pipe; [ "$line" = through ]
		printf "%s\n" a b c | xargs -P 3 -n 1 touch
		tar -cf - a b c | gzip | gunzip | tar -tf - | wc -l | grep -qx 3
		coproc cat; echo hello >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; [ "$line" = hello ]; exec {COPROC[1]}>&-
		cp -a a d
		ln d e
		ln -s d f
		mv e g
		rm -f g
		truncate -s 1M sparse
		cp --sparse=always sparse copy
		flock lock -c true; timeout 5 true; nice true; setsid true; stat -f . >/dev/null; df . >/dev/null
		kill -0 $$'
}

@test "archives and compressors, with threads, extended attributes and sparse files" {
	for tool in xz zstd zip unzip rsync; do need "$tool"; done
	seq 200000 >work/data
	undenied -- bash -ec '
		xz -T0 -k data
		xz -T0 -dc data.xz | cmp - data
		tar --acls --xattrs --selinux -cSf a.tar data
		mkdir x
		tar --acls --xattrs -xpf a.tar -C x
		cmp x/data data
		zstd -q -T0 data
		zstd -dqc data.zst | cmp - data
		zip -q a.zip data
		mkdir z
		unzip -q a.zip -d z
		cmp z/data data
		rsync -aHAX --sparse x/ y
		rsync -a --delete x/ y
		cmp y/data data
		mkdir -p p/DEBIAN
		printf "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: n <n@example.org>\nDescription: x\n" >p/DEBIAN/control
		dpkg-deb --root-owner-group -b p x.deb >/dev/null && dpkg-deb -x x.deb o && dpkg -l >/dev/null'
}

@test "keys, signatures, TLS: openssl, ssh-keygen and its agent, gpg" {
	need openssl
	need ssh-keygen
	need gpg
	undenied --tmpfs /home/keys --env HOME=/home/keys -- bash -ec '
		openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -subj /CN=localhost 2>/dev/null
		openssl s_server -accept 127.0.0.1:4433 -key key -cert certificate -www >s_server.log & server=$!
		curl -sS --retry 20 --retry-connrefused --retry-delay 1 --cacert certificate https://localhost:4433/ | grep -q s_server
		kill $server
		ssh-keygen -q -t ed25519 -N "" -f id
		eval "$(ssh-agent)" >/dev/null
		ssh-add -q id
		ssh-add -l | grep -q ED25519
		kill "$SSH_AGENT_PID"
		gpg -q --batch --passphrase "" --quick-gen-key work@example.org 2>/dev/null
		echo text >text
		gpg -q --batch --detach-sign text
		gpg -q --verify text.sig text 2>/dev/null
		gpgconf --kill all'
}

@test "cmake, ninja and ccache build, and the tests of the project run" {
	need cmake
	need ninja
	need ccache
	printf 'cmake_minimum_required(VERSION 3.18)\nproject(x C)\nfind_package(Threads REQUIRED)\nadd_executable(x x.c)\nenable_testing()\nadd_test(x x)\n' >work/CMakeLists.txt
	echo 'int main(void) { return 0; }' >work/x.c
	undenied --tmpfs /home/cc --env HOME=/home/cc -- sh -ec '
		cmake -G Ninja -DCMAKE_C_COMPILER_LAUNCHER=ccache -B b .
		ninja -C b
		ninja -C b test
		ninja -C b clean
		ninja -C b
		ccache --print-stats | grep -q "direct_cache_hit[^0-9]*1"'
}

@test "perl, sqlite3, jq" {
	need sqlite3
	undenied -- bash -ec '
		perl -MSocket -MPOSIX -e "for (1 .. 3) { my \$p = fork // die; exit 3 unless \$p; waitpid \$p, 0; die unless \$? >> 8 == 3 }
			socketpair my \$a, my \$b, AF_UNIX, SOCK_STREAM, 0 or die; getpwuid \$<; system q(true) and die"
		[ "$(sqlite3 x.db "pragma journal_mode = wal; create table t(x); insert into t values (7); vacuum; select x from t" | tail -1)" = 7 ]
		[ "$(echo "{\"a\": 7}" | jq .a)" = 7 ]'
}

# LeakSanitizer stops all threads by ptrace(2), from a process that it makes for that.
@test "a program built with -fsanitize=address ends well, and a leak is named" {
	need gcc
	printf '#include <pthread.h>\n#include <stdlib.h>\nstatic void *wait_for(void *m) { pthread_mutex_lock(m); return 0; }\nint main(int argc, char **argv) { static pthread_mutex_t m; pthread_t t; (void)argv; pthread_mutex_lock(&m); pthread_create(&t, 0, wait_for, &m); char *volatile p = malloc(77); if (argc > 1) free(p); p = 0; return 0; }\n' >work/leak.c
	undenied -- sh -ec 'gcc -g -fsanitize=address -pthread -o leak leak.c && ./leak free'
	run_split "$COFFERDAM" run --seccomp job --workspace work --env LSAN_OPTIONS=exitcode=23 -- ./leak
	echo "$status: $stderr"
	[ "$status" = 23 ]
	[[ $stderr == *"Direct leak of 77 byte(s)"* ]]
	[[ $stderr != *"denied:"* ]]
	# Under a policy without a debugger.
	run_split "$COFFERDAM" run --seccomp strict --workspace work --env LSAN_OPTIONS=exitcode=23 -- ./leak
	[[ $stderr == *"LeakSanitizer has encountered a fatal error"* && $stderr == *"denied: ptrace(2) by leak"* ]]
}

@test "strace and gdb follow a program" {
	need strace
	need gcc
	printf 'int f(int x) { return x + 1; }\nint main(void) { return f(6) != 7; }\n' >work/f.c
	undenied -- sh -ec 'strace -f -o trace sh -c "ls >list; true"
		grep -q "execve(.*ls" trace
		strace -c -o counts true
		grep -q execve counts
		gcc -g -O0 -o f f.c'
	need gdb
	undenied -- sh -ec 'gdb -nx -batch -ex "set disable-randomization off" -ex "break f" -ex run -ex bt -ex "print x" -ex continue ./f >said 2>&1'
	cat work/said
	grep -q '^#1 .* main ()' work/said
	grep -q '^\$1 = 6$' work/said
	grep -q 'exited normally' work/said
}

# docs/profiles.md says so of each.
@test "what is meant to be denied is, and the report names it: another placement of memory, the kernel's log" {
	need python3
	denied() {
		run_split "$COFFERDAM" run --seccomp job --report report.json --workspace work -- "${@:2}"
		run jq -r '[.denials.seccomp[] | "\(.syscall) \(.arguments)"] | first' report.json
		# shellcheck disable=SC2053 # a pattern
		[[ $output == $1 ]] || { echo "$output, not $1"; return 1; }
	}
	denied 'personality persona ADDR_NO_RANDOMIZE' setarch -R true
	denied 'syslog*' dmesg
	denied 'chroot path "/"' chroot / true
	denied 'set_mempolicy mode MPOL_INTERLEAVE' python3 -c 'import ctypes, platform; ctypes.CDLL(None).syscall(238 if platform.machine() == "x86_64" else 237, 3, None, 0)'
}

@test "python3: processes, threads, files, sockets of its own" {
	[ -x /usr/bin/python3 ] || skip "no /usr/bin/python3"
	cat >work/work.py <<-'E2'
		import concurrent.futures, json, mmap, os, select, shutil, socket, sqlite3, subprocess, tempfile, threading, time
		import multiprocessing.shared_memory, zipfile
		def square(x): return x * x
		if __name__ == "__main__":
		    with concurrent.futures.ProcessPoolExecutor(2) as pool: assert list(pool.map(square, range(9)))[8] == 64
		    with concurrent.futures.ThreadPoolExecutor(4) as pool: assert sum(pool.map(square, range(4))) == 14
		    assert subprocess.run(["sh", "-c", "exit 3"]).returncode == 3
		    server = socket.create_server(("127.0.0.1", 0)); client = socket.create_connection(server.getsockname())
		    peer, _ = server.accept(); client.sendall(b"x"); assert peer.recv(1) == b"x"
		    a, b = socket.socketpair(); a.sendall(b"y"); assert select.select([b], [], [], 5)[0]
		    base = sqlite3.connect("base.db"); base.execute("create table t(x)"); base.commit()
		    shared = multiprocessing.shared_memory.SharedMemory(create=True, size=4096); shared.buf[0] = 7; shared.close(); shared.unlink()
		    with zipfile.ZipFile("z.zip", "w") as z: z.writestr("a", "b")
		    with tempfile.TemporaryDirectory() as d: shutil.copy("z.zip", d)
		    os.sched_setaffinity(0, os.sched_getaffinity(0)); os.posix_fallocate(os.open("f", os.O_RDWR | os.O_CREAT), 0, 4096)
	E2
	undenied -- /usr/bin/python3 work.py
}

@test "node: files, processes, worker threads, a local server" {
	need node
	cat >work/work.js <<-'E2'
		const { Worker, isMainThread, parentPort } = require('worker_threads');
		const fs = require('fs'), http = require('http'), { execFile } = require('child_process'), zlib = require('zlib');
		if (!isMainThread) { parentPort.postMessage(42); return; }
		(async () => {
			await fs.promises.writeFile('a', 'b'); await fs.promises.copyFile('a', 'c'); fs.watch('.').close();
			await new Promise((ok) => new Worker(__filename).on('message', ok).on('exit', () => {}));
			await new Promise((ok, no) => execFile('sh', ['-c', 'exit 0'], (e) => e ? no(e) : ok()));
			zlib.gunzipSync(zlib.gzipSync('x'.repeat(1e5)));
			const server = http.createServer((_, r) => r.end('hello')).listen(0, '127.0.0.1', () => {
				http.get({ port: server.address().port, host: '127.0.0.1' }, (r) => { r.resume(); r.on('end', () => server.close()); });
			});
		})().catch((e) => { console.error(e); process.exit(1); });
	E2
	undenied -- node work.js
}

@test "npm installs a tree of packages from tarballs, runs their scripts, and tests" {
	need npm
	mkdir -p leaf branch
	echo '{"name": "leaf", "version": "1.0.0", "main": "i.js", "bin": {"leaf": "i.js"}}' >leaf/package.json
	printf '#!/usr/bin/env node\nmodule.exports = 3;\n' >leaf/i.js
	(cd leaf && npm pack --silent --cache "$BATS_TEST_TMPDIR/cache" >/dev/null)
	mv leaf/leaf-1.0.0.tgz work/
	echo '{"name": "branch", "version": "1.0.0", "main": "i.js", "dependencies": {"leaf": "file:/workspace-leaf.tgz"},
		"scripts": {"install": "node -e \"require(\u0027fs\u0027).writeFileSync(\u0027built\u0027, \u0027x\u0027)\""}}' >branch/package.json
	sed -i 's|file:/workspace-leaf.tgz|1.0.0|' branch/package.json
	printf 'module.exports = 1 + require("leaf");\n' >branch/i.js
	(cd branch && npm pack --silent --cache "$BATS_TEST_TMPDIR/cache" >/dev/null)
	mv branch/branch-1.0.0.tgz work/
	echo '{"name": "root", "version": "1.0.0", "dependencies": {"leaf": "file:leaf-1.0.0.tgz", "branch": "file:branch-1.0.0.tgz"},
		"scripts": {"test": "node -e \"process.exit(require(\u0027branch\u0027) === 4 ? 0 : 1)\""}}' >work/package.json
	undenied --tmpfs /home/npm --env HOME=/home/npm -- sh -ec 'npm install --offline --no-audit --no-fund --foreground-scripts && npm test'
	[ -e work/node_modules/branch/built ]
}

@test "java starts, and compiles and runs a class" {
	need java
	run_split java -version
	[ "$status" = 0 ] || skip "java does not start here: $stderr"
	undenied -- java -version
	command -v javac >/dev/null || return 0
	echo 'public class A { public static void main(String[] a) throws Exception { Thread t = new Thread(() -> System.out.println("hello")); t.start(); t.join(); } }' >work/A.java
	undenied -- sh -ec 'javac A.java && java A'
	[ "$output" = hello ]
}

@test "a docker client, as far as it goes without a daemon" {
	need docker
	run_split "$COFFERDAM" run --seccomp job --report report.json -- docker version
	[[ $output == *Version* || $stderr == *"docker"* ]] || { echo "$output $stderr"; false; }
	jq -e '.denials.seccomp == []' report.json || { jq .denials report.json; false; }
	undenied -- docker --version
}

@test "go builds" {
	need go
	printf 'package main\nimport "fmt"\nfunc main() { c := make(chan int); go func() { c <- 1 }(); fmt.Println(<-c) }\n' >work/a.go
	undenied --tmpfs /home/go --env HOME=/home/go --env GOFLAGS=-mod=mod --env GO111MODULE=off -- go run a.go
}

@test "apt-get installs a local package on an overlay root" {
	"$COFFERDAM" run --identity subuid -- true 2>said || skip "identity subuid: $(<said)"
	mkdir -p package/DEBIAN package/usr/share/cofferdam-work
	printf 'Package: cofferdam-work\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: a test\n' >package/DEBIAN/control
	printf '#!/bin/sh\nset -e\nchown nobody /usr/share/cofferdam-work/data\n' >package/DEBIAN/postinst
	chmod 755 package/DEBIAN/postinst
	echo data >package/usr/share/cofferdam-work/data
	dpkg-deb --root-owner-group -b package x.deb >/dev/null
	undenied --root overlay --identity subuid --ro "$PWD/x.deb:/x.deb" -- sh -ec '
		apt-get install -y /x.deb
		test "$(stat -c %U /usr/share/cofferdam-work/data)" = nobody'
}
