/* script.h - an SMTP server that follows a script. */
#pragma once

#include "server.h"

typedef struct {
    const char *command; /* how it begins; "" is the greeting, "." the end of the message, "body"
                            its first 64 kB */
    const char *reply;   /* "" says nothing; a '!' in front: then hang up */
} Rule;

#define RULES_MAX    4 /* with the empty one at the end */
#define RECEIVE_SIZE 4096

typedef struct {
    Rule rules[RULES_MAX]; /* before the usual ones */
    bool drips;            /* each byte of a reply by itself */
    GString *heard;        /* the commands */
    GString *message;      /* as it came, stuffed, with the final dot */
} Script;

static const Rule relay_usual[] = {
    { "", "220 relay.example ready\r\n" },
    { "EHLO", "250-relay.example\r\n250-size 1000000\r\n250-PIPELINING\r\n250 8BITMIME\r\n" },
    { "MAIL", "250 2.1.0 fine\r\n" },
    { "RCPT", "250 2.1.5 fine\r\n" },
    { "DATA", "354 go on\r\n" },
    { ".", "250 2.0.0 queued as 4711\r\n" },
    { "RSET", "250 2.0.0 forgotten\r\n" },
    { "QUIT", "!221 2.0.0 bye\r\n" },
    { "body", "" },
    { "", NULL },
};

static inline const char *
rule_reply(const Rule *rules, const char *command)
{
    for (const Rule *rule = rules; rule->reply != NULL; rule++)
        if (g_str_has_prefix(command, rule->command) &&
            (*rule->command == '\0') == (*command == '\0'))
            return rule->reply;
    return NULL;
}

static inline const char *
script_reply(const Script *script, const char *command)
{
    const char *reply = rule_reply(script->rules, command);
    if (reply == NULL)
        reply = rule_reply(relay_usual, command);
    return reply != NULL ? reply : "502 5.5.2 what?\r\n";
}

/* False when the connection is to be closed. */
static inline bool
script_answer(const Script *script, int fd, const char *command)
{
    const char *reply = script_reply(script, command);
    bool hangs_up = *reply == '!';
    reply += hangs_up;
    size_t piece = script->drips ? 1 : strlen(reply);
    for (size_t i = 0; i < strlen(reply); i += piece) {
        if (!server_say(fd, reply + i, piece))
            return false;
        if (script->drips)
            g_usleep(200);
    }
    return !hangs_up;
}

/* Takes the message in INPUT when all of it is there. */
static inline bool
script_take_message(Script *script, int fd, GString *input, bool *in_message)
{
    static const char end[] = "\r\n.\r\n";
    bool is_empty = g_str_has_prefix(input->str, ".\r\n");
    size_t seen =
        input->len > RECEIVE_SIZE + strlen(end) ? input->len - RECEIVE_SIZE - strlen(end) : 0;
    const char *dot = is_empty ? input->str : strstr(input->str + seen, end);
    if (dot == NULL)
        return true;
    size_t size = (size_t)(dot - input->str) + (is_empty ? 3 : strlen(end));
    g_string_append_len(script->message, input->str, (gssize)size);
    g_string_erase(input, 0, (gssize)size);
    *in_message = false;
    return script_answer(script, fd, ".");
}

static inline bool
script_take_command(Script *script, int fd, GString *input, bool *in_message)
{
    const char *feed = strchr(input->str, '\n');
    g_autofree char *line = g_strndup(input->str, (gsize)(feed + 1 - input->str));
    g_string_append(script->heard, line);
    g_string_erase(input, 0, (gssize)strlen(line));
    *in_message =
        g_str_has_prefix(line, "DATA") && strstr(script_reply(script, line), "354") != NULL;
    return script_answer(script, fd, line);
}

static inline void
script_talk(int fd, void *data)
{
    Script *script = data;
    g_autoptr(GString) input = g_string_new(NULL);
    bool goes_on = script_answer(script, fd, "");
    bool in_message = false;
    size_t body = 0;
    char bytes[RECEIVE_SIZE];
    ssize_t size;
    while (goes_on && (size = recv(fd, bytes, sizeof bytes, 0)) > 0) {
        g_string_append_len(input, bytes, size);
        if (in_message && body < 65536 && (body += (size_t)size) >= 65536)
            goes_on = script_answer(script, fd, "body");
        /* Until there is nothing whole any more: commands come in groups, and behind a message. */
        for (size_t left = input->len + 1; goes_on && input->len < left;) {
            left = input->len;
            if (in_message)
                goes_on = script_take_message(script, fd, input, &in_message);
            else if (strchr(input->str, '\n') != NULL)
                goes_on = script_take_command(script, fd, input, &in_message);
        }
    }
}

static inline void
script_start(Script *script, Server *server)
{
    script->heard = g_string_new(NULL);
    script->message = g_string_new(NULL);
    server_start(server, script_talk, script);
}

static inline void
script_clear(Script *script)
{
    g_string_free(script->heard, TRUE);
    g_string_free(script->message, TRUE);
}
