#include "mail/arf.h"

#include "mail/fields.h"
#include "mail/spot.h"

#define RECIPIENTS_MAX 50

void
arf_free(Arf *arf)
{
    if (arf == NULL)
        return;
    g_free(arf->type);
    g_free(arf->mail_from);
    g_ptr_array_unref(arf->recipients);
    g_free(arf);
}

static ArfKind
kind_of(const char *type)
{
    static const struct {
        const char *type;
        ArfKind kind;
    } kinds[] = {
        { "opt-out", ARF_OPT_OUT },   { "opt-out-list", ARF_OPT_OUT },
        { "not-spam", ARF_NOT_SPAM }, { "auth-failure", ARF_REPORT },
        { "dkim", ARF_REPORT },       { "dmarc", ARF_REPORT },
    };
    for (gsize i = 0; type != NULL && i < G_N_ELEMENTS(kinds); i++) {
        if (g_ascii_strcasecmp(type, kinds[i].type) == 0)
            return kinds[i].kind;
    }
    return ARF_ABUSE;
}

static void
add_recipients(Arf *arf, const Fields *fields, const char *name)
{
    const char *value;
    for (guint i = 0; (value = fields_find_nth(fields, name, i)) != NULL; i++) {
        char *address = arf->recipients->len < RECIPIENTS_MAX ? spot_first(value) : NULL;
        if (address != NULL)
            g_ptr_array_add(arf->recipients, address);
    }
}

Arf *
arf_read(const char *text)
{
    Arf *arf = g_new0(Arf, 1);
    arf->recipients = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Fields) fields = fields_read(&text);
    if (fields == NULL)
        return arf;
    const char *mail_from = fields_find(fields, "Original-Mail-From");
    arf->type = g_strdup(fields_find(fields, "Feedback-Type"));
    arf->kind = kind_of(arf->type);
    arf->mail_from = mail_from == NULL ? NULL : spot_first(mail_from);
    add_recipients(arf, fields, "Original-Rcpt-To");
    add_recipients(arf, fields, "Removal-Recipient");
    return arf;
}
