#include "mail/failure.h"

#include "base/text.h"
#include "mail/status.h"

#define DIAGNOSTIC_MAX 500 /* characters */

Failure *
failure_new(const char *address, const char *status, const char *diagnostic)
{
    Failure *failure = g_new0(Failure, 1);
    failure->address = g_strdup(address);
    failure->status = g_strdup(status);
    failure->finality = status_finality(status, diagnostic);
    g_autofree char *line = diagnostic == NULL ? NULL : text_single_line(diagnostic);
    if (line != NULL && *line != '\0')
        failure->diagnostic = text_truncate(line, DIAGNOSTIC_MAX);
    return failure;
}

void
failure_free(Failure *failure)
{
    if (failure == NULL)
        return;
    g_free(failure->address);
    g_free(failure->status);
    g_free(failure->diagnostic);
    g_free(failure);
}

GPtrArray *
failures_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)failure_free);
}

Failure *
failures_find(const GPtrArray *failures, const char *address)
{
    for (guint i = 0; i < failures->len; i++) {
        Failure *failure = failures->pdata[i];
        if (failure->address != NULL && g_ascii_strcasecmp(failure->address, address) == 0)
            return failure;
    }
    return NULL;
}
