#include "base/token.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include "base/error.h"

#define KEY_A       "a 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define KEY_B       "b f0f1f2f3f4f5f6f7f8f9fafbfcfdfeffe0e1e2e3e4e5e6e7e8e9eaebecedeeef\n"
#define KEY_A_OTHER "a ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100\n"

typedef struct {
    char *folder;
    char *path;
} Fixture;

static void
fixture_set_up(Fixture *fixture, const void *data)
{
    fixture->folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    fixture->path = g_build_filename(fixture->folder, "keys", NULL);
}

static void
fixture_tear_down(Fixture *fixture, const void *data)
{
    g_unlink(fixture->path);
    g_rmdir(fixture->folder);
    g_free(fixture->path);
    g_free(fixture->folder);
}

static void
fixture_write(Fixture *fixture, const char *text, int mode)
{
    g_assert_true(g_file_set_contents(fixture->path, text, -1, NULL));
    g_assert_cmpint(g_chmod(fixture->path, (mode_t)mode), ==, 0);
}

static KeyRing *
fixture_ring(Fixture *fixture, const char *text)
{
    g_autoptr(GError) error = NULL;
    fixture_write(fixture, text, 0600);
    KeyRing *ring = key_ring_open(fixture->path, &error);
    g_assert_no_error(error);
    return ring;
}

static char *
write_token(const KeyRing *ring, TokenKind kind, uint64_t subscription, uint32_t issue)
{
    GString *out = g_string_new(NULL);
    Token token = { .kind = kind, .subscription = subscription, .issue = issue };
    token_write(out, ring, &token);
    return g_string_free(out, FALSE);
}

static const Token tokens[] = {
    { TOKEN_UNSUBSCRIBE, 1, 0 },
    { TOKEN_UNSUBSCRIBE, INT64_MAX, 0 },
    { TOKEN_UNSUBSCRIBE, UINT64_MAX, 0 },
    { TOKEN_UNSUBSCRIBE, UINT64_C(0x0123456789abcdef), 0 },
    { TOKEN_BOUNCE, 1, 0 },
    { TOKEN_BOUNCE, UINT64_C(0x0123456789abcdef), 0xffffff },
    { TOKEN_BOUNCE, UINT64_MAX, 0x123456 },
};

static void
test_round_trip(Fixture *fixture, const void *data)
{
    g_autoptr(KeyRing) ring = fixture_ring(fixture, KEY_A);
    for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
        const Token *token = &tokens[i];
        g_autofree char *text = write_token(ring, token->kind, token->subscription, token->issue);
        g_autofree char *upper = g_ascii_strup(text, -1);
        Token read = { 0 };
        g_assert_cmpuint(strlen(text), ==, token->kind == TOKEN_BOUNCE ? 41 : 36);
        g_assert_true(token_parse(text, ring, &read));
        g_assert_cmpint(read.kind, ==, token->kind);
        g_assert_cmpuint(read.subscription, ==, token->subscription);
        g_assert_cmpuint(read.issue, ==, token->issue);
        g_assert_true(token_parse(upper, ring, &read));
        g_assert_cmpuint(read.subscription, ==, token->subscription);
    }
}

/* Links in mails live for years: this one must never read differently. Its MAC was reckoned from
 * the description in token.h with another implementation of HMAC. */
static void
test_form(Fixture *fixture, const void *data)
{
    g_autoptr(KeyRing) ring = fixture_ring(fixture, KEY_A);
    g_autofree char *unsubscribe =
        write_token(ring, TOKEN_UNSUBSCRIBE, UINT64_C(0x0123456789abcdef), 0);
    g_autofree char *bounce = write_token(ring, TOKEN_BOUNCE, UINT64_C(0x0123456789abcdef), 77);
    g_assert_cmpstr(unsubscribe, ==, "uaaci2fm6e2xtpppni5jaca22poa7twd36da");
    g_assert_cmpstr(bounce, ==, "baaci2fm6e2xtppaaacnissgzc3kkqnmrfvdqdqfg");
}

static void
test_issue_modulo(Fixture *fixture, const void *data)
{
    g_autoptr(KeyRing) ring = fixture_ring(fixture, KEY_A);
    g_autofree char *text = write_token(ring, TOKEN_BOUNCE, 5, 0x1000007);
    Token read = { 0 };
    g_assert_true(token_parse(text, ring, &read));
    g_assert_cmpuint(read.issue, ==, 7);
}

static void
test_changes(Fixture *fixture, const void *data)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789+-=. \n\x80\xFF";
    g_autoptr(KeyRing) ring = fixture_ring(fixture, KEY_A KEY_B);
    for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
        g_autofree char *text =
            write_token(ring, tokens[i].kind, tokens[i].subscription, tokens[i].issue);
        for (size_t at = 0; text[at] != '\0'; at++) {
            char right = text[at];
            for (const char *wrong = characters; *wrong != '\0'; wrong++) {
                Token read = { .subscription = 42 };
                text[at] = *wrong;
                g_assert_cmpint(token_parse(text, ring, &read), ==, *wrong == right);
                g_assert_true(*wrong == right || read.subscription == 42);
            }
            text[at] = right;
        }
    }
}

static void
test_lengths(Fixture *fixture, const void *data)
{
    g_autoptr(KeyRing) ring = fixture_ring(fixture, KEY_A);
    g_autofree char *text = write_token(ring, TOKEN_BOUNCE, 99, 3);
    Token read;
    for (size_t size = 0; size < strlen(text); size++) {
        g_autofree char *shorter = g_strndup(text, size);
        g_assert_false(token_parse(shorter, ring, &read));
    }
    g_autofree char *longer = g_strconcat(text, "a", NULL);
    g_assert_false(token_parse(longer, ring, &read));
}

static void
test_kinds_apart(Fixture *fixture, const void *data)
{
    g_autoptr(KeyRing) ring = fixture_ring(fixture, KEY_A);
    g_autofree char *bounce = write_token(ring, TOKEN_BOUNCE, 99, 0);
    g_autofree char *unsubscribe = write_token(ring, TOKEN_UNSUBSCRIBE, 99, 0);
    Token read;
    /* The same subscription, the kind's letter exchanged, with and without the issue. */
    bounce[0] = 'u';
    g_assert_false(token_parse(bounce, ring, &read));
    g_autofree char *without = g_strdup_printf("%.15s%s", bounce, bounce + 20);
    g_assert_cmpuint(strlen(without), ==, strlen(unsubscribe));
    g_assert_false(token_parse(without, ring, &read));
    unsubscribe[0] = 'b';
    g_assert_false(token_parse(unsubscribe, ring, &read));
}

static void
test_keys(Fixture *fixture, const void *data)
{
    g_autoptr(KeyRing) old = fixture_ring(fixture, KEY_A);
    g_autofree char *text = write_token(old, TOKEN_UNSUBSCRIBE, 99, 0);
    Token read;

    g_autoptr(KeyRing) both = fixture_ring(fixture, KEY_A KEY_B);
    g_assert_true(token_parse(text, both, &read));
    g_autofree char *newer = write_token(both, TOKEN_UNSUBSCRIBE, 99, 0);
    g_assert_cmpint(newer[1], ==, 'b');
    g_assert_false(token_parse(newer, old, &read));

    g_autoptr(KeyRing) other = fixture_ring(fixture, KEY_A_OTHER);
    g_assert_false(token_parse(text, other, &read));
}

typedef struct {
    const char *rule;
    const char *text;
    const char *problem; /* behind the path */
} KeyMistake;

static const KeyMistake key_mistakes[] = {
    { "no key", "# nothing\n\n", ": no key in it" },
    { "short", KEY_A "b 0011\n", ":2: not a letter and 64 hex digits" },
    { "long", "a 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f00\n",
      ":1: not a letter and 64 hex digits" },
    { "no hex", "a zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
      ":1: not a letter and 64 hex digits" },
    { "no letter", "1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
      ":1: not a letter and 64 hex digits" },
    { "a letter twice", "# keys\n" KEY_A KEY_A_OTHER, ":3: a key of this letter is there already" },
};

static void
test_key_mistake(Fixture *fixture, const void *data)
{
    const KeyMistake *test = data;
    g_autoptr(GError) error = NULL;
    fixture_write(fixture, test->text, 0600);
    g_assert_null(key_ring_open(fixture->path, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    g_autofree char *expect = g_strconcat(fixture->path, test->problem, NULL);
    g_assert_cmpstr(error->message, ==, expect);
}

static void
assert_refused(const char *path, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(key_ring_open(path, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    g_assert_nonnull(strstr(error->message, path));
    g_assert_nonnull(strstr(error->message, why));
}

static void
test_modes(Fixture *fixture, const void *data)
{
    static const int open_modes[] = { 0640, 0604, 0620, 0602, 0601, 0644 };
    for (size_t i = 0; i < G_N_ELEMENTS(open_modes); i++) {
        fixture_write(fixture, KEY_A, open_modes[i]);
        assert_refused(fixture->path, "chmod 600");
    }
    fixture_write(fixture, KEY_A, 0400);
    g_autoptr(KeyRing) ring = key_ring_open(fixture->path, NULL);
    g_assert_nonnull(ring);
}

static void
test_no_plain_file(Fixture *fixture, const void *data)
{
    assert_refused(fixture->path, "No such file");
    g_assert_cmpint(g_chmod(fixture->folder, 0700), ==, 0);
    assert_refused(fixture->folder, "not a file");
    g_assert_cmpint(mkfifo(fixture->path, 0600), ==, 0);
    assert_refused(fixture->path, "not a file");
    g_unlink(fixture->path);
    g_assert_cmpint(symlink("/dev/null", fixture->path), ==, 0);
    assert_refused(fixture->path, fixture->path);
}

static void
test_create(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    struct stat facts;
    g_assert_true(key_ring_create(fixture->path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(g_stat(fixture->path, &facts), ==, 0);
    g_assert_cmpint(facts.st_mode & 07777, ==, 0600);

    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(fixture->path, &text, NULL, NULL));
    g_autoptr(KeyRing) ring = key_ring_open(fixture->path, &error);
    g_assert_no_error(error);
    g_autofree char *token = write_token(ring, TOKEN_UNSUBSCRIBE, 99, 0);
    Token read;
    g_assert_true(token_parse(token, ring, &read));

    g_assert_false(key_ring_create(fixture->path, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
    g_autofree char *still = NULL;
    g_assert_true(g_file_get_contents(fixture->path, &still, NULL, NULL));
    g_assert_cmpstr(still, ==, text);
}

static void
test_reference(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (int i = 0; i < 1000; i++) {
        uint64_t reference = token_reference_new();
        g_assert_cmpuint(reference, >, 0);
        g_assert_cmpuint(reference, <=, INT64_MAX);
        g_assert_true(g_hash_table_add(seen, g_memdup2(&reference, sizeof reference)));
    }
}

/* The vectors of RFC 4648, section 10, in lower case and without padding. */
static void
test_base32(void)
{
    static const char *const expect[] = { "",        "my",       "mzxq",      "mzxw6",
                                          "mzxw6yq", "mzxw6ytb", "mzxw6ytboi" };
    for (size_t size = 0; size < G_N_ELEMENTS(expect); size++) {
        g_autofree uint8_t *exact = g_memdup2("foobar", size);
        g_autoptr(GString) out = g_string_new(NULL);
        base32_write(out, exact, size);
        g_assert_cmpstr(out->str, ==, expect[size]);
    }
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/token/what is written is read, in any case of letters", test_round_trip);
    ADD("/token/the form stays for ever", test_form);
    ADD("/token/an issue counts modulo 2^24", test_issue_modulo);
    ADD("/token/any character changed is refused", test_changes);
    ADD("/token/anything shorter or longer is refused", test_lengths);
    ADD("/token/a bounce cannot unsubscribe", test_kinds_apart);
    ADD("/token/old keys verify, other keys do not", test_keys);
    for (size_t i = 0; i < G_N_ELEMENTS(key_mistakes); i++) {
        g_autofree char *path = g_strdup_printf("/keys/mistake/%s", key_mistakes[i].rule);
        g_test_add(path, Fixture, &key_mistakes[i], fixture_set_up, test_key_mistake,
                   fixture_tear_down);
    }
    ADD("/keys/others may not read them", test_modes);
    ADD("/keys/they lie in a plain file", test_no_plain_file);
    ADD("/keys/a new file is private and never replaces one", test_create);
    g_test_add_func("/reference/random and positive", test_reference);
    g_test_add_func("/base32/vectors", test_base32);
    return g_test_run();
}
