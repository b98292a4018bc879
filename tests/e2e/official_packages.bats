#!/usr/bin/env bats
# Artifacts and cache by npm's own packages, in actions that the official runner runs. ACTIONS_NODE_MODULES is a directory node_modules that
# has them (npm install @actions/artifact @actions/cache); without it these tests are skipped by name.

# shellcheck disable=SC2016 # for the actions
load official_helpers

# need_packages: both are there.
need_packages() {
	for package in artifact cache; do
		[ -d "${ACTIONS_NODE_MODULES:-}/@actions/$package" ] || skip "ACTIONS_NODE_MODULES has no @actions/$package"
	done
}

# action NAME JAVASCRIPT: puts the action octo/NAME at v1 at the hub. The packages refuse to work with a server that is not github.com: for
# them it is. PACKAGES in the text is the directory of the packages.
action() {
	mkdir -p "actions/$1/octo-$1-0"
	printf 'name: %s\nruns: {using: node24, main: main.mjs}\n' "$1" >"actions/$1/octo-$1-0/action.yml"
	printf 'process.env.GITHUB_SERVER_URL = "https://github.com"\n%s\n' "${2//PACKAGES/$ACTIONS_NODE_MODULES}" >"actions/$1/octo-$1-0/main.mjs"
	tar -C "actions/$1" -cz "octo-$1-0" | curl -sf -X PUT "$URL/_hub/actions/octo/$1/v1" --data-binary @-
}

# runs WHERE JOB: the job, with the distribution alone or in Cofferdam, succeeds. It is $id.
runs() {
	id=$(queue "$2")
	if [ "$1" = alone ]; then
		bare "$W/dist/bin/Runner.Listener" run --jitconfig "$(jit "alone-$id")"
	else
		start ACCESS_TOKEN="$PAT" EPHEMERAL=true
	fi
	[ "$(conclusion "$id")" = success ]
	ended 120
	[ "$status" = 0 ]
}

artifact_round() {
	hub
	profile "\"ro\": [\"$ACTIONS_NODE_MODULES\"]"
	action artifact '
		import { DefaultArtifactClient } from "PACKAGES/@actions/artifact/lib/artifact.js"
		import { readFileSync, writeFileSync } from "fs"
		import { randomBytes } from "crypto"
		const client = new DefaultArtifactClient()
		const large = randomBytes(9 << 20) // more than one block
		writeFileSync("small.txt", "a small one")
		writeFileSync("large.bin", large)
		const { id } = await client.uploadArtifact("results", ["small.txt", "large.bin"], ".")
		await client.uploadArtifact("others", ["small.txt"], ".")
		const names = (await client.listArtifacts()).artifacts.map(a => a.name).sort()
		console.log("listed", names.join())
		const { artifact } = await client.getArtifact("results")
		await client.downloadArtifact(artifact.id, { path: "down", expectedHash: artifact.digest })
		console.log("back", artifact.id == id, readFileSync("down/small.txt", "utf8"), large.equals(readFileSync("down/large.bin")))
		try {
			await client.uploadArtifact("results", ["small.txt"], ".")
		} catch (e) {
			console.log("again:", e.message)
		}
		await client.deleteArtifact("others")
		console.log("left", (await client.listArtifacts()).artifacts.map(a => a.name).join())'
	runs "$1" '{"steps": [{"uses": "octo/artifact@v1"}]}'
	job_log_matches "$id" '^listed others,results$'
	job_log_matches "$id" '^back true a small one true$'
	job_log_matches "$id" '^again: .*an artifact with this name already exists on the workflow run'
	job_log_matches "$id" '^left results$'
}

cache_round() {
	hub
	profile "\"ro\": [\"$ACTIONS_NODE_MODULES\"]"
	action cache '
		import * as cache from "PACKAGES/@actions/cache/lib/cache.js"
		import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "fs"
		const restored = await cache.restoreCache(["kept"], "deps-2", ["deps-"])
		console.log("restored", restored, existsSync("kept/file") ? readFileSync("kept/file", "utf8") : "nothing")
		const key = restored ? "deps-2" : "deps-1"
		mkdirSync("kept", { recursive: true })
		writeFileSync("kept/file", "kept by " + key)
		console.log("saved", key, await cache.saveCache(["kept"], key) > 0)
		console.log("saved twice", await cache.saveCache(["kept"], key))
		rmSync("kept", { recursive: true })
		console.log("exact", await cache.restoreCache(["kept"], key, ["deps-"]), readFileSync("kept/file", "utf8"))
		console.log("other paths", await cache.restoreCache(["others"], key))'
	runs "$1" '{"steps": [{"uses": "octo/cache@v1"}]}'
	job_log_matches "$id" '^restored undefined nothing$'
	job_log_matches "$id" '^saved deps-1 true$'
	job_log_matches "$id" '^saved twice -1$'
	job_log_matches "$id" '^exact deps-1 kept by deps-1$'
	job_log_matches "$id" '^other paths undefined$'
	runs "$1" '{"steps": [{"uses": "octo/cache@v1"}]}'
	job_log_matches "$id" '^restored deps-1 kept by deps-1$'
	job_log_matches "$id" '^saved deps-2 true$'
}

@test "artifacts: uploaded, listed, downloaded, and deleted, alone" {
	need_packages
	artifact_round alone
}

@test "artifacts: the same in Cofferdam" {
	need_packages
	artifact_round cofferdam
}

@test "cache: saved, restored by key and by its beginning, alone" {
	need_packages
	cache_round alone
}

@test "cache: the same in Cofferdam" {
	need_packages
	cache_round cofferdam
}
