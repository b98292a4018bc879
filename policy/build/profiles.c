/* At build time: prints policy/profile_prebuilt.h's table, the settings of all shipped profiles, as C. */
#include "common/builtin.h"
#include "policy/profile.h"
#include "policy/settings.h"

#include <stdio.h>
#include <string.h>

#define DIR "profiles/"

/* A string literal that ends in a NUL of its own. Escapes are octal: those have an end. */
static void print_literal(const char *text)
{
	putchar('"');
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
		if (*p < ' ' || *p >= 0x7f || *p == '"' || *p == '\\')
			printf("\\%03o", *p);
		else
			putchar(*p);
	printf("\\000\"");
}

static void print_value(const struct setting *setting, const char *text, const char *origin, void *context)
{
	(void)context;
	printf("\n\t\t\"\\%03zo\" ", setting_index(setting) + 1);
	print_literal(text);
	putchar(' ');
	print_literal(origin);
}

/* The NAME of "profiles/NAME.json" in `name`; false for another file, the schema among them. */
static bool profile_name(const struct builtin_file *file, char *name, size_t size)
{
	const char *base = file->path + sizeof DIR - 1;
	const size_t len = strlen(base) - (sizeof ".json" - 1);

	if (strchr(base, '/') != NULL || strcmp(base, "schema.json") == 0 || len >= size)
		return false;
	memcpy(name, base, len);
	name[len] = '\0';
	return true;
}

static int print_profile(const char *name, struct error *err)
{
	struct plan plan = {0};
	int r;

	printf("\t{\"%s\",\n\t\t.values = \"\"", name);
	r = plan_init(&plan, err) < 0 ? -1 : profile_trace(name, &plan, print_value, NULL, err);
	printf(",\n\t\t.digest = \"%s\"},\n", plan.profile_digest);
	plan_free(&plan);
	return r;
}

int main(void)
{
	struct error err;
	char name[64];

	printf("#include \"policy/profile_prebuilt.h\"\n\nconst struct prebuilt_profile prebuilt_profiles[] = {\n");
	for (size_t i = 0; i < builtin_files_count; i++)
		if (profile_name(&builtin_files[i], name, sizeof name) && print_profile(name, &err) < 0) {
			error_print("profiles", &err);
			return 1;
		}
	printf("\t{0},\n};\n");
	return fflush(stdout) != 0;
}
