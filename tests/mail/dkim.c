#include "mail/dkim.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"

typedef struct {
    char *folder;
    char *file;
} Key;

static void
key_make(Key *key, const char *kind, mode_t mode)
{
    key->folder = g_dir_make_tmp("dkim-XXXXXX", NULL);
    key->file = g_build_filename(key->folder, "key.pem", NULL);
    g_autofree char *command = g_strdup_printf("openssl %s -out %s", kind, key->file);
    int status = 1;
    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpint(g_chmod(key->file, (int)mode), ==, 0);
}

static void
key_clear(Key *key)
{
    g_remove(key->file);
    g_rmdir(key->folder);
    g_free(key->file);
    g_free(key->folder);
}

static Dkim *
dkim_of(const Key *key, const char *algorithm, GError **error)
{
    const DkimSettings settings = { "example.org", "s1", key->file, algorithm };
    return dkim_open(&settings, error);
}

static char *
sign(const Dkim *dkim, const char *message)
{
    GString *text = g_string_new(message);
    dkim_sign(dkim, 1795413600, text);
    return g_string_free(text, FALSE);
}

/* What stands behind TAG ("bh=") in the signature of SIGNED. */
static char *
tag(const char *signed_message, const char *name)
{
    const char *at = strstr(signed_message, name);
    g_assert_nonnull(at);
    at += strlen(name);
    return g_strndup(at, strcspn(at, ";"));
}

#define HEADER "From: a@example.org\r\nSubject: x\r\n\r\n"

/* Two messages whose canonical bodies are the same, or not (RFC 6376, 3.4.4). */
static const struct {
    const char *rule;
    const char *one;
    const char *other;
    bool same;
} bodies[] = {
    { "empty lines at the end do not count", HEADER "a\r\n", HEADER "a\r\n\r\n\r\n", true },
    { "empty lines inside do", HEADER "a\r\nb\r\n", HEADER "a\r\n\r\nb\r\n", false },
    { "blanks at the end of a line do not count", HEADER "a\r\n", HEADER "a \t \r\n", true },
    { "a run of blanks is one", HEADER "a b\r\n", HEADER "a \t  b\r\n", true },
    { "but it is not none", HEADER "a b\r\n", HEADER "ab\r\n", false },
    { "blanks at the beginning count", HEADER "a\r\n", HEADER " a\r\n", false },
    { "a line of blanks is an empty one", HEADER "a\r\n", HEADER "a\r\n   \r\n", true },
    { "a last line without an end has one", HEADER "a\r\n", HEADER "a", true },
    { "no body, and an empty one", "From: a@example.org\r\nSubject: x\r\n", HEADER, true },
    { "an empty body, and one of empty lines", HEADER, HEADER "\r\n\r\n", true },
    { "case counts", HEADER "a\r\n", HEADER "A\r\n", false },
};

static void
test_bodies(void)
{
    Key key;
    key_make(&key, "genrsa", 0600);
    g_autoptr(Dkim) dkim = dkim_of(&key, "rsa-sha256", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *one = sign(dkim, bodies[i].one);
        g_autofree char *other = sign(dkim, bodies[i].other);
        g_autofree char *hash = tag(one, " bh=");
        g_autofree char *other_hash = tag(other, " bh=");
        g_test_message("%s", bodies[i].rule);
        g_assert_true((strcmp(hash, other_hash) == 0) == bodies[i].same);
        g_assert_true(g_str_has_suffix(one, bodies[i].one));
    }
    /* RFC 6376, 3.4.4 with 3.7: the hash of nothing. */
    g_autofree char *empty = sign(dkim, HEADER);
    g_autofree char *hash = tag(empty, " bh=");
    g_assert_cmpstr(hash, ==, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    key_clear(&key);
}

/* Headers whose canonical form is the same have the same signature, since signing is deterministic
 * (3.4.2). */
static const struct {
    const char *rule;
    const char *one;
    const char *other;
    bool same;
} headers[] = {
    { "names in any case", "Subject: x", "SUBJECT: x", true },
    { "folded", "Subject: x y", "Subject: x\r\n y", true },
    { "blanks around the colon's end", "Subject: x", "Subject:  \tx  ", true },
    { "blanks inside", "Subject: x y", "Subject: x \t y", true },
    { "case of the text counts", "Subject: x", "Subject: X", false },
    { "a field that is not signed", "Subject: x\r\nX-Mailer: a", "Subject: x\r\nX-Mailer: b",
      true },
    { "of two, the last is signed", "Subject: x\r\nSubject: y", "Subject: z\r\nSubject: y", true },
};

static void
test_headers(void)
{
    Key key;
    key_make(&key, "genpkey -algorithm ed25519", 0600);
    g_autoptr(Dkim) dkim = dkim_of(&key, "ed25519-sha256", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autofree char *one =
            g_strconcat("From: a@example.org\r\n", headers[i].one, "\r\n\r\ntext\r\n", NULL);
        g_autofree char *other =
            g_strconcat("From: a@example.org\r\n", headers[i].other, "\r\n\r\ntext\r\n", NULL);
        g_autofree char *first = sign(dkim, one);
        g_autofree char *second = sign(dkim, other);
        size_t size = strlen(first) - strlen(one);
        g_test_message("%s", headers[i].rule);
        g_assert_true((strncmp(first, second, size) == 0) == headers[i].same);
    }
    key_clear(&key);
}

static void
test_fields_that_are_signed(void)
{
    Key key;
    key_make(&key, "genrsa", 0600);
    g_autoptr(Dkim) dkim = dkim_of(&key, "rsa-sha256", NULL);
    g_autofree char *text =
        sign(dkim, "From: a@example.org\r\nList-Unsubscribe: <https://example.org/u>\r\n"
                   "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nX-Other: y\r\n\r\nx\r\n");
    g_autofree char *names = tag(text, "\th=");
    g_assert_cmpstr(names, ==, "from:list-unsubscribe:list-unsubscribe-post:from");
    g_assert_null(strstr(text, " l="));
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
    for (char **line = lines; *line != NULL; line++)
        g_assert_cmpuint(strlen(*line), <=, 78);
    key_clear(&key);
}

static const struct {
    const char *rule;
    const char *make;
    mode_t mode;
    const char *algorithm;
    const char *problem; /* part of it; NULL: it opens */
} keys[] = {
    { "rsa", "genrsa", 0600, "rsa-sha256", NULL },
    { "ed25519", "genpkey -algorithm ed25519", 0600, "ed25519-sha256", NULL },
    { "others can read it", "genrsa", 0644, "rsa-sha256", "others can read" },
    { "too short", "genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:512", 0600, "rsa-sha256",
      "1024 bits" },
    { "of another kind", "genrsa", 0600, "ed25519-sha256", "another kind" },
    { "the other way round", "genpkey -algorithm ed25519", 0600, "rsa-sha256", "another kind" },
    { "of no kind that signs mails", "genpkey -algorithm x25519", 0600, "rsa-sha256",
      "another kind" },
};

static void
test_keys(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        Key key;
        g_autoptr(GError) error = NULL;
        g_test_message("%s", keys[i].rule);
        key_make(&key, keys[i].make, keys[i].mode);
        g_autoptr(Dkim) dkim = dkim_of(&key, keys[i].algorithm, &error);
        g_assert_true((dkim != NULL) == (keys[i].problem == NULL));
        if (dkim == NULL) {
            g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
            g_assert_nonnull(strstr(error->message, keys[i].problem));
            g_assert_nonnull(strstr(error->message, key.file));
        }
        key_clear(&key);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dkim/bodies", test_bodies);
    g_test_add_func("/dkim/headers", test_headers);
    g_test_add_func("/dkim/fields-that-are-signed", test_fields_that_are_signed);
    g_test_add_func("/dkim/keys", test_keys);
    return g_test_run();
}
