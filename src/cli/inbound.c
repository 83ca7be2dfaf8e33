#include "cli/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/error.h"
#include "cli/print.h"
#include "jobs/addressee.h"
#include "jobs/receive.h"
#include "mail/inbound.h"

/* As read(); waits where whoever made the pipe left it non-blocking. */
static ssize_t
read_some(uint8_t *to, size_t size)
{
    for (;;) {
        ssize_t part = read(STDIN_FILENO, to, size);
        struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
        if (part < 0 && errno == EAGAIN)
            poll(&input, 1, -1);
        else if (part >= 0 || errno != EINTR)
            return part;
    }
}

/* The first INBOUND_BYTES_MAX of the message. The rest is drained: a mail server that gets SIGPIPE
 * while it still writes defers the mail and tries it again for days. A message that cannot be read to
 * its end is none: half of it may say something else. */
static GBytes *
message_read(GError **error)
{
    g_autoptr(GByteArray) message = g_byte_array_new();
    uint8_t block[16384];
    ssize_t size;
    while ((size = read_some(block, sizeof block)) > 0) {
        size_t room = INBOUND_BYTES_MAX - message->len;
        g_byte_array_append(message, block, (guint)MIN((size_t)size, room));
    }
    if (size == 0)
        return g_byte_array_free_to_bytes(g_steal_pointer(&message));
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY,
                "cannot read the message on standard input: %s", g_strerror(errno));
    return NULL;
}

/* Variables that have the recipient as a whole: of Postfix, Exim, OpenSMTPD and qmail. */
static const char *const whole_variables[] = { "ORIGINAL_RECIPIENT", "RECIPIENT" };

/* And those that have its parts: the local part, what stood behind the separator, the domain. */
static const char *const part_variables[][3] = {
    { "LOCAL_PART", "LOCAL_PART_SUFFIX", "DOMAIN" }, /* Exim */
    { "LOCAL", "EXTENSION", "DOMAIN" },              /* Postfix's local(8), OpenSMTPD */
    { "USER", "EXTENSION", "DOMAIN" },
};

static const char *
variable(const char *name)
{
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? text : NULL;
}

/* LOCAL with EXTRA behind it. A suffix has its separator; an extension has lost it, so that each that
 * can be configured is tried. */
static void
add_parts(GPtrArray *recipients, const char *local, const char *extra, const char *domain)
{
    static const char *const separators[] = { "", "+", "-", "=" };
    if (local == NULL || domain == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(separators); i++)
        g_ptr_array_add(recipients, g_strconcat(local, separators[i], extra != NULL ? extra : "",
                                                "@", domain, NULL));
}

/* What the mail server says the recipient is: our options, else its environment. */
static GPtrArray *
recipients_find(const Invocation *invocation)
{
    g_autoptr(GPtrArray) recipients = g_ptr_array_new_with_free_func(g_free);
    const char *const *options = invocation_options(invocation, "--recipient");
    for (; options != NULL && *options != NULL; options++)
        g_ptr_array_add(recipients, g_strdup(*options));
    for (size_t i = 0; i < G_N_ELEMENTS(whole_variables); i++) {
        if (variable(whole_variables[i]) != NULL)
            g_ptr_array_add(recipients, g_strdup(variable(whole_variables[i])));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(part_variables); i++)
        add_parts(recipients, variable(part_variables[i][0]), variable(part_variables[i][1]),
                  variable(part_variables[i][2]));
    g_ptr_array_add(recipients, NULL);
    return g_steal_pointer(&recipients);
}

/* What a mail would be taken for */

static Value *
failure_value(const Failure *failure)
{
    Value *map = value_new_map();
    value_set_string(map, "address", failure->address);
    if (failure->finality == FINALITY_UNKNOWN)
        value_take(map, "permanent", value_new_null());
    else
        value_set_bool(map, "permanent", failure->finality == FINALITY_PERMANENT);
    value_set_string(map, "status", failure->status);
    value_set_string(map, "diagnostic", failure->diagnostic);
    return map;
}

/* What a mail to an address with a token asks for. */
static InboundKind
kind_for(const Inbound *inbound, Addressee addressee, const Token *token)
{
    bool is_automatic = inbound != NULL && inbound->auto_replied;
    bool acts = addressee == ADDRESSEE_TOKEN && !is_automatic && token->kind != TOKEN_BOUNCE;
    if (acts && token->kind == TOKEN_CONFIRM)
        return receive_is_refusal(inbound) ? INBOUND_OTHER : INBOUND_SUBSCRIBE;
    if (acts) {
        g_autoptr(Wish) wish = wish_find(inbound != NULL ? inbound->subject : NULL,
                                         inbound != NULL ? inbound->first_line : NULL);
        return receive_wish_kind(wish, token) == WISH_LEAVE ? INBOUND_UNSUBSCRIBE : INBOUND_OTHER;
    }
    return inbound != NULL ? inbound->kind : INBOUND_OTHER;
}

/* INBOUND may be NULL: it could not be read. */
static Value *
verdict_value(const Inbound *inbound, Addressee addressee, const Token *token)
{
    Value *map = value_new_map();
    Value *recipients = value_new_list();
    value_set_string(map, "kind", inbound_kind_name(kind_for(inbound, addressee, token)));
    for (guint i = 0; inbound != NULL && i < inbound->failures->len; i++)
        value_take_item(recipients, failure_value(inbound->failures->pdata[i]));
    value_take(map, "recipients", recipients);
    if (addressee == ADDRESSEE_NOBODY)
        value_take(map, "token_valid", value_new_null());
    else
        value_set_bool(map, "token_valid", addressee != ADDRESSEE_FALSE);
    return map;
}

/* Looks at the mail and at nobody's subscription, so that it works without any: where there is no
 * configuration, nothing is known of tokens. */
static bool
message_show(const Invocation *invocation, GBytes *message, const char *const *recipients,
             GError **error)
{
    g_autoptr(Config) config = NULL;
    g_autoptr(KeyRing) keys = NULL;
    g_autofree char *path = config_find_path(invocation->global->config, NULL);
    if (path != NULL && (config = invocation_config(invocation, error)) == NULL)
        return false;
    if (config != NULL && (keys = key_ring_open(config->key_file, error)) == NULL)
        return false;
    g_autoptr(GError) problem = NULL;
    g_autoptr(Inbound) inbound = inbound_parse(message, &problem);
    if (g_error_matches(problem, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    if (inbound == NULL)
        log_info(invocation->log, "message on standard input: %s", problem->message);
    Token token = { 0 };
    Addressee addressee = config == NULL
                              ? ADDRESSEE_NOBODY
                              : addressee_find(config, keys, recipients, inbound, &token);
    g_autoptr(Value) verdict = verdict_value(inbound, addressee, &token);
    if (invocation->global->json)
        print_json(verdict);
    else
        printf("%s\n", value_find_string(verdict, "kind"));
    return true;
}

static bool
message_take(const Invocation *invocation, GBytes *message, GError **error)
{
    g_autoptr(GPtrArray) found = recipients_find(invocation);
    const char *const *recipients = (const char *const *)found->pdata;
    if (invocation->global->dry_run)
        return message_show(invocation, message, recipients, error);
    Config *config = invocation_config(invocation, error);
    if (config == NULL)
        return false;
    g_autoptr(Instance) instance = invocation_open_with(invocation, config, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    ReceiveOutcome outcome;
    return receive(instance, message, recipients, NULL, &outcome, error);
}

static void
leave_for_later(int number)
{
    _exit(EX_TEMPFAIL);
}

/* Some mail servers return a mail whose command was ended by a signal. So a file that may not grow (Postfix's
 * local(8) limits all to mailbox_size_limit) and a standard error that nobody reads are errors instead, and
 * who is told to end, or has no memory left (GLib traps then), says that the mail should come again: what it asks
 * for is done whole or not at all. */
static void
answer_signals(void)
{
    static const int ends[] = { SIGTERM, SIGHUP, SIGINT, SIGALRM, SIGXCPU, SIGTRAP, SIGABRT };
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        signal(ends[i], leave_for_later);
}

static bool
inbound(const Invocation *invocation, GError **error)
{
    answer_signals();
    g_autoptr(GBytes) message = message_read(error);
    return message != NULL && message_take(invocation, message, error);
}

static const CommandOption options[] = {
    { "--recipient", 0, "ADDRESS",
      "the envelope's recipient, as the mail server says; may repeat" },
    { NULL },
};

const Command inbound_commands[] = {
    { "inbound", "", 0, 0, "take in one mail on stdin, from the mail server", options, inbound,
      .gets_mail = true },
    { NULL },
};
