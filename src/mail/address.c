#include "mail/address.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define LOCAL_MAX   64u  /* octets: RFC 5321, 4.5.3.1.1 */
#define ADDRESS_MAX 254u /* octets: 4.5.3.1.3, less the angle brackets */
#define LABEL_MAX   63u

/* What is looked at: a domain of 254 octets is never longer in Unicode than this. */
#define INPUT_MAX 1024u

/* Never changes, and has no copies: whoever wants one shares it. All of it is one piece of memory. */
struct Address {
    const char *text;
    const char *local;
    const char *key;
    const char *domain; /* in TEXT */
    char memory[];
};

static Address *
fail(const char *text, const char *why, GError **error)
{
    g_autofree char *shown = text_single_line(text);
    g_autofree char *cut = text_truncate(shown, 80);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "\"%s\" is no e-mail address: %s", cut,
                why);
    return NULL;
}

/* atext of RFC 5322 without '%' and '!', which once routed mail and still do somewhere; UTF-8 as
 * RFC 6531 adds it, but nothing that cannot be seen. */
static bool
is_local_character(const char *at)
{
    if ((unsigned char)*at < 0x80)
        return g_ascii_isalnum(*at) || strchr("#$&'*+-/=?^_`{|}~.", *at) != NULL;
    gunichar c = g_utf8_get_char(at);
    GUnicodeType type = g_unichar_type(c);
    return g_unichar_isgraph(c) && type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* What is wrong with a Dot-string; NULL: nothing. */
static const char *
local_problem(const char *local)
{
    if (*local == '\0')
        return "nothing stands before the '@'";
    if (strlen(local) > LOCAL_MAX)
        return "more than 64 octets stand before the '@'";
    if (*local == '-')
        return "it begins with '-'";
    if (*local == '.' || g_str_has_suffix(local, ".") || strstr(local, "..") != NULL)
        return "a '.' stands at the beginning or end, or twice";
    for (const char *at = local; *at != '\0'; at = g_utf8_next_char(at)) {
        if (!is_local_character(at))
            return "a character before the '@' is not allowed";
    }
    return NULL;
}

/* How many characters at LABEL may stand in one. */
static size_t
label_size(const char *label)
{
    size_t size = 0;
    while (g_ascii_islower(label[size]) || g_ascii_isdigit(label[size]) || label[size] == '-')
        size++;
    return size;
}

static const char *
domain_problem(const char *domain)
{
    const char *label = domain;
    if (strchr(domain, '.') == NULL && strcmp(domain, "localhost") != 0)
        return "the domain is not complete";
    for (;;) {
        size_t size = label_size(label);
        bool fine = size > 0 && size <= LABEL_MAX && label[0] != '-' && label[size - 1] != '-' &&
                    (label[size] == '.' || label[size] == '\0');
        if (!fine)
            return "the domain is not valid";
        if (label[size] == '\0')
            break;
        label += size + 1;
    }
    /* No top-level domain is a number (RFC 3696, 2): it would be taken for an IPv4 address. */
    return label[strspn(label, "0123456789")] == '\0' ? "the domain is a number" : NULL;
}

/* Writes LOCAL, '@' and DOMAIN to OUT. Returns what stands behind. */
static char *
write_address(char *out, const char *local, const char *domain)
{
    out = stpcpy(out, local);
    *out++ = '@';
    return stpcpy(out, domain) + 1;
}

static void
lower_ascii(char *text)
{
    for (; *text != '\0'; text++)
        if (g_ascii_isupper(*text))
            *text |= 0x20;
}

static Address *
address_new(const char *local, const char *domain)
{
    g_autofree char *lower = g_str_is_ascii(local) ? NULL : g_utf8_strdown(local, -1);
    const char *key = lower != NULL ? lower : local;
    size_t local_size = strlen(local), domain_size = strlen(domain);
    Address *address = g_atomic_rc_box_alloc0(sizeof *address + local_size + 1 + local_size + 1 +
                                              domain_size + 1 + strlen(key) + 1 + domain_size + 1);
    address->local = address->memory;
    address->text = stpcpy(address->memory, local) + 1;
    address->domain = address->text + local_size + 1;
    char *key_memory = write_address((char *)address->text, local, domain);
    address->key = key_memory;
    write_address(key_memory, key, domain);
    lower_ascii(key_memory);
    return address;
}

Address *
address_parse(const char *text, GError **error)
{
    char local[INPUT_MAX + 1];
    size_t size = strlen(text);
    if (size > INPUT_MAX)
        return fail(text, "it is longer than 254 octets", error);
    if (!g_utf8_validate(text, (gssize)size, NULL))
        return fail(text, "it is not UTF-8 text", error);
    const char *at = strrchr(text, '@');
    if (at == NULL)
        return fail(text, "there is no '@' in it", error);
    if (strchr(text, '@') != at)
        return fail(text, "there is more than one '@' in it", error);
    memcpy(local, text, (size_t)(at - text));
    local[at - text] = '\0';
    const char *problem = local_problem(local);
    if (problem != NULL)
        return fail(text, problem, error);

    g_autofree char *domain =
        g_str_is_ascii(at + 1) ? g_strdup(at + 1) : g_hostname_to_ascii(at + 1);
    if (domain != NULL)
        lower_ascii(domain);
    problem = domain == NULL ? "the domain is not valid" : domain_problem(domain);
    if (problem != NULL)
        return fail(text, problem, error);
    if (strlen(local) + 1 + strlen(domain) > ADDRESS_MAX)
        return fail(text, "it is longer than 254 octets", error);
    return address_new(local, domain);
}

Address *
address_copy(const Address *address)
{
    return g_atomic_rc_box_acquire((Address *)address);
}

void
address_free(Address *address)
{
    if (address != NULL)
        g_atomic_rc_box_release(address);
}

const char *
address_text(const Address *address)
{
    return address->text;
}

const char *
address_local(const Address *address)
{
    return address->local;
}

const char *
address_domain(const Address *address)
{
    return address->domain;
}

const char *
address_key(const Address *address)
{
    return address->key;
}

void
address_write_key(GString *out, const char *text)
{
    size_t begin = out->len;
    g_autoptr(Address) address = g_str_is_ascii(text) ? NULL : address_parse(text, NULL);
    g_string_append(out, address != NULL ? address->key : text);
    lower_ascii(out->str + begin);
}

bool
address_needs_utf8(const Address *address)
{
    return !g_str_is_ascii(address->local);
}

Address *
address_with_detail(const Address *address, char separator, const char *detail, GError **error)
{
    const char between[] = { separator, '\0' };
    g_autofree char *local = g_strconcat(address->local, between, detail, NULL);
    if (strlen(local) <= LOCAL_MAX)
        return address_new(local, address->domain);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                "\"%s\" is too long: with a token its local part has %zu octets, and %u are "
                "allowed",
                address->text, strlen(local), LOCAL_MAX);
    return NULL;
}

const char *
address_find_detail(const Address *recipient, const Address *address, char separator)
{
    size_t size = strlen(address->local);
    if (strcmp(recipient->domain, address->domain) != 0 ||
        g_ascii_strncasecmp(recipient->local, address->local, size) != 0 ||
        recipient->local[size] != separator)
        return NULL;
    return recipient->local + size + 1;
}

/* Mailboxes */

Mailbox *
mailbox_new(const char *name, const Address *address)
{
    Mailbox *mailbox = g_new0(Mailbox, 1);
    g_autofree char *line = name == NULL ? NULL : text_single_line(name);
    if (line != NULL && *line != '\0')
        mailbox->name = g_steal_pointer(&line);
    mailbox->address = address_copy(address);
    return mailbox;
}

void
mailbox_free(Mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    g_free(mailbox->name);
    address_free(mailbox->address);
    g_free(mailbox);
}

/* NAME without the quotes of a quoted-string and its backslashes (RFC 5322, 3.2.4). */
static char *
unquote(const char *name)
{
    size_t size = strlen(name);
    if (size < 2 || name[0] != '"' || name[size - 1] != '"')
        return g_strdup(name);
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 1; i + 1 < size; i++) {
        if (name[i] == '\\' && i + 2 < size)
            i++;
        g_string_append_c(out, name[i]);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

Mailbox *
mailbox_parse(const char *text, GError **error)
{
    g_autofree char *whole = g_strstrip(g_strdup(text));
    g_autofree char *name = NULL;
    const char *spec = whole;
    char *open = strrchr(whole, '<');
    if (open != NULL && g_str_has_suffix(open, ">")) {
        open[strlen(open) - 1] = '\0';
        *open = '\0';
        name = unquote(g_strchomp(whole));
        spec = open + 1;
    }
    g_autoptr(Address) address = address_parse(spec, error);
    return address == NULL ? NULL : mailbox_new(name, address);
}
