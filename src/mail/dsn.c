#include "mail/dsn.h"

#include <stdlib.h>
#include <string.h>

#include "mail/fields.h"
#include "mail/spot.h"
#include "mail/status.h"

/* A report about more people than this is no report about our mails. */
#define FAILURES_MAX 200

Dsn *
dsn_new(void)
{
    Dsn *dsn = g_new0(Dsn, 1);
    dsn->failures = failures_new();
    return dsn;
}

void
dsn_free(Dsn *dsn)
{
    if (dsn == NULL)
        return;
    g_ptr_array_unref(dsn->failures);
    g_free(dsn);
}

/* Addresses */

/* RFC 6533, 3: characters beyond ASCII may be written as \x{C3}, by their number. */
static char *
decode_unitext(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *at = text; *at != '\0';) {
        char *end = NULL;
        gunichar c = 0;
        if (g_str_has_prefix(at, "\\x{"))
            c = (gunichar)strtoul(at + 3, &end, 16);
        if (end != NULL && *end == '}' && g_unichar_validate(c) && c > 0x7F) {
            g_string_append_unichar(out, c);
            at = end + 1;
        } else {
            g_string_append_c(out, *at++);
        }
    }
    return g_string_free(out, FALSE);
}

/* The address in a field "TYPE; ADDRESS", or one that lacks the type, brackets or not; else NULL. */
static char *
read_address(const char *value)
{
    if (value == NULL)
        return NULL;
    const char *semicolon = strchr(value, ';');
    g_autofree char *decoded = decode_unitext(semicolon != NULL ? semicolon + 1 : value);
    return spot_first(decoded);
}

/* Who it is that we wrote to: a forwarding host's own address is no use. Fields that lie about their
 * type are asked all the same. */
static char *
find_recipient(const Fields *block)
{
    static const char *const names[] = { "Original-Recipient", "Final-Recipient",
                                         "X-Actual-Recipient", "X-Original-Recipient" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        char *address = read_address(fields_find(block, names[i]));
        if (address != NULL)
            return address;
    }
    return NULL;
}

/* What happened */

typedef enum {
    ACTION_FAILED,
    ACTION_DELAYED,
    ACTION_REACHED,
    ACTION_UNKNOWN,
} Action;

static const struct {
    const char *beginning;
    Action action;
} actions[] = {
    { "fail", ACTION_FAILED },    { "undeliver", ACTION_FAILED }, { "expired", ACTION_FAILED },
    { "error", ACTION_FAILED },   { "bounce", ACTION_FAILED },    { "reject", ACTION_FAILED },
    { "delay", ACTION_DELAYED },  { "deliver", ACTION_REACHED },  { "relay", ACTION_REACHED },
    { "expand", ACTION_REACHED }, { "success", ACTION_REACHED },
};

/* Where Action is missing, the class of the status says it. */
static Action
find_action(const Fields *block, const char *status)
{
    const char *value = fields_find(block, "Action");
    for (size_t i = 0; value != NULL && i < G_N_ELEMENTS(actions); i++) {
        if (g_ascii_strncasecmp(value, actions[i].beginning, strlen(actions[i].beginning)) == 0)
            return actions[i].action;
    }
    if (status == NULL)
        return ACTION_UNKNOWN;
    return *status == '5' ? ACTION_FAILED : *status == '4' ? ACTION_DELAYED : ACTION_REACHED;
}

/* The words without their type: "smtp; 550 5.1.1 …". */
static const char *
words_of(const char *diagnostic)
{
    if (diagnostic == NULL)
        return NULL;
    size_t type = strcspn(diagnostic, "; ");
    if (diagnostic[type] == ';')
        diagnostic += type + 1;
    return diagnostic + strspn(diagnostic, " \t");
}

static void
add_failure(Dsn *dsn, const char *address, const char *status, const char *words)
{
    if (address != NULL && failures_find(dsn->failures, address) != NULL)
        return;
    if (dsn->failures->len < FAILURES_MAX)
        g_ptr_array_add(dsn->failures, failure_new(address, status, words));
}

static void
read_block(Dsn *dsn, const Fields *block)
{
    const char *field = fields_find(block, "Status");
    const char *words = words_of(fields_find(block, "Diagnostic-Code"));
    bool is_recipient = fields_find(block, "Final-Recipient") != NULL ||
                        fields_find(block, "Original-Recipient") != NULL ||
                        fields_find(block, "Action") != NULL;
    if (!is_recipient)
        return;
    bool was_reached = field != NULL && g_str_has_prefix(field, "2.");
    g_autofree char *status = was_reached ? g_strdup(field) : status_choose(field, words);
    switch (find_action(block, status)) {
    case ACTION_FAILED: {
        g_autofree char *address = find_recipient(block);
        add_failure(dsn, address, was_reached ? NULL : status, words);
        break;
    }
    case ACTION_DELAYED: dsn->delayed++; break;
    case ACTION_REACHED: dsn->reached++; break;
    case ACTION_UNKNOWN: break;
    }
}

void
dsn_read(Dsn *dsn, const char *text)
{
    for (;;) {
        g_autoptr(Fields) block = fields_read(&text);
        if (block == NULL)
            return;
        read_block(dsn, block);
    }
}
