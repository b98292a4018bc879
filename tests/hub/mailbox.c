#include "tests/hub/mailbox.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "tests/hub/clock.h"
#include "tests/hub/delivery.h"
#include "tests/hub/encode.h"
#include "tests/hub/jobs.h"
#include "tests/hub/memory.h"
#include "tests/hub/poll.h"
#include "tests/hub/rsa.h"
#include "tests/hub/runners.h"
#include "tests/hub/tenant.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_S 600
#define IV_SIZE 16

/* The runner whose access token the call bears, or NULL with the answer set. */
static struct runner *calling_runner(struct call *call)
{
	struct runner *runner = runner_or_retired(call->store, call->owner);

	if (runner == NULL)
		tenant_refuse(call, MHD_HTTP_NOT_FOUND, "TaskAgentNotFoundException",
			"The agent is not there, or was deleted from the server.");
	return runner;
}

/* The same, and its session must be the one that the call names. */
static struct runner *session_runner(struct call *call)
{
	const char *session = call_query(call, "sessionId");
	struct runner *runner = calling_runner(call);

	if (runner == NULL)
		return NULL;
	if (runner->session_id == NULL || session == NULL || strcmp(runner->session_id, session) != 0) {
		tenant_refuse(
			call, MHD_HTTP_NOT_FOUND, "TaskAgentSessionExpiredException", "There is no such session.");
		return NULL;
	}
	return runner;
}

/* The key of the session's messages, which only this runner can decrypt. A new reference. */
static json_t *wrapped_key(const struct runner *runner)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_(freep) unsigned char *wrapped = NULL;
	size_t len = 0;

	wrapped = rsa_wrap(runner->key, runner->fips, runner->session_key, sizeof runner->session_key, &len);
	text = base64_encode(wrapped, len);
	return must(json_pack("{s:b, s:s}", "encrypted", 1, "value", text));
}

void mailbox_open_session(struct call *call)
{
	json_t *request = call_json(call), *answer;
	struct runner *runner = request == NULL ? NULL : calling_runner(call);
	const char *owner = json_string_value(json_object_get(request, "ownerName"));

	if (runner == NULL)
		return;
	if (runner->retired_ns != 0) {
		tenant_refuse(
			call, MHD_HTTP_NOT_FOUND, "TaskAgentNotFoundException", "The ephemeral agent had its job.");
		return;
	}
	if (json_integer_value(json_object_get(json_object_get(request, "agent"), "id")) != runner->id) {
		tenant_refuse(call, MHD_HTTP_FORBIDDEN, "AccessDeniedException", "The token is not this agent's.");
		return;
	}
	if (runner_online(call->store, runner)) {
		tenant_refuse(call, MHD_HTTP_CONFLICT, "TaskAgentSessionConflictException",
			"The agent has an active session already.");
		return;
	}
	runner_open_session(call->store, runner, owner == NULL ? "" : owner);
	free(runner->os);
	runner->os = copy_text("Linux");
	answer = must(json_copy(request));
	json_object_set_new(answer, "sessionId", must(json_string(runner->session_id)));
	json_object_set_new(answer, "useFipsEncryption", json_boolean(runner->fips));
	if (runner->key != NULL) {
		if (RAND_bytes(runner->session_key, sizeof runner->session_key) != 1)
			must(NULL);
		json_object_set_new(answer, "encryptionKey", wrapped_key(runner));
	}
	call_answer(call, MHD_HTTP_OK, answer);
}

void mailbox_close_session(struct call *call)
{
	struct runner *runner = runner_or_retired(call->store, call->owner);

	/* Ending what has ended already, perhaps with the registration, is no error. */
	if (runner != NULL && runner->session_id != NULL && strcmp(call->args[1], runner->session_id) == 0)
		runner_close_session(call->store, runner);
	call_answer(call, MHD_HTTP_NO_CONTENT, NULL);
}

/* Encrypts the text of a message: AES-256 in CBC mode, padded as PKCS #7 says. Sets *iv too; the caller frees both. */
static char *encrypt(const struct runner *runner, const char *text, char **iv)
{
	unsigned char start[IV_SIZE];
	int text_len = (int)strlen(text), len = 0, end = 0;
	_cleanup_(freep) unsigned char *sealed = must(malloc((size_t)text_len + IV_SIZE));
	EVP_CIPHER_CTX *ctx = must(EVP_CIPHER_CTX_new());

	if (RAND_bytes(start, sizeof start) != 1 ||
		EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, runner->session_key, start) != 1 ||
		EVP_EncryptUpdate(ctx, sealed, &len, (const unsigned char *)text, text_len) != 1 ||
		EVP_EncryptFinal_ex(ctx, sealed + len, &end) != 1)
		must(NULL);
	EVP_CIPHER_CTX_free(ctx);
	*iv = base64_encode(start, sizeof start);
	return base64_encode(sealed, (size_t)len + (size_t)end);
}

/* True when there was something to say, and the answer is set. */
static bool deliver(struct call *call, struct runner *runner, bool wants_job)
{
	json_t *next = delivery_next(call->store, runner, wants_job), *answer;
	_cleanup_(freep) char *text = NULL, *sealed = NULL, *iv = NULL;

	if (next == NULL)
		return false;
	text = must(json_dumps(json_object_get(next, "body"), JSON_COMPACT));
	answer = must(json_pack("{s:I, s:O}", "messageId", (json_int_t)store_next_id(call->store), "messageType",
		json_object_get(next, "type")));
	if (runner->key == NULL) {
		json_object_set_new(answer, "body", must(json_string(text)));
	} else {
		sealed = encrypt(runner, text, &iv);
		json_object_set_new(answer, "iv", must(json_string(iv)));
		json_object_set_new(answer, "body", must(json_string(sealed)));
	}
	json_decref(next);
	call_answer(call, MHD_HTTP_OK, answer);
	return true;
}

void mailbox_get_message(struct call *call)
{
	poll_message(call, session_runner, deliver);
}

void mailbox_delete_message(struct call *call)
{
	struct runner *runner = session_runner(call);
	struct job *job = runner == NULL ? NULL : runner_job(call->store, runner);

	if (runner == NULL)
		return;
	if (job != NULL)
		job->acknowledged = true;
	runner->session_seen_ns = now_ns();
	call_answer(call, MHD_HTTP_NO_CONTENT, NULL);
}

void mailbox_renew_job(struct call *call)
{
	json_t *request = call_json(call);
	struct job *job = request == NULL ? NULL : job_find(call->store, call_arg_number(call, 1));
	struct runner *runner;
	char until[ISO_TIME_MAX];

	if (request == NULL)
		return;
	if (job == NULL || job->runner_id != call->owner || job->status == JOB_COMPLETED ||
		(runner = runner_find(call->store, NULL, job->runner_id)) == NULL) {
		tenant_refuse(call, MHD_HTTP_NOT_FOUND, "TaskAgentJobNotFoundException", "There is no such request.");
		return;
	}
	if (job->status == JOB_QUEUED) /* the first time: the Listener has it */
		job_start(call->store, job);
	job->renewed_ns = now_ns();
	job->renewals++;
	runner->session_seen_ns = now_ns();
	call_answer(call, MHD_HTTP_OK,
		must(json_pack("{s:I, s:s, s:s, s:{s:I, s:s}}", "requestId", (json_int_t)job->id, "lockedUntil",
			iso_time(LOCK_S, until), "jobId", job->job_id, "reservedAgent", "id", (json_int_t)runner->id,
			"name", runner->name)));
}
