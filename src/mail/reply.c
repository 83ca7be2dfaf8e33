#include "mail/reply.h"

#include <string.h>

#include "base/text.h"

/* What is kept of a server's words: enough for any that helps. */
#define TEXT_MAX 500

const char *
smtp_phase_name(SmtpPhase phase)
{
    switch (phase) {
    case SMTP_CONNECT: return "CONNECT";
    case SMTP_MAIL: return "MAIL";
    case SMTP_RCPT: return "RCPT";
    case SMTP_DATA: return "DATA";
    case SMTP_BODY: return "BODY";
    case SMTP_DOT: return "DOT";
    }
    g_assert_not_reached();
}

void
smtp_reply_clear(SmtpReply *reply)
{
    reply->code = 0;
    g_clear_pointer(&reply->status, g_free);
    g_clear_pointer(&reply->text, g_free);
}

void
smtp_reply_lost(SmtpReply *reply, const char *reason)
{
    g_autofree char *line = text_single_line(reason); /* REASON may be of REPLY itself */
    smtp_reply_clear(reply);
    reply->text = g_steal_pointer(&line);
}

/* The size of "5.1.1" at TEXT (RFC 3463, 2), or 0. The class has one digit, the rest up to three. */
static size_t
status_size(const char *text)
{
    size_t size = 0;
    for (int part = 0; part < 3; part++) {
        size_t digits = strspn(text + size, "0123456789");
        if (digits < 1 || digits > (part == 0 ? 1 : 3))
            return 0;
        size += digits;
        if (part < 2 && text[size++] != '.')
            return 0;
    }
    return text[size] == '\0' || text[size] == ' ' ? size : 0;
}

/* Reads one line "250-…" without its end; its words are appended to TEXT. */
static bool
parse_line(SmtpReply *reply, const char *line, bool last, GString *text)
{
    size_t size = strlen(line);
    bool digits = size >= 3 && line[0] >= '2' && line[0] <= '5' && g_ascii_isdigit(line[1]) &&
                  g_ascii_isdigit(line[2]);
    /* Some servers end with a bare code; between lines it would end the reply too early. */
    char behind = size > 3 ? line[3] : ' ';
    if (!digits || behind != (last ? ' ' : '-'))
        return false;
    int code = (int)g_ascii_strtoll(line, NULL, 10);
    if (reply->code != 0 && reply->code != code)
        return false;
    reply->code = code;
    const char *words = size > 4 ? line + 4 : "";
    size_t status = words[0] == line[0] ? status_size(words) : 0;
    if (status > 0 && reply->status == NULL)
        reply->status = g_strndup(words, status);
    words += status;
    words += strspn(words, " ");
    if (*words != '\0') {
        if (text->len > 0)
            g_string_append_c(text, ' ');
        g_string_append(text, words);
    }
    return true;
}

/* Reads the lines of TEXT, which are cut apart; their words are appended to WORDS. */
static bool
parse_lines(SmtpReply *reply, char *text, GString *words)
{
    char *line = text;
    do {
        char *feed = strchr(line, '\n');
        if (feed != NULL)
            *feed = '\0';
        bool last = feed == NULL || feed[1] == '\0';
        if (!parse_line(reply, line, last, words))
            return false;
        line = last ? NULL : feed + 1;
    } while (line != NULL);
    return true;
}

bool
smtp_reply_parse(SmtpReply *reply, const char *lines, size_t size)
{
    g_autofree char *text = text_repair(lines, size);
    g_autoptr(GString) words = g_string_new(NULL);
    smtp_reply_clear(reply);
    if (!parse_lines(reply, text, words)) {
        g_autofree char *shown = text_truncate(text, 80);
        g_autofree char *reason = g_strdup_printf("not an SMTP reply: \"%s\"", shown);
        smtp_reply_lost(reply, reason);
        return false;
    }
    g_autofree char *line = text_single_line(words->str);
    reply->text = text_truncate(line, TEXT_MAX);
    return true;
}
