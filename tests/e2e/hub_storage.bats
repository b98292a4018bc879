#!/usr/bin/env bats
# The GitHub double itself: artifacts of a run and the cache of a repository, as actions ask for them.

# shellcheck source=tests/e2e/hub_helpers.bash disable=SC2154 # what it sets
load hub_helpers

# Starts the hub with a job that has begun; its token is in $JOB_AUTH.
running_job() {
	start_hub
	register one false
	go_online
	queue_job
	take_job
}

# twirp SERVICE METHOD JSON: as the job; an artifact's request names its run and its job.
twirp() {
	call POST "$URL/twirp/github.actions.results.api.v1.$1/$2" -H "$JOB_AUTH" -d "$3"
}

artifact() {
	twirp ArtifactService "$1" "$(jq -c --arg run "$PLAN" --arg job "$JOB_UUID" \
		'{workflow_run_backend_id: $run, workflow_job_run_backend_id: $job} + .' <<<"$2")"
}

cache() {
	twirp CacheService "$1" "$2"
}

# put URL DATA [CURL OPTION...]
put() {
	call PUT "$1" --data-binary "$2" "${@:3}"
}

# upload URL TEXT: in one piece.
upload() {
	put "$1" "$2" -H 'x-ms-blob-type: BlockBlob' -H 'x-ms-blob-content-type: application/zip'
	expect 201
}

@test "hub: an artifact is created, uploaded, finished, listed, downloaded and deleted" {
	running_job
	artifact CreateArtifact '{"name": "logs", "version": 7}'
	expect 200 '.ok and (.signed_upload_url | contains("sig="))'
	at=$(field .signed_upload_url)
	artifact FinalizeArtifact '{"name": "logs", "size": "3"}'
	expect 404 '.code == "not_found"'
	upload "$at" "abc"
	artifact FinalizeArtifact '{"name": "logs", "size": "4"}'
	expect 400 '.code == "invalid_argument"'
	artifact ListArtifacts '{}'
	expect 200 '.artifacts == []'
	artifact FinalizeArtifact '{"name": "logs", "size": "3", "hash": "sha256:00"}'
	expect 200 '.ok and (.artifact_id | test("^[0-9]+$"))'
	id=$(field .artifact_id)
	artifact CreateArtifact '{"name": "logs", "version": 7}'
	expect 409 '.code == "already_exists"'
	artifact ListArtifacts '{"name_filter": "logs"}'
	expect 200 ".artifacts | length == 1 and .[0].database_id == \"$id\" and .[0].size == \"3\" and .[0].digest == \"sha256:00\""
	artifact ListArtifacts '{"id_filter": {"value": 1000}}'
	expect 400 '.code == "invalid_argument"'
	artifact ListArtifacts '{"id_filter": {"value": "1000"}}'
	expect 200 '.artifacts == []'
	artifact GetSignedArtifactURL '{"name": "logs"}'
	expect 200
	call GET "$(field .signed_url)"
	expect 200
	[ "$body" = abc ]
	grep -qix 'content-type: application/zip' <<<"$headers"
	artifact DeleteArtifact '{"name": "logs"}'
	expect 200 ".ok and .artifact_id == \"$id\""
	artifact GetSignedArtifactURL '{"name": "logs"}'
	expect 404
}

@test "hub: only the job's token reaches its artifacts and its repository's cache" {
	running_job
	RIGHT=$JOB_AUTH
	JOB_AUTH=$ACCESS
	artifact CreateArtifact '{"name": "logs"}'
	expect 401
	cache CreateCacheEntry '{"key": "k", "version": "v"}'
	expect 401
	JOB_AUTH=$RIGHT
	PLAN=$JOB_UUID artifact CreateArtifact '{"name": "logs"}'
	expect 403 '.code == "permission_denied"'
	complete
	expect 200
	artifact CreateArtifact '{"name": "logs"}'
	expect 403
	cache CreateCacheEntry '{"key": "k", "version": "v"}'
	expect 403
}

# keep KEY TEXT: a cache entry.
keep() {
	cache CreateCacheEntry "{\"key\": \"$1\", \"version\": \"v\"}"
	expect 200 .ok
	upload "$(field .signed_upload_url)" "$2"
	cache FinalizeCacheEntryUpload "{\"key\": \"$1\", \"version\": \"v\", \"size_bytes\": \"${#2}\"}"
	expect 200 '.ok and (.entry_id | test("^[0-9]+$"))'
}

# restored KEY RESTORE-KEYS: the key of the entry that is found.
restored() {
	cache GetCacheEntryDownloadURL "{\"key\": \"$1\", \"restore_keys\": $2, \"version\": \"${3:-v}\"}"
	expect 200
	field 'if .ok then .matched_key else "none" end'
}

@test "hub: a cache entry is found by its key, then by the newest that begins with it, then by restore keys" {
	running_job
	[ "$(restored deps-1 '["deps-"]')" = none ]
	keep deps-1 one
	keep deps-10 ten
	keep tools-1 other
	cache CreateCacheEntry '{"key": "deps-11", "version": "v"}' # never uploaded
	expect 200
	[ "$(restored deps-1 '[]')" = deps-1 ]
	[ "$(restored deps '[]')" = deps-10 ]
	[ "$(restored deps-2 '["none-", "tools-", "deps-"]')" = tools-1 ]
	[ "$(restored deps-2 '[]')" = none ]
	[ "$(restored deps-1 '["deps-"]' w)" = none ]
	restored deps-10 '[]'
	call GET "$(field .signed_download_url)"
	[ "$body" = ten ]
	cache CreateCacheEntry '{"key": "deps-1", "version": "v"}'
	expect 409 '.code == "already_exists"'
	cache CreateCacheEntry '{"key": "deps-1"}'
	expect 400 '.code == "invalid_argument"'
}

@test "hub: a blob of several blocks is what the list says, in its order" {
	running_job
	artifact CreateArtifact '{"name": "blocks"}'
	at=$(field .signed_upload_url)
	for block in b:two a:one c:unused; do
		put "$at&comp=block&blockid=$(printf '%s' "${block%%:*}" | base64)" "${block#*:}"
		expect 201
	done
	put "$at&comp=block" nothing
	expect 400
	call GET "$at"
	expect 404
	put "$at&comp=blocklist" '<?xml version="1.0"?><BlockList><Latest>YQ==</Latest><Latest>YQ==</Latest><Uncommitted>Yg==</Uncommitted></BlockList>'
	expect 201
	call GET "$at"
	expect 200
	[ "$body" = oneonetwo ]
	put "$at&comp=blocklist" '<BlockList><Latest>bm9uZQ==</Latest></BlockList>'
	expect 400
	call GET "${at%sig=*}sig=wrong"
	expect 403
}
