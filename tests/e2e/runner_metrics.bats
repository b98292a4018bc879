# Metrics, health, the status page, and what is shipped for them.
load runner_helpers

# listens: waits for the line that says where, and sets AT.
listens() {
	until_true 20 said "metrics and status page: http://"
	AT=$(sed -n 's|.*metrics and status page: \(http://.*\)/$|\1|p' "$W/err" | tail -1)
}

# get PATH [CURL OPTION…]: the status in $code, the body in $body.
get() {
	local path=$1
	shift
	code=$(curl -s --max-time 20 -o "$W/body" -w '%{http_code}' "$@" "$AT$path")
	body=$(cat "$W/body")
}

answers() {
	get "$1" && [ "$code" = "$2" ]
}

metric() {
	get /metrics && grep -qF -- "$1" <<<"$body"
}

promtool_or_skip() {
	PROMTOOL=$(command -v promtool) || skip "promtool is not installed (package prometheus)"
}

@test "jobs are counted, by names whose number is bounded, and promtool finds nothing wrong" {
	start ACCESS_TOKEN=$PAT COFFERDAM_LISTEN=127.0.0.1:0
	listens
	until_true 20 answers /readyz 200
	[ "$(conclusion "$(script 'echo well')")" = success ]
	id=$(queue "$(jq -n '{name: "a\"\\\n\u0001<b>", workflow: "w\"}\\\n# TYPE x\u202e<script>alert(1)</script>", steps: [{run: "exit 1"}]}')")
	[ "$(conclusion "$id")" = failure ]
	until_true 20 metric 'gha_completed_jobs_total{pool="default",repository="octo/demo",job_workflow_name="hub",job_result="succeeded"} 1'
	until_true 20 metric 'cofferdam_jobs_ended_total{pool="default",repository="octo/demo",workflow="w\"}\\ # TYPE x\\xe2\\x80\\xae<script>alert(1)</script>",result="failed",ended_by="exit"} 1'
	for line in 'cofferdam_jobs_by_end_total{ended_by="exit"} 2' 'cofferdam_jobs_by_end_total{ended_by="crash"} 0' 'cofferdam_residue_total 0' \
		'gha_started_jobs_total{pool="default"} 2' 'gha_job_execution_duration_seconds_count{repository="octo/demo",job_workflow_name="hub"} 1' \
		'cofferdam_job_startup_seconds_bucket{repository="octo/demo",workflow="hub",le="+Inf"} 1'; do
		metric "$line"
	done
	until_true 20 metric 'cofferdam_slots{pool="default",state="idle"} 1'
	# The hub was asked, and answered.
	metric 'cofferdam_github_requests_total{outcome="answered"} '
	not metric 'cofferdam_github_requests_total{outcome="answered"} 0'
	! command -v promtool >/dev/null || promtool check metrics <<<"$body"
	[ "$(grep -c '^cofferdam_state_free_bytes [1-9]' <<<"$body")" = 1 ]

	get /
	[ "$code" = 200 ]
	grep -qF '<td>octo/demo</td>' <<<"$body"
	grep -qE '<p>Version [^<]*, running since [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC\.' <<<"$body"
	grep -qF 'a&quot;\\x0a\x01&lt;b&gt;' <<<"$body"
	[[ $body != *"<script"* && $body != *"<b>"* ]]
	python3 - "$W/body" <<'PY'
import html.parser, sys
class P(html.parser.HTMLParser):
    void = {"meta", "link", "br"}
    stack = []
    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "form", "input", "iframe"), tag
        assert not any(k.startswith("on") for k, _ in attrs), attrs
        if tag not in self.void: self.stack.append(tag)
    def handle_endtag(self, tag):
        assert self.stack.pop() == tag, tag
p = P(); p.feed(open(sys.argv[1], encoding="utf-8").read())
assert p.stack == [], p.stack
PY
	stops 30
	run ! curl -s --max-time 5 "$AT/healthz"
}

@test "health, methods, hosts and sizes" {
	start ACCESS_TOKEN=$PAT COFFERDAM_LISTEN=127.0.0.1:0
	listens
	until_true 20 answers /healthz 200
	get /nothing
	[ "$code" = 404 ]
	get / -X POST -d x
	[ "$code" = 405 ]
	get /metrics -X DELETE
	[ "$code" = 405 ]
	get / -I
	[ "$code" = 200 ]
	# A name that a page elsewhere had resolved to this host.
	get / -H 'Host: evil.example'
	[ "$code" = 421 ]
	get / -H 'Host: 127.0.0.1.evil.example'
	[ "$code" = 421 ]
	get / -H 'Host: localhost:1'
	[ "$code" = 200 ]
	get / -H "X-Long: $(printf '%020000d' 0)"
	[ "$code" = 431 ]
	# Those who never come to an end do not keep others out for long, and none is let in beyond the limit.
	python3 - "${AT#http://}" <<'PY'
import socket, sys
host, port = sys.argv[1].rsplit(":", 1)
slow = [socket.create_connection((host, int(port))) for _ in range(40)]
for s in slow:
    s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
slow[0].settimeout(0.5)
for _ in range(60):
    try:
        slow[0].sendall(b"x")
        assert slow[0].recv(1) == b""
        break
    except TimeoutError:
        pass
    except OSError:
        break
else:
    raise SystemExit("not closed")
PY
	until_true 20 answers /healthz 200
	stops 30
}

@test "the process that serves holds neither a credential nor files, and is started again" {
	start ACCESS_TOKEN=$PAT COFFERDAM_LISTEN=127.0.0.1:0
	listens
	until_true 20 answers /readyz 200
	pid=$(pid_of serve-metrics)
	[ "$(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | wc -c)" = 0 ] || [ ! -r "/proc/$pid/environ" ]
	grep -q '^NoNewPrivs:[[:space:]]*1' "/proc/$pid/status"
	kill -KILL "$pid"
	until_true 20 said "metrics: the process that serves them has ended (signal 9): starting it again in 1 s"
	until_true 20 answers /healthz 200
	kill -KILL "$RUNNER_PID"
	wait "$RUNNER_PID" || true
	RUNNER_PID=
	gone() {
		! curl -s --max-time 5 -o "$W/body" "$AT/healthz"
	}
	until_true 20 gone
}

@test "a journal that cannot be read: who asks is told so" {
	mkdir "$STATE"
	chmod 700 "$STATE"
	start ACCESS_TOKEN=$PAT
	until_true 30 said "registered as"
	stops 30
	python3 -c "import sqlite3; sqlite3.connect('$STATE/journal.db').execute('PRAGMA user_version=99')"
	start ACCESS_TOKEN=$PAT COFFERDAM_LISTEN=127.0.0.1:0
	listens
	for path in / /metrics /healthz /readyz; do
		until_true 20 answers $path 503
		[[ $body == "journal: version 99, written by a newer Cofferdam: expected "[0-9]* ]]
	done
	# It is said once, and the process is not started again and again.
	[ "$(grep -c "cofferdam-runner: journal: version 99" err)" = 1 ]
	not said "the process that serves them has ended"
	get / -H 'Host: evil.example'
	[ "$code" = 421 ]
	registered_twice() {
		[ "$(grep -c "registered as" err)" = 2 ]
	}
	until_true 30 registered_twice
	stops 30
}

@test "where it listens is checked, and a port in use is said" {
	for wrong in :9464 9464 example.org:80 127.0.0.1 127.0.0.1:70000 '[::1:80' remote:; do
		run -2 runner "COFFERDAM_LISTEN=$wrong" ACCESS_TOKEN=x start
		[[ $output == *"COFFERDAM_LISTEN: $wrong: not an address with a port (expected ADDRESS:PORT"* ]]
	done
	for remote in 0.0.0.0:9464 10.1.2.3:9464 '[::]:9464'; do
		run -2 runner "COFFERDAM_LISTEN=$remote" ACCESS_TOKEN=x start
		[[ $output == *"COFFERDAM_LISTEN: $remote: others can reach this address"*"write remote:$remote)" ]]
	done
	# The hub's port: asked for, it is an error.
	run -1 runner "COFFERDAM_LISTEN=${URL#http://}" ACCESS_TOKEN=$PAT start
	[[ $output == *"COFFERDAM_LISTEN: Address already in use (name another port, or none)"* ]]
	[ -z "$(registered)" ]
	start ACCESS_TOKEN=$PAT EPHEMERAL=true COFFERDAM_LISTEN=remote:0.0.0.0:0
	listens
	AT=${AT/0.0.0.0/127.0.0.1}
	until_true 20 answers /healthz 200
	get /healthz -H 'Host: runner.example'
	[ "$code" = 200 ]
	[ "$(conclusion "$(script 'true')")" = success ]
	ended 30
}

# asked QUERY: the values of a query, by the Prometheus that listens at $PROM.
asked() {
	curl -sf --max-time 5 --data-urlencode "query=$1" "$PROM/api/v1/query" | jq -c '[.data.result[].value[1]]'
}

asked_is() {
	[ "$(asked "$1")" = "$2" ]
}

@test "a Prometheus that runs finds it up, and a job in it" {
	local id prometheus
	prometheus=$(command -v prometheus) || skip "prometheus is not installed"
	start ACCESS_TOKEN=$PAT COFFERDAM_LISTEN=127.0.0.1:0
	listens
	jq -n --arg at "${AT#http://}" '{global: {scrape_interval: "1s"}, scrape_configs: [{job_name: "cofferdam", static_configs: [{targets: [$at]}]}]}' >prometheus.yml
	"$prometheus" --config.file="$W/prometheus.yml" --storage.tsdb.path="$W/series" --web.listen-address=127.0.0.1:0 >prometheus.log 2>&1 3>&- &
	id=$!
	until_true 20 grep -qE 'msg="?Listening on"? address=127' prometheus.log
	PROM=http://$(sed -n 's/.*Listening on"\? address=\(127[0-9.:]*\).*/\1/p' prometheus.log | head -1)
	[ "$(conclusion "$(script true)")" = success ]
	until_true 20 asked_is 'up{job="cofferdam"}' '["1"]'
	until_true 20 asked_is 'gha_completed_jobs_total{job_result="succeeded"}' '["1"]'
	kill "$id"
	wait "$id" || true
	stops 30
}

@test "alert rules and board are right, and ask for metrics that there are" {
	local deploy=$BATS_TEST_DIRNAME/../../deploy docs=$BATS_TEST_DIRNAME/../../docs/operations.md name
	jq -e '.panels | length > 10' "$deploy/grafana/cofferdam.json"
	grep -ohE '(gha|cofferdam)_[a-z0-9_]+[a-z0-9]' "$deploy/grafana/cofferdam.json" "$deploy/prometheus/cofferdam.rules.yml" |
		sed -E 's/_bucket$//' | sort -u >"$W/asked"
	[ "$(wc -l <"$W/asked")" -gt 15 ]
	start ACCESS_TOKEN=$PAT EPHEMERAL=true COFFERDAM_LISTEN=127.0.0.1:0
	listens
	until_true 20 answers /metrics 200
	sed -n 's/^# TYPE \([a-z0-9_]*\) .*/\1/p' <<<"$body" | sort >"$W/there"
	[ "$(comm -23 "$W/asked" "$W/there")" = "" ]
	# The page names each metric.
	while read -r name; do
		grep -qF "\`$name\`" "$docs" || { echo "$name: not in docs/operations.md"; return 1; }
	done <"$W/there"
	# Each alert has its section.
	sed -n 's/^ *- alert: //p' "$deploy/prometheus/cofferdam.rules.yml" | while read -r name; do
		grep -qx "### $name" "$docs"
		grep -qF "runbook: \"docs/operations.md#${name,,}\"" "$deploy/prometheus/cofferdam.rules.yml"
	done
	[ "$(conclusion "$(script 'true')")" = success ]
	ended 30
}

@test "promtool: the alerts fire for what they are for" {
	promtool_or_skip
	local rules
	rules=$(realpath "$BATS_TEST_DIRNAME/../../deploy/prometheus/cofferdam.rules.yml")
	"$PROMTOOL" check rules "$rules"
	sed "s,RULES,$rules," "$BATS_TEST_DIRNAME/rules_test.yml" >"$W/rules_test.yml"
	"$PROMTOOL" test rules "$W/rules_test.yml"
}
