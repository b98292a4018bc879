#include "sandbox/doctor/examine_layer.h"

#include "sandbox/root/layer_dir.h"

#include <stdio.h>

void examine_layer(struct examination *exam, const struct plan_root *root)
{
	struct error err;
	const int checked = layer_dir_check(root, &err);
	struct probe *row = examination_add(exam, "layer", "what the job writes over its root lies on disk",
		checked == 0 ? PROBE_OK : PROBE_MISSING);

	snprintf(row->found, sizeof row->found, "%s", checked == 0 ? root->layers : err.text);
	snprintf(row->remedy, sizeof row->remedy, "%s", checked == 0 ? "" : err.hint);
}
