#include "base/token.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <nettle/hmac.h>

#include "base/error.h"

#define KEY_BYTES           32u
#define KEY_FILE_MAX        (64u * 1024)
#define SUBSCRIPTION_LENGTH 13u /* 64 bits */
#define ISSUE_LENGTH        5u  /* 24 bits */
#define MAC_LENGTH          21u /* 104 bits */
#define MAC_BYTES           13u
#define HASH_BYTES          20u

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

typedef struct {
    char id;
    uint8_t secret[KEY_BYTES];
    struct hmac_sha256_ctx hmac; /* begun with the secret and what all tokens begin with */
} Key;

struct KeyRing {
    GArray *keys; /* of Key, newest last; never empty */
};

void
base32_write(GString *out, const uint8_t *bytes, size_t size)
{
    unsigned bits = 0, count = 0;
    for (size_t i = 0; i < size; i++) {
        bits = (bits << 8) | bytes[i];
        for (count += 8; count >= 5; count -= 5)
            g_string_append_c(out, alphabet[(bits >> (count - 5)) & 31]);
    }
    if (count > 0)
        g_string_append_c(out, alphabet[(bits << (5 - count)) & 31]);
}

/* NUMBER in LENGTH digits of base32, the highest first. */
static void
write_number(GString *out, uint64_t number, unsigned length)
{
    for (unsigned i = length; i > 0; i--) {
        unsigned shift = 5 * (i - 1);
        g_string_append_c(out, alphabet[(number >> shift) & 31]);
    }
}

static void
sign_more(struct hmac_sha256_ctx *hmac, const char *text, size_t size)
{
    hmac_sha256_update(hmac, size, (const uint8_t *)text);
}

/* Key files */

static bool
parse_key(const char *line, Key *key)
{
    if (!g_ascii_islower(line[0]) || line[1] != ' ' || strlen(line) != 2 + 2 * KEY_BYTES)
        return false;
    key->id = line[0];
    for (unsigned i = 0; i < KEY_BYTES; i++) {
        int high = g_ascii_xdigit_value(line[2 + 2 * i]);
        int low = g_ascii_xdigit_value(line[3 + 2 * i]);
        if (high < 0 || low < 0)
            return false;
        key->secret[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static const Key *
find_key(const KeyRing *ring, char id)
{
    for (guint i = 0; i < ring->keys->len; i++) {
        const Key *key = &g_array_index(ring->keys, Key, i);
        if (key->id == id)
            return key;
    }
    return NULL;
}

static bool
parse_keys(KeyRing *ring, const char *path, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);
        Key key;
        if (*line == '\0' || *line == '#')
            continue;
        const char *wrong = !parse_key(line, &key) ? "not a letter and 64 hex digits"
                            : find_key(ring, key.id) != NULL
                                ? "a key of this letter is there already"
                                : NULL;
        if (wrong != NULL) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "%s:%u: %s", path, i + 1,
                        wrong);
            return false;
        }
        hmac_sha256_set_key(&key.hmac, KEY_BYTES, key.secret);
        sign_more(&key.hmac, "depesche1", strlen("depesche1"));
        g_array_append_val(ring->keys, key);
    }
    if (ring->keys->len > 0)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "%s: no key in it", path);
    return false;
}

/* The text of a key file that is a plain file and nobody else's to read. */
static char *
read_secret_file(const char *path, GError **error)
{
    struct stat facts;
    /* Without O_NONBLOCK a pipe under this name would keep us waiting for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &facts) != 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot read key file \"%s\": %s",
                    path, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    const char *wrong = !S_ISREG(facts.st_mode)        ? "not a file"
                        : facts.st_size > KEY_FILE_MAX ? "too large"
                        : (facts.st_mode & 077) != 0   ? "others can read it: chmod 600"
                                                       : NULL;
    g_autofree char *text = g_malloc0(KEY_FILE_MAX + 1);
    ssize_t size = wrong == NULL ? read(fd, text, KEY_FILE_MAX) : 0;
    close(fd);
    if (size < 0)
        wrong = g_strerror(errno);
    if (wrong == NULL)
        return g_steal_pointer(&text);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "key file \"%s\": %s", path, wrong);
    return NULL;
}

KeyRing *
key_ring_open(const char *path, GError **error)
{
    g_autofree char *text = read_secret_file(path, error);
    if (text == NULL)
        return NULL;
    g_autoptr(KeyRing) ring = g_new0(KeyRing, 1);
    ring->keys = g_array_new(FALSE, TRUE, sizeof(Key));
    bool parsed = parse_keys(ring, path, text, error);
    explicit_bzero(text, strlen(text));
    return parsed ? g_steal_pointer(&ring) : NULL;
}

void
key_ring_free(KeyRing *ring)
{
    if (ring == NULL)
        return;
    for (guint i = 0; i < ring->keys->len; i++) {
        Key *key = &g_array_index(ring->keys, Key, i);
        explicit_bzero(key, sizeof *key);
    }
    g_array_unref(ring->keys);
    g_free(ring);
}

static void
random_bytes(void *bytes, size_t size)
{
    /* Up to 256 bytes come whole or not at all, and the source is ready after boot: getrandom(2). */
    g_assert(size <= 256);
    ssize_t got;
    do
        got = getrandom(bytes, size, 0);
    while (got < 0 && errno == EINTR);
    g_assert(got == (ssize_t)size);
}

bool
key_ring_create(const char *path, GError **error)
{
    uint8_t secret[KEY_BYTES];
    random_bytes(secret, sizeof secret);
    g_autoptr(GString) text = g_string_new(
        "# The keys that sign the links in mails. Keep them secret, and keep old ones: without "
        "its\n"
        "# key a link in an old mail is dead. A new key goes on a line below, with a new letter.\n"
        "a ");
    for (unsigned i = 0; i < KEY_BYTES; i++)
        g_string_append_printf(text, "%02x", secret[i]);
    g_string_append_c(text, '\n');

    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written =
        fd >= 0 && write(fd, text->str, text->len) == (ssize_t)text->len && fsync(fd) == 0;
    if (!written)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot write key file \"%s\": %s",
                    path, g_strerror(errno));
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(text->str, text->len);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !written)
        unlink(path); /* half a key would stand in the way of the next attempt */
    return written;
}

/* Tokens */

/* Appends the MAC of what stands in OUT behind START. */
static void
write_mac(GString *out, size_t start, const Key *key)
{
    uint8_t mac[MAC_BYTES];
    struct hmac_sha256_ctx hmac = key->hmac;
    sign_more(&hmac, out->str + start, out->len - start);
    hmac_sha256_digest(&hmac, sizeof mac, mac);
    base32_write(out, mac, sizeof mac);
}

static bool
has_number(TokenKind kind)
{
    return kind == TOKEN_BOUNCE || kind == TOKEN_CONFIRM;
}

static bool
is_kind(char letter)
{
    static const char kinds[] = { TOKEN_UNSUBSCRIBE, TOKEN_BOUNCE, TOKEN_CONFIRM, TOKEN_PAUSE,
                                  TOKEN_WISH };
    return memchr(kinds, letter, sizeof kinds) != NULL;
}

static void
write_signed(GString *out, const Key *key, const Token *token)
{
    size_t start = out->len;
    g_string_append_c(out, (char)token->kind);
    g_string_append_c(out, key->id);
    write_number(out, token->subscription, SUBSCRIPTION_LENGTH);
    if (has_number(token->kind))
        write_number(out, token->issue & 0xffffff, ISSUE_LENGTH);
    write_mac(out, start, key);
}

void
token_write(GString *out, const KeyRing *ring, const Token *token)
{
    write_signed(out, &g_array_index(ring->keys, Key, ring->keys->len - 1), token);
}

static bool
read_number(const char *text, unsigned length, uint64_t *number)
{
    *number = 0;
    for (unsigned i = 0; i < length; i++) {
        const char *digit = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);
        if (digit == NULL || *number >> 59 != 0)
            return false;
        *number = *number << 5 | (uint64_t)(digit - alphabet);
    }
    return true;
}

static bool
equal_in_constant_time(const char *a, const char *b, size_t size)
{
    unsigned char difference = 0;
    for (size_t i = 0; i < size; i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

bool
token_parse(const char *text, const KeyRing *ring, Token *token)
{
    size_t size = strlen(text);
    if (size < 2 || size > TOKEN_LENGTH_MAX)
        return false;
    g_autofree char *lower = g_ascii_strdown(text, -1);
    if (!is_kind(lower[0]))
        return false;
    Token claimed = { .kind = (TokenKind)lower[0] };
    unsigned issue_length = has_number(claimed.kind) ? ISSUE_LENGTH : 0;
    const Key *key = find_key(ring, lower[1]);
    uint64_t issue = 0;
    if (key == NULL || size != 2 + SUBSCRIPTION_LENGTH + issue_length + MAC_LENGTH ||
        !read_number(lower + 2, SUBSCRIPTION_LENGTH, &claimed.subscription) ||
        !read_number(lower + 2 + SUBSCRIPTION_LENGTH, issue_length, &issue))
        return false;
    claimed.issue = (uint32_t)issue;

    g_autoptr(GString) expected = g_string_new(NULL);
    write_signed(expected, key, &claimed);
    if (expected->len != size || !equal_in_constant_time(expected->str, lower, size))
        return false;
    *token = claimed;
    return true;
}

char *
key_ring_hash(const KeyRing *ring, const char *text)
{
    uint8_t hash[HASH_BYTES];
    g_autoptr(GString) out = g_string_new(NULL);
    struct hmac_sha256_ctx hmac = g_array_index(ring->keys, Key, 0).hmac;
    /* No kind of token begins with a space. */
    sign_more(&hmac, " hash ", strlen(" hash "));
    sign_more(&hmac, text, strlen(text));
    hmac_sha256_digest(&hmac, sizeof hash, hash);
    base32_write(out, hash, sizeof hash);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* So many bits are each one's own, of references that are made together. */
#define OWN_BITS 48

static int
compare_references(gconstpointer a, gconstpointer b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The kernel is asked for some at a time. */
static void
fill_references(GArray *references, uint64_t common)
{
    uint64_t bits[32];
    for (guint i = 0; i < references->len; i++) {
        if (i % G_N_ELEMENTS(bits) == 0)
            random_bytes(bits, sizeof bits);
        g_array_index(references, uint64_t, i) =
            common | bits[i % G_N_ELEMENTS(bits)] >> (64 - OWN_BITS);
    }
    g_array_sort(references, compare_references);
}

static bool
has_twins(const GArray *references)
{
    for (guint i = 1; i < references->len; i++)
        if (g_array_index(references, uint64_t, i) == g_array_index(references, uint64_t, i - 1))
            return true;
    return false;
}

GArray *
token_references_new(guint count)
{
    GArray *references = g_array_sized_new(FALSE, FALSE, sizeof(uint64_t), count);
    uint64_t common = token_reference_new() >> OWN_BITS << OWN_BITS;
    g_array_set_size(references, count);
    do
        fill_references(references, common);
    while (has_twins(references) || (count > 0 && g_array_index(references, uint64_t, 0) == 0));
    return references;
}

uint64_t
token_reference_new(void)
{
    uint64_t reference = 0;
    while (reference == 0) {
        random_bytes(&reference, sizeof reference);
        reference &= INT64_MAX;
    }
    return reference;
}
