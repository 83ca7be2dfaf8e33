#include "mail/inbound.h"

#include <string.h>
#include "base/json.h"

/* Collections: each mail of tests/data/inbound and what is to be said of it */

/* What "depesche inbound --dry-run --json" prints of it, but for the token. */
static void
check_verdict(const char *name, const Inbound *inbound, const Value *expect)
{
    const Value *recipients = value_find(expect, "recipients");
    g_test_message("%s", name);
    if (inbound == NULL) { /* no mail at all */
        g_assert_cmpstr(value_find_string(expect, "kind"), ==, "other");
        g_assert_cmpuint(value_length(recipients), ==, 0);
        return;
    }
    g_assert_cmpstr(inbound_kind_name(inbound->kind), ==, value_find_string(expect, "kind"));
    g_assert_cmpuint(inbound->failures->len, ==, value_length(recipients));
    for (guint i = 0; i < inbound->failures->len; i++) {
        const Failure *failure = inbound->failures->pdata[i];
        const Value *recipient = value_item(recipients, i);
        const Value *permanent = value_find(recipient, "permanent");
        Finality finality = value_kind(permanent) == VALUE_NULL ? FINALITY_UNKNOWN
                            : value_bool(permanent)             ? FINALITY_PERMANENT
                                                                : FINALITY_TEMPORARY;
        g_assert_cmpstr(failure->address, ==, value_find_string(recipient, "address"));
        g_assert_cmpstr(failure->status, ==, value_find_string(recipient, "status"));
        g_assert_cmpstr(failure->diagnostic, ==, value_find_string(recipient, "diagnostic"));
        g_assert_cmpint(failure->finality, ==, finality);
    }
}

/* In an exact-size copy, so that the sanitizer sees one octet too far. */
static Inbound *
read_exactly(const char *bytes, gsize size)
{
    g_autofree char *exact = g_memdup2(bytes, size);
    return inbound_read(exact, size);
}

static void
check_sample(const char *name)
{
    g_autofree char *path = g_strdup_printf(TEST_DATA "/inbound/%s.eml", name);
    g_autofree char *expect_path = g_strdup_printf(TEST_DATA "/inbound/%s.json", name);
    g_autofree char *mail = NULL;
    g_autofree char *json = NULL;
    gsize size = 0;
    gsize json_size = 0;
    g_assert_true(g_file_get_contents(path, &mail, &size, NULL));
    g_assert_true(g_file_get_contents(expect_path, &json, &json_size, NULL));
    g_autoptr(GBytes) bytes = g_bytes_new(json, json_size);
    g_autoptr(Value) expect = json_parse(bytes, NULL);
    g_autoptr(Inbound) local = read_exactly(mail, size);
    check_verdict(name, local, expect);
    g_autoptr(GString) lines = g_string_new_len(mail, (gssize)size);
    g_string_replace(lines, "\n", "\r\n", 0);
    g_autoptr(Inbound) network = read_exactly(lines->str, lines->len);
    check_verdict(name, network, expect);
}

static GPtrArray *
sample_names(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(TEST_DATA "/inbound", 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(folder)) != NULL) {
        if (g_str_has_suffix(name, ".eml"))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - 4));
    }
    return names;
}

static void
test_collection(void)
{
    g_autoptr(GPtrArray) names = sample_names();
    g_assert_cmpuint(names->len, >=, 150);
    for (guint i = 0; i < names->len; i++)
        check_sample(names->pdata[i]);
}

/* MAIL with some of its octets changed, lost or doubled. */
static GString *
mutate(GRand *chance, const char *mail, gsize size)
{
    GString *out = g_string_new_len(mail, (gssize)size);
    int count = g_rand_int_range(chance, 1, 20);
    for (int i = 0; i < count && out->len > 40; i++) {
        gsize at = (gsize)g_rand_int_range(chance, 0, (int)out->len - 30);
        switch (g_rand_int_range(chance, 0, 4)) {
        case 0: out->str[at] = (char)g_rand_int_range(chance, 0, 256); break;
        case 1: g_string_erase(out, (gssize)at, g_rand_int_range(chance, 1, 30)); break;
        case 2: g_string_insert_len(out, (gssize)at, "\n\n--", 4); break;
        case 3: {
            g_autofree char *piece = g_memdup2(out->str + at, 30);
            g_string_insert_len(out, g_rand_int_range(chance, 0, (int)out->len), piece, 30);
            break;
        }
        }
    }
    return out;
}

/* Whatever becomes of a mail on its way, it is read or it is none. */
static void
test_mutated(void)
{
    g_autoptr(GRand) chance = g_rand_new_with_seed(17);
    g_autoptr(GPtrArray) names = sample_names();
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path =
            g_strdup_printf(TEST_DATA "/inbound/%s.eml", (char *)names->pdata[i]);
        g_autofree char *mail = NULL;
        gsize size = 0;
        g_assert_true(g_file_get_contents(path, &mail, &size, NULL));
        for (int k = 0; k < 5; k++) {
            g_autoptr(GString) changed = mutate(chance, mail, size);
            g_autoptr(Inbound) inbound = read_exactly(changed->str, changed->len);
            g_assert_true(inbound == NULL || inbound_kind_name(inbound->kind) != NULL);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/classify/collection", test_collection);
    g_test_add_func("/classify/mutated", test_mutated);
    return g_test_run();
}
