#include "mail/dkim.h"

#include <string.h>
#include <sys/stat.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/error.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)

/* RFC 8301, 3.2: verifiers do not take less. */
#define RSA_BITS_MIN 1024
#define SHA256_SIZE  32u
/* Of 8192 bits, more than anybody has. */
#define SIGNATURE_MAX 1024u
/* A line of the field (RFC 5322, 2.1.1). */
#define LINE_SIZE 70u

struct Dkim {
    char *domain;
    char *selector;
    const char *algorithm;
    bool is_ed25519;
    EVP_PKEY *key;
};

/* Signed where they are there, in this order. */
static const char *const signed_fields[] = {
    "from",           "to",           "reply-to",         "subject",
    "date",           "message-id",   "list-id",          "list-help",
    "list-archive",   "feedback-id",  "list-unsubscribe", "list-unsubscribe-post",
    "auto-submitted", "mime-version", "content-type",     "content-transfer-encoding",
};

/* Opening */

static bool
refuse(const char *file, const char *why, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "DKIM key \"%s\": %s", file, why);
    return false;
}

/* A key with a passphrase cannot be used: nobody is there to type it. */
static int
no_passphrase(char *buffer, int size, int writing, void *data)
{
    return 0;
}

static EVP_PKEY *
read_key(const char *file, GError **error)
{
    struct stat facts;
    g_autoptr(BIO) bio = BIO_new_file(file, "r");
    if (bio == NULL || stat(file, &facts) != 0) {
        refuse(file, "it cannot be read", error);
        return NULL;
    }
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        refuse(file, "others can read it; its mode must be 0600", error);
        return NULL;
    }
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    if (key == NULL)
        refuse(file, "it holds no private key in PEM without a passphrase", error);
    return key;
}

static bool
check_key(const DkimSettings *settings, bool is_ed25519, const EVP_PKEY *key, GError **error)
{
    if (!EVP_PKEY_is_a(key, is_ed25519 ? "ED25519" : "RSA"))
        return refuse(settings->key_file, "it is of another kind than the algorithm", error);
    if (!is_ed25519 && EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
        return refuse(settings->key_file, "it has less than 1024 bits", error);
    return true;
}

Dkim *
dkim_open(const DkimSettings *settings, GError **error)
{
    bool is_ed25519 = strcmp(settings->algorithm, "ed25519-sha256") == 0;
    g_autoptr(EVP_PKEY) key = read_key(settings->key_file, error);
    if (key == NULL || !check_key(settings, is_ed25519, key, error))
        return NULL;
    Dkim *dkim = g_new0(Dkim, 1);
    dkim->domain = g_strdup(settings->domain);
    dkim->selector = g_strdup(settings->selector);
    dkim->algorithm = is_ed25519 ? "ed25519-sha256" : "rsa-sha256";
    dkim->is_ed25519 = is_ed25519;
    dkim->key = g_steal_pointer(&key);
    return dkim;
}

void
dkim_free(Dkim *dkim)
{
    if (dkim == NULL)
        return;
    EVP_PKEY_free(dkim->key);
    g_free(dkim->domain);
    g_free(dkim->selector);
    g_free(dkim);
}

/* Canonical form (RFC 6376, 3.4) */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Appends TEXT with each run of blanks as one space, none at the end. Of a field, line breaks are
 * left out, and there is none at the beginning either. */
static void
write_relaxed(GString *out, const char *text, size_t size, bool is_field)
{
    bool blank = false;
    size_t begin = out->len;
    for (size_t i = 0; i < size; i++) {
        if (is_field && (text[i] == '\r' || text[i] == '\n'))
            continue;
        if (is_blank(text[i])) {
            blank = true;
            continue;
        }
        if (blank && !(is_field && out->len == begin))
            g_string_append_c(out, ' ');
        blank = false;
        g_string_append_c(out, text[i]);
    }
}

/* Whether a line, without its end, is canonical as it stands. */
static bool
is_relaxed(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (line[i] == '\t' || (line[i] == ' ' && (i + 1 == size || is_blank(line[i + 1]))))
            return false;
    return true;
}

/* The hash of the canonical body (3.4.4): empty lines at its end do not count. */
static void
hash_body(const char *body, const char *end, uint8_t *digest)
{
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    g_autoptr(GString) line = g_string_new(NULL);
    size_t empty = 0; /* lines that count once another follows */
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    while (body < end) {
        const char *feed = memchr(body, '\n', (size_t)(end - body));
        const char *next = feed != NULL ? feed + 1 : end;
        size_t size = (size_t)((feed != NULL ? feed : end) - body);
        size -= size > 0 && body[size - 1] == '\r';
        const char *text = body;
        if (!is_relaxed(body, size)) {
            g_string_truncate(line, 0);
            write_relaxed(line, body, size, false);
            text = line->str;
            size = line->len;
        }
        for (; size > 0 && empty > 0; empty--)
            EVP_DigestUpdate(context, "\r\n", 2);
        if (size > 0) {
            EVP_DigestUpdate(context, text, size);
            EVP_DigestUpdate(context, "\r\n", 2);
        } else {
            empty++;
        }
        body = next;
    }
    EVP_DigestFinal_ex(context, digest, NULL);
}

/* The header */

/* The end of the field that begins at FIELD: behind its last line. */
static const char *
field_end(const char *field, const char *end)
{
    do {
        const char *feed = memchr(field, '\n', (size_t)(end - field));
        field = feed != NULL ? feed + 1 : end;
    } while (field < end && is_blank(*field));
    return field;
}

/* Where the header ends: at the empty line, or at END when there is none. */
static const char *
header_end(const char *message, const char *end)
{
    const char *field = message;
    while (field < end && *field != '\r' && *field != '\n')
        field = field_end(field, end);
    return field;
}

/* The last field NAME before END (5.4.2: signed from the bottom up), or NULL; *SIZE with its end. */
static const char *
find_field(const char *header, const char *end, const char *name, size_t *size)
{
    const char *found = NULL;
    size_t length = strlen(name);
    for (const char *field = header; field < end;) {
        const char *next = field_end(field, end);
        if ((size_t)(next - field) > length && field[length] == ':' &&
            g_ascii_strncasecmp(field, name, length) == 0) {
            found = field;
            *size = (size_t)(next - field);
        }
        field = next;
    }
    return found;
}

static void
write_field(GString *out, const char *name, const char *field, size_t size)
{
    size_t skip = strlen(name) + 1;
    g_string_append_printf(out, "%s:", name);
    write_relaxed(out, field + skip, size - skip, true);
    g_string_append(out, "\r\n");
}

/* The fields that are signed, canonical, to OUT, and their names to NAMES ("from:to:…"). */
static void
write_header(GString *out, GString *names, const char *header, const char *end)
{
    for (gsize i = 0; i < G_N_ELEMENTS(signed_fields); i++) {
        size_t size;
        const char *field = find_field(header, end, signed_fields[i], &size);
        if (field == NULL)
            continue;
        write_field(out, signed_fields[i], field, size);
        g_string_append_printf(names, "%s:", signed_fields[i]);
    }
    g_string_append(names, "from"); /* once more than it is there */
}

/* Signing */

/* TEXT in lines, which a reader of base64 and of lists of names puts together again. */
static void
write_folded(GString *out, const char *text)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size; at += LINE_SIZE)
        g_string_append_printf(out, "%s%.*s", at > 0 ? "\r\n\t " : "", (int)LINE_SIZE, text + at);
}

/* "from:to:…" in lines: names are not torn. */
static void
write_names(GString *out, const char *names)
{
    g_auto(GStrv) list = g_strsplit(names, ":", -1);
    size_t column = 0;
    for (char **name = list; *name != NULL; name++) {
        bool breaks = column > 0 && column + strlen(*name) > LINE_SIZE;
        g_string_append_printf(out, "%s%s%s", name > list ? ":" : "", breaks ? "\r\n\t " : "",
                               *name);
        column = (breaks ? 0 : column) + strlen(*name) + 1;
    }
}

/* Of the canonical TEXT. Ed25519 signs its hash (RFC 8463, 3), RSA does the hashing itself. */
static size_t
make_signature(const Dkim *dkim, const GString *text, uint8_t *signature)
{
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    const uint8_t *bytes = (const uint8_t *)text->str;
    uint8_t digest[SHA256_SIZE];
    size_t size = text->len, length = SIGNATURE_MAX;
    if (dkim->is_ed25519) {
        EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL);
        bytes = digest;
        size = sizeof digest;
    }
    const EVP_MD *hash = dkim->is_ed25519 ? NULL : EVP_sha256();
    bool fine = EVP_DigestSignInit(context, NULL, hash, NULL, dkim->key) == 1 &&
                EVP_DigestSign(context, signature, &length, bytes, size) == 1;
    g_assert(fine); /* the key was checked; what is left is to be out of memory */
    return length;
}

void
dkim_sign(const Dkim *dkim, int64_t time, GString *message)
{
    const char *end = message->str + message->len;
    const char *header = message->str;
    const char *blank = header_end(header, end);
    const char *feed = memchr(blank, '\n', (size_t)(end - blank));
    const char *body = feed != NULL ? feed + 1 : end;
    uint8_t digest[SHA256_SIZE], signature[SIGNATURE_MAX];
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) field = g_string_new(NULL);

    hash_body(body, end, digest);
    write_header(text, names, header, blank);
    g_autofree char *body_hash = g_base64_encode(digest, sizeof digest);
    g_string_printf(field,
                    "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n\td=%s; s=%s;\r\n"
                    "\tt=%" G_GINT64_FORMAT "; bh=%s;\r\n\th=",
                    dkim->algorithm, dkim->domain, dkim->selector, time, body_hash);
    write_names(field, names->str);
    g_string_append(field, ";\r\n\tb=");

    /* The field itself is signed as well, without its signature and its last line end (3.7). */
    write_field(text, "dkim-signature", field->str, field->len);
    g_string_truncate(text, text->len - 2);
    size_t size = make_signature(dkim, text, signature);
    g_autofree char *base64 = g_base64_encode(signature, size);
    write_folded(field, base64);
    g_string_append(field, "\r\n");
    g_string_prepend_len(message, field->str, (gssize)field->len);
}
