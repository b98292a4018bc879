#!/usr/bin/env bats
# A registration that was begun and not answered: whatever became of it at GitHub, no runner and no record of one is left, and
# nobody else's runner is touched.

load runner_helpers

REGISTER=/actions/runners/register
JIT=/repos/octo/demo/actions/runners/generate-jitconfig
RUNNERS=/repos/octo/demo/actions/runners

# fault PATH MEMBER,…: as tests/hub/README.md says
fault() {
	curl -sf "$URL/_hub/faults" -d "{\"path\": \"$1\", $2}" >/dev/null
}

no_fault() {
	curl -sf -X DELETE "$URL/_hub/faults"
}

# fault_seen: a call that the fault is for has come.
fault_seen() {
	curl -sf "$URL/_hub/faults" | jq -e '[.faults[].seen] | max >= 1' >/dev/null
}

idle() {
	curl -sf "$URL/_hub/runners" | jq -e 'any(.runners[]; .status == "online")' >/dev/null
}

# killed: kill -9 of the supervisor; its processes go, its files stay.
killed() {
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	RUNNER_PID=
	until_true 10 no_process_left
}

# swept VARIABLE=VALUE…: the sweep leaves nothing, and says so.
swept() {
	run runner "$@" sweep
	[ "$status" = 0 ]
	nothing_left
}

# stopped_in_flight PATH VARIABLE=VALUE…: SIGTERM while the call that registers is under way.
stopped_in_flight() {
	fault "$1" '"delay_ms": 3000'
	start "${@:2}"
	until_true 20 fault_seen
	[ -z "$(registered)" ]
	stops 40
	said ": deregistered"
	not said "cannot be deregistered"
}

@test "SIGTERM while config.sh registers: the runner it makes is deregistered" {
	stopped_in_flight $REGISTER TOKEN=$TOKEN RUNNER_NAME=mine
}

@test "SIGTERM while config.sh registers an ephemeral runner without a name" {
	stopped_in_flight $REGISTER TOKEN=$TOKEN EPHEMERAL=true
}

@test "SIGTERM while config.sh registers, by PAT" {
	stopped_in_flight $REGISTER ACCESS_TOKEN=$PAT
}

@test "SIGTERM while the API registers" {
	stopped_in_flight $JIT ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=mine
}

# cut_in_flight PATH VARIABLE=VALUE…: the second signal does not wait for the call; what it does later is found.
cut_in_flight() {
	fault "$1" '"delay_ms": 4000'
	start "${@:2}"
	until_true 20 fault_seen
	kill -TERM "$RUNNER_PID"
	stops 60
	said ": deregistered"
}

@test "two signals while config.sh registers: what it has asked for is waited for, and deregistered" {
	cut_in_flight $REGISTER TOKEN=$TOKEN RUNNER_NAME=mine
}

@test "two signals while the API registers" {
	cut_in_flight $JIT ACCESS_TOKEN=$PAT EPHEMERAL=true
}

# killed_in_flight PATH VARIABLE=VALUE…
killed_in_flight() {
	fault "$1" '"delay_ms": 3000'
	start "${@:2}"
	until_true 20 fault_seen
	[ -z "$(registered)" ]
	killed
	swept "${@:2}"
	[[ $output == *": deregistered"* ]]
}

@test "kill -9 while config.sh registers: the sweep waits for what was begun" {
	killed_in_flight $REGISTER TOKEN=$TOKEN RUNNER_NAME=mine
}

@test "kill -9 while the API registers" {
	killed_in_flight $JIT ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=mine
}

@test "kill -9 before anything was asked: the sweep has nothing to ask" {
	fault /repos/octo/demo/actions/runners/registration-token '"delay_ms": 20000'
	start ACCESS_TOKEN=$PAT RUNNER_NAME=mine
	until_true 20 fault_seen
	killed
	swept ACCESS_TOKEN=$PAT
	[[ $output == *"was not registered"* ]]
}

# lost VARIABLE=VALUE…: the fault that is set loses every answer: no runner, exit 1, nothing left.
lost() {
	start "$@"
	ended 60
	[ "$status" = 1 ]
	nothing_left
	said ": deregistered"
}

@test "config.sh's answers are lost: its runner is found and deregistered" {
	fault $REGISTER '"drop": "after", "times": 0'
	lost TOKEN=$TOKEN RUNNER_NAME=mine
}

@test "config.sh gets 500 for what took effect" {
	fault $REGISTER '"effect": true, "status": 500, "times": 0'
	lost TOKEN=$TOKEN
}

# made_anyway MEMBER,…: the API's first answer is lost or useless; the second try frees the name.
made_anyway() {
	fault $JIT "$1"
	id=$(script true)
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=mine
	[ "$(conclusion "$id")" = success ]
	[ "$(job "$id" | jq -r .runner_name)" = mine ]
	ended 30
	[ "$status" = 0 ]
	nothing_left
}

@test "the API answers 502 after the effect, 201 without a body, 201 that is cut" {
	made_anyway '"effect": true, "status": 502, "body": "Bad Gateway"'
	made_anyway '"effect": true, "status": 201'
	made_anyway '"effect": true, "status": 201, "body": "{\"runner\": {\"id\": 5"'
	made_anyway '"effect": true, "status": 201, "body": "{\"runner\": {\"id\": 0}}"'
}

# balancer: a load balancer in front of the hub, at $BALANCER. The first call that registers it answers with 502, and passes it on
# when the file late is there; the file came then has its answer.
balancer() {
	mkfifo balancer
	python3 - "${URL#http://}" >balancer 3>&- <<'PY' &
import http.client, http.server, os, sys, threading, time

class Balancer(http.server.BaseHTTPRequestHandler):
    first = threading.Lock()

    def log_message(self, *args):
        pass

    def late(self, body):
        while not os.path.exists("late"):
            time.sleep(0.05)
        status = self.ask(body).status
        with open("came", "w") as came:
            came.write(str(status))

    def ask(self, body):
        hub = http.client.HTTPConnection(sys.argv[1])
        hub.request(self.command, self.path, body, {k: v for k, v in self.headers.items() if k != "Host"})
        return hub.getresponse()

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        registers = self.path.endswith(("/generate-jitconfig", "/actions/runners/register"))
        if registers and self.first.acquire(blocking=False):
            threading.Thread(target=self.late, args=(body,), daemon=True).start()
            self.send_response(502)
            self.end_headers()
            return
        answer = self.ask(body)
        text = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = pass_on

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Balancer)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
	BALANCER_PID=$!
	read -r -t 20 BALANCER <balancer
	BALANCER=http://127.0.0.1:$BALANCER
}

deleted() {
	curl -sf "$URL/_hub/requests?method=DELETE" | jq -e '.requests | length >= 1' >/dev/null
}

# The name is free, and an earlier try of the call that registered it takes effect.
comes_late() {
	touch late
	until_true 10 test -s came
	[ "$(cat came)" = 201 ]
}

@test "a try that was answered with 502 takes effect after the runner of the next one is gone" {
	balancer
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=mine GITHUB_API_URL="$BALANCER/api/v3"
	until_true 20 said "registered as mine"
	kill -TERM "$RUNNER_PID"
	until_true 20 deleted
	comes_late
	ended 40
	kill "$BALANCER_PID"
	[ "$status" = 0 ]
	nothing_left
	said "runner mine: deregistered"
	grep -qE "Z: cofferdam-runner: registered as mine \(id [0-9]+\) at $URL/octo/demo, for one job\$" "$W/err"
}

@test "the same, and kill -9 in between: the sweep waits for it" {
	balancer
	start ACCESS_TOKEN=$PAT EPHEMERAL=true GITHUB_API_URL="$BALANCER/api/v3"
	until_true 20 said "registered as"
	killed
	runner ACCESS_TOKEN=$PAT GITHUB_API_URL="$BALANCER/api/v3" sweep 2>>"$W/err" &
	local sweep=$!
	until_true 20 deleted
	comes_late
	wait "$sweep"
	kill "$BALANCER_PID"
	nothing_left
}

# foreign NAME: a runner of that name that somebody else has registered
foreign() {
	curl -sf "$URL/api/v3$JIT" -H "Authorization: Bearer $PAT" \
		-d "{\"name\":\"$1\",\"runner_group_id\":1,\"labels\":[\"other\"],\"work_folder\":\"_work\"}" >/dev/null
}

@test "a call that was lost on the way, and the name is then another's: that runner stays" {
	fault $REGISTER '"drop": true, "times": 0'
	start TOKEN=$TOKEN RUNNER_NAME=fought
	until_true 20 fault_seen
	foreign fought
	ended 60
	[ "$status" != 0 ]
	[ "$(registered)" = fought ]
	[ -z "$(ls -A "$STATE/registrations")" ]
}

# fought_and_killed: a runner that has asked for the name and is killed; then another runner takes it
fought_and_killed() {
	fault $JIT '"drop": true, "times": 0'
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=fought
	until_true 20 fault_seen
	killed
	no_fault
	foreign fought
}

@test "the same after kill -9, and by the API" {
	fought_and_killed
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 0 ]
	[[ $output == *"was not registered"* ]]
	[ "$(registered)" = fought ]
}

# As the first version wrote it.
@test "of a record that names no label, who has the name may be another: it stays, and so does the record" {
	local record
	fought_and_killed
	record=$(ls "$STATE"/registrations/*.json)
	jq 'del(.marker) | .asked = 0' "$record" >"$W/record"
	cat "$W/record" >"$record"
	run runner ACCESS_TOKEN=$PAT sweep
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"GitHub lists a runner with this name (id "*"), which may not be ours"* ]]
	[ "$(registered)" = fought ]
	[ -e "$record" ]
}

@test "a first try that was lost does not make the runner that has the name ours" {
	foreign fought
	fault $JIT '"drop": true'
	start ACCESS_TOKEN=$PAT EPHEMERAL=true RUNNER_NAME=fought
	until_true 30 idle
	kill -TERM "$RUNNER_PID"
	ended 30
	[ "$status" = 0 ]
	[ "$(registered)" = fought ]
}

@test "404 for a runner that the credential may not see is no proof that it is gone" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=hidden
	wait_runner idle hidden
	killed
	fault $RUNNERS '"status": 404, "body": {"message": "Not Found"}, "times": 0'
	run runner ACCESS_TOKEN=$PAT sweep
	[ "$status" = 1 ]
	[[ $output == *"runner hidden: still registered"* ]]
	no_fault
	swept ACCESS_TOKEN=$PAT
}

@test "a list that cannot be one is no proof that a runner is gone" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=hidden
	wait_runner idle hidden
	killed
	for list in '{"total_count": 7, "runners": []}' '{"total_count": 1, "runners": [{"id": "1", "name": "hidden"}]}' \
		'{"total_count": 1, "runners": [[]]}' '{"runners": []}' '{"total_count": 0}'; do
		curl -sf "$URL/_hub/faults" -d "{\"method\": \"DELETE\", \"path\": \"$RUNNERS\", \"status\": 404, \"body\": {}, \"times\": 0}"
		curl -sf "$URL/_hub/faults" -d "{\"method\": \"GET\", \"path\": \"$RUNNERS\", \"status\": 200, \"body\": $list, \"times\": 0}"
		run runner ACCESS_TOKEN=$PAT sweep
		echo "$list: $status: $output"
		[ "$status" = 1 ]
		[[ $output == *"runner hidden: still registered"* ]]
		no_fault
	done
	swept ACCESS_TOKEN=$PAT
}

@test "a name server that does not answer does not keep a stop waiting" {
	mkdir -p "$STATE/registrations" "$STATE/slots"
	chmod -R go= "$STATE"
	jq -cn --arg api https://ghes.corp/api/v3 '{slot: 1, id: 7, name: "far", unique: true, entity: "/repos/octo/demo", api: $api,
		credential: "ACCESS_TOKEN", marker: "", begun: false, asked: 0}' >"$STATE/registrations/1-aaaaaaaa.json"
	echo $'nameserver 127.0.0.11\noptions timeout:30 attempts:5' >resolv.conf
	cat >silent <<-'PY'
		import socket, subprocess, sys
		subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
		name_server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		name_server.bind(("127.0.0.11", 53))
		program = subprocess.Popen(["unshare", "--user", "--map-user", sys.argv[1], "--map-group", sys.argv[2]] + sys.argv[3:])
		name_server.recv(512)
		for step in range(3):
		    program.terminate()
		program.wait(20)
	PY
	contract
	run unshare --map-root-user --net --mount sh -c 'mount --bind resolv.conf "$(readlink -f /etc/resolv.conf)" && exec "$@"' sh \
		python3 silent "$(id -u)" "$(id -g)" env -i "${CONTRACT[@]}" GITHUB_URL=https://ghes.corp/octo/demo ACCESS_TOKEN=x \
		"$BUILD/cofferdam-runner" sweep
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"runner far: still registered"* ]]
}

@test "a 404 that config.sh takes for a runner that is gone is no proof either" {
	start TOKEN=$TOKEN RUNNER_NAME=hidden
	wait_runner idle hidden
	curl -sf "$URL/_hub/faults" -d "{\"method\": \"DELETE\", \"path\": \"$RUNNERS/\", \"status\": 404, \"times\": 2,
		\"body\": {\"message\": \"Not Found\"}}" >/dev/null
	stops 40
	said "runner hidden: deregistered"
}

@test "a runner that GitHub lists to the end is left, whatever config.sh was told" {
	start TOKEN=$TOKEN RUNNER_NAME=hidden
	wait_runner idle hidden
	killed
	curl -sf "$URL/_hub/faults" -d "{\"method\": \"DELETE\", \"path\": \"$RUNNERS/\", \"status\": 404, \"times\": 0,
		\"body\": {\"message\": \"Not Found\"}}" >/dev/null
	run runner TOKEN=$TOKEN sweep
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"runner hidden: still registered"* ]]
	[ "$(registered)" = hidden ]
	no_fault
	swept TOKEN=$TOKEN
}

# unseen METHOD PATH: 404 for the calls with this method, as to a credential that may not see the runner
unseen() {
	curl -sf "$URL/_hub/faults" -d "{\"method\": \"$1\", \"path\": \"$2\", \"status\": 404, \"times\": 0,
		\"body\": {\"message\": \"Not Found\"}}" >/dev/null
}

@test "404 for the DELETE and for the list is no proof at a stop either" {
	start TOKEN=$TOKEN RUNNER_NAME=hidden
	wait_runner idle hidden
	unseen DELETE "$RUNNERS/"
	unseen GET "$RUNNERS"
	kill -TERM "$RUNNER_PID"
	ended 60
	[ "$status" = 1 ]
	said "runner hidden (id "
	said "still registered; the next start tries again"
	not said "runner hidden: deregistered"
	[ "$(registered)" = hidden ]
	no_fault
	swept TOKEN=$TOKEN
}

# answer_lost VARIABLE=VALUE…: the deregistration takes effect, and its answer is lost.
answer_lost() {
	start "$@"
	until_true 30 idle
	curl -sf "$URL/_hub/faults" -d "{\"method\": \"DELETE\", \"path\": \"$RUNNERS/\", \"drop\": \"after\"}" >/dev/null
	stops 40
	said ": deregistered"
}

@test "the answer to a deregistration is lost" {
	answer_lost ACCESS_TOKEN=$PAT RUNNER_NAME=mine
}

@test "the answer to config.sh's deregistration is lost" {
	answer_lost TOKEN=$TOKEN RUNNER_NAME=mine
}

@test "GitHub cannot be asked at the end: exit 1, the record stays, the next start asks again" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=mine
	wait_runner idle mine
	fault $RUNNERS '"drop": true, "times": 0'
	for step in stopping "stopping at once"; do
		kill -TERM "$RUNNER_PID"
		until_true 10 said "$step" || kill -TERM "$RUNNER_PID"
	done
	kill -TERM "$RUNNER_PID" || :
	ended 60
	[ "$status" = 1 ]
	said "still registered; the next start tries again"
	[ -n "$(ls -A "$STATE/registrations")" ]
	no_fault
	swept ACCESS_TOKEN=$PAT
}

@test "the state is lost and the name taken: the remedy in our terms, and no restart helps" {
	foreign taken
	run runner TOKEN=$TOKEN RUNNER_NAME=taken start
	[ "$status" = 3 ]
	[[ $output == *"RUNNER_NAME: a runner with this name exists (set REPLACE_EXISTING=true to take it over"* ]]
	[[ $output != *--replace* ]]
	[ "$(registered)" = taken ]
	[ -z "$(ls -A "$STATE/registrations")" ]
	run runner ACCESS_TOKEN=$PAT RUNNER_NAME=taken start
	[ "$status" = 3 ]
	start TOKEN=$TOKEN RUNNER_NAME=taken REPLACE_EXISTING=true
	wait_runner idle taken
	stops 30
}

@test "REPLACE_EXISTING=true does not take over a runner that is online" {
	start ACCESS_TOKEN=$PAT RUNNER_NAME=theirs
	wait_runner idle theirs
	for credential in TOKEN=$TOKEN ACCESS_TOKEN=$PAT; do
		run runner "$credential" RUNNER_NAME=theirs REPLACE_EXISTING=true COFFERDAM_STATE_DIR="$W/other" start
		echo "$output"
		[ "$status" = 3 ]
		[[ $output == *"RUNNER_NAME: a runner with this name exists and is online (stop it, or choose another"* ]]
		[ -z "$(ls -A "$W/other/registrations")" ]
	done
	id=$(script true)
	[ "$(conclusion "$id")" = success ]
	stops 30
}

@test "REPLACE_EXISTING=true takes over one that is offline, by PAT too" {
	foreign taken
	start ACCESS_TOKEN=$PAT RUNNER_NAME=taken REPLACE_EXISTING=true
	wait_runner idle taken
	stops 30
}

@test "the state is lost and the host's name taken: another one with a random end" {
	foreign "$(hostname)"
	start TOKEN=$TOKEN
	until_true 30 idle
	kill -TERM "$RUNNER_PID"
	ended 30
	[ "$status" = 0 ]
	[ "$(registered)" = "$(hostname)" ]
}

@test "a runner whose name others may have is marked by a label, and a replaced one, too" {
	start TOKEN=$TOKEN RUNNER_NAME=mine RUNNER_LABELS=big
	wait_runner idle mine
	curl -sf "$URL/_hub/runners" | jq -e '[.runners[0].labels[].name] | index("big") != null and any(startswith("cofferdam-1-"))'
	stops 30
	start ACCESS_TOKEN=$PAT EPHEMERAL=true
	until_true 30 idle
	curl -sf "$URL/_hub/runners" | jq -e '[.runners[0].labels[].name] | any(startswith("cofferdam-1-")) | not'
	stops 30
}

@test "a runner of ours that GitHub believes busy after a crash has the name: that passes, and is no refusal" {
	id=$(script "echo ready; until [ -e /nowhere ]; do read -rt 0.1 <> <(:) || :; done")
	start ACCESS_TOKEN=$PAT RUNNER_NAME=box
	wait_log "$id" ready
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	start ACCESS_TOKEN=$PAT RUNNER_NAME=box
	ended 60
	[ "$status" = 1 ]
	said "RUNNER_NAME: GitHub still has runner box from before a crash"
	curl -s -X POST "$URL/_hub/jobs/$id/lose" >/dev/null
	id=$(script true)
	start ACCESS_TOKEN=$PAT RUNNER_NAME=box
	[ "$(conclusion "$id")" = success ]
	stops 30
}
