#include "policy/egress/json.h"

static json_t *lines(const char *text)
{
	json_t *array = json_array();

	while (*text != '\0') {
		size_t len = 0;

		while (text[len] != '\0' && text[len] != '\n')
			len++;
		json_array_append_new(array, json_stringn(text, len));
		text += len + (text[len] == '\n');
	}
	return array;
}

json_t *egress_to_json(const struct egress *egress)
{
	json_t *object, *list = json_array();

	for (size_t i = 0; i < egress->n_opens; i++) {
		char text[EGRESS_OPEN_TEXT_MAX];

		egress_open_text(&egress->opens[i], text);
		json_array_append_new(list, json_string(text));
	}
	if (egress->n_opens == 0 && egress->rules == NULL) {
		json_decref(list);
		return NULL;
	}
	object = json_pack("{s:o}", "network_open", list);
	if (egress->rules == NULL)
		return object;
	list = json_array();
	for (char **arg = egress->helper; *arg != NULL; arg++)
		json_array_append_new(list, json_string(*arg));
	json_object_set_new(object, "helper", list);
	json_object_set_new(object, "nftables", lines(egress->rules));
	json_object_set_new(object, "resolv_conf", lines(egress->resolv_conf));
	return object;
}
