#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/error.h"
#include "jobs/receive.h"
#include "mail/inbound.h"

/* The first INBOUND_BYTES_MAX of the message. The rest is drained: a mail server that gets SIGPIPE
 * while it still writes defers the mail and tries it again for days. */
static GBytes *
message_read(void)
{
    g_autoptr(GByteArray) message = g_byte_array_new();
    uint8_t block[16384];
    ssize_t size;
    while ((size = read(STDIN_FILENO, block, sizeof block)) > 0 || (size < 0 && errno == EINTR)) {
        if (size < 0)
            continue;
        size_t room = INBOUND_BYTES_MAX - message->len;
        g_byte_array_append(message, block, (guint)MIN((size_t)size, room));
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&message));
}

/* What the mail server says the recipient is: our options, else the environment that Postfix's
 * local(8) sets for a command in an alias or a .forward file. */
static GPtrArray *
recipients_find(const Invocation *invocation)
{
    g_autoptr(GPtrArray) recipients = g_ptr_array_new();
    const char *const *options = invocation_options(invocation, "--recipient");
    for (; options != NULL && *options != NULL; options++)
        g_ptr_array_add(recipients, (char *)*options);
    const char *const variables[] = { "ORIGINAL_RECIPIENT", "RECIPIENT" };
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *text = getenv(variables[i]);
        if (text != NULL && *text != '\0')
            g_ptr_array_add(recipients, (char *)text);
    }
    g_ptr_array_add(recipients, NULL);
    return g_steal_pointer(&recipients);
}

static bool
message_take(const Invocation *invocation, GBytes *message, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) recipients = recipients_find(invocation);
    ReceiveOutcome outcome;
    return receive(instance, message, (const char *const *)recipients->pdata, &outcome, error);
}

/* Every failure is temporary to the mail server: it keeps the mail until we have mended what is
 * wrong. Any other exit status would bounce a person's wish to leave. */
static bool
inbound(const Invocation *invocation, GError **error)
{
    g_autoptr(GBytes) message = message_read();
    g_autoptr(GError) reason = NULL;
    if (message_take(invocation, message, &reason))
        return true;
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, reason->message);
    return false;
}

static const CommandOption options[] = {
    { "--recipient", 0, "ADDRESS",
      "the envelope's recipient, as the mail server says; may repeat" },
    { NULL },
};

const Command inbound_commands[] = {
    { "inbound", "", 0, 0, "take in one mail on stdin, from the mail server", options, inbound },
    { NULL },
};
