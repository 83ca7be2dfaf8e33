#include "mail/notice.h"

#include <string.h>

#include "mail/notice-internal.h"
#include "mail/phrase.h"
#include "mail/spot.h"
#include "mail/status.h"

/* A notice about more people than this is not about our mails, which have one recipient each. */
#define NAMED_MAX 100
/* Tables of HTML have many short ones. */
#define PARAGRAPHS_MAX 60
/* What stands on a line that is looked at as a whole. */
#define LINE_SIZE_MAX 2000

/* Judging */

NoticeKind
notice_judge(const char *text)
{
    g_autofree char *words = phrase_fold(text);
    if (phrase_any(words, notice_delaying) && !phrase_any(words, notice_finishing))
        return NOTICE_DELAYED;
    return phrase_any(words, notice_failing) || phrase_any(words, notice_finishing) ? NOTICE_FAILED
                                                                                    : NOTICE_NONE;
}

/* What stands behind the labels of lists and help desks: "[Ticket#12] Re: …". */
static const char *
skip_labels(const char *words)
{
    const char *end;
    while (*words == '[' && (end = strchr(words, ']')) != NULL)
        words = end + 1 + strspn(end + 1, " ");
    return words;
}

/* The labels themselves may say it: "[Fwd: …]". */
static bool
begins_as_reply(const char *words)
{
    return phrase_begins(words, notice_replies) ||
           phrase_begins(skip_labels(words), notice_replies);
}

bool
notice_is_reply(const char *subject)
{
    g_autofree char *words = phrase_fold(subject);
    return begins_as_reply(words);
}

bool
notice_has_subject(const char *subject)
{
    g_autofree char *words = phrase_fold(subject);
    return !begins_as_reply(words) && phrase_any(words, notice_subjects);
}

/* Lines */

typedef struct {
    const char *begin;
    const char *end; /* the line feed, or the end of the text */
} Line;

/* The line at *AT, which goes on behind it. False at the end. */
static bool
take_line(const char **at, Line *line)
{
    if (**at == '\0')
        return false;
    line->begin = *at;
    line->end = *at + strcspn(*at, "\n");
    *at = *line->end == '\n' ? line->end + 1 : line->end;
    return true;
}

static char *
line_text(const Line *line)
{
    return g_strndup(line->begin, MIN((gsize)(line->end - line->begin), LINE_SIZE_MAX));
}

static bool
line_begins(const Line *line, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(line->end - line->begin) >= size &&
           g_ascii_strncasecmp(line->begin, word, size) == 0;
}

/* "------ This is a copy of your message, including all the headers. ------", or the first fields of
 * the returned mail itself. */
static bool
is_boundary(const Line *line)
{
    if (line_begins(line, "Received: ") || line_begins(line, "Return-Path: ") ||
        line_begins(line, "DKIM-Signature: "))
        return true;
    g_autofree char *text = line_text(line);
    g_autofree char *words = phrase_fold(text + strspn(text, " \t-=_*+>#|"));
    return phrase_begins(words, notice_boundaries) && !phrase_begins(words, notice_headings);
}

const char *
notice_find_original(const char *text)
{
    Line line;
    bool has_words = false; /* before it: else it is all there is */
    for (const char *at = text; take_line(&at, &line);) {
        if (has_words && is_boundary(&line))
            return line.begin;
        has_words = has_words || line.begin[strspn(line.begin, " \t")] != '\n';
    }
    return text + strlen(text);
}

/* How a line names somebody. The earlier ones are more certain. */
typedef enum {
    SHAPE_HEAD,   /* "<a@example.org>: host said …" */
    SHAPE_ALONE,  /* the address, and nothing else but punctuation */
    SHAPE_RCPT,   /* ">>> RCPT TO:<a@example.org>" */
    SHAPE_FIRST,  /* "a@example.org: no such user", "550 5.1.1 a@example.org… unknown" */
    SHAPE_LABEL,  /* "Recipient: a@example.org" */
    SHAPE_INLINE, /* "your mail to a@example.org could not be delivered" */
    SHAPE_ANY,    /* an address somewhere */
    SHAPE_NONE,   /* nobody, or somebody else: "From: …" */
} Shape;

static bool
is_punctuation(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (g_ascii_isalnum(text[i]) || (unsigned char)text[i] >= 0x80)
            return false;
    }
    return true;
}

/* "a@example.org <mailto:a@example.org>" and "<a@example.org> (a@example.org)" say it twice. */
static bool
repeats_address(const char *behind)
{
    Spot again;
    if (!spot_find(behind, &again))
        return false;
    size_t before = (size_t)(again.begin - behind);
    const char *rest = again.begin + again.size;
    bool is_link = before >= 7 && g_ascii_strncasecmp(again.begin - 7, "mailto:", 7) == 0;
    return is_punctuation(behind, is_link ? before - 7 : before) &&
           is_punctuation(rest, strlen(rest));
}

/* What may stand before an address that begins a line: bullets, and reply and status codes. */
static bool
is_lead(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (g_ascii_isalpha(text[i]) || (unsigned char)text[i] >= 0x80)
            return false;
    }
    return true;
}

/* The words before the address: "recipient:". */
static char *
label_of(const char *text, const Spot *spot)
{
    g_autofree char *lead = g_strndup(text, (gsize)(spot->begin - text));
    return phrase_fold(g_strdelimit(lead, "<>\"'([*", ' '));
}

/* The shape of TEXT, a line in which SPOT was found. */
static Shape
shape_of(const char *text, const Spot *spot)
{
    size_t before = (size_t)(spot->begin - text);
    const char *behind = spot->begin + spot->size;
    g_autofree char *label = label_of(text, spot);
    if (phrase_begins(label, notice_strange))
        return SHAPE_NONE;
    bool is_bare = is_punctuation(text, before);
    if (is_bare && g_str_has_prefix(behind, ">:"))
        return SHAPE_HEAD;
    if (is_bare && (is_punctuation(behind, strlen(behind)) || repeats_address(behind)))
        return SHAPE_ALONE;
    if (strstr(label, "rcpt to:") != NULL)
        return SHAPE_RCPT;
    if (is_lead(text, before))
        return SHAPE_FIRST;
    for (size_t i = 0; notice_labels[i] != NULL; i++) {
        if (strcmp(label, notice_labels[i]) == 0)
            return SHAPE_LABEL;
    }
    g_autofree char *words = phrase_fold(text);
    return phrase_any(words, notice_failing) ? SHAPE_INLINE : SHAPE_ANY;
}

/* Who is named */

typedef struct {
    char *address;
    Shape shape;
    const char *behind; /* in the text: what is said about it begins here */
} Named;

static void
named_clear(void *data)
{
    Named *named = data;
    g_free(named->address);
}

static bool
contains_address(const GPtrArray *list, const char *address)
{
    for (guint i = 0; list != NULL && i < list->len; i++) {
        if (g_ascii_strcasecmp(list->pdata[i], address) == 0)
            return true;
    }
    return false;
}

/* Whom people are told to ask. */
static bool
is_office(const char *address)
{
    static const char *const offices[] = { "postmaster@",  "mailer-daemon@", "abuse@",
                                           "support@",     "helpdesk@",      "hostmaster@",
                                           "mail-daemon@", "mailerdaemon@",  NULL };
    g_autofree char *words = phrase_fold(address);
    return phrase_begins(words, offices);
}

/* Whether what stands before SPOT says that it is where an address that was named before came from:
 * "<b@example.org> (expanded from <a@example.net>)". */
static bool
is_origin(const char *text, const Spot *spot)
{
    g_autofree char *label = label_of(text, spot);
    for (size_t i = 0; notice_origins[i] != NULL; i++) {
        if (g_str_has_suffix(label, notice_origins[i]))
            return true;
    }
    return false;
}

/* Whom we wrote to, not where it went. */
static void
name_origin(GArray *list, const Line *line, const char *text, const Spot *spot)
{
    Named *named = &g_array_index(list, Named, list->len - 1);
    g_free(named->address);
    named->address = g_strndup(spot->begin, spot->size);
    named->behind = line->begin + (spot->begin - text) + spot->size;
}

static void
add_named(GArray *list, const Line *line)
{
    g_autofree char *text = line_text(line);
    Spot spot;
    if (list->len >= NAMED_MAX || !spot_find(text, &spot))
        return;
    if (list->len > 0 && is_origin(text, &spot)) {
        name_origin(list, line, text, &spot);
        return;
    }
    Named named = {
        .address = g_strndup(spot.begin, spot.size),
        .shape = shape_of(text, &spot),
        .behind = line->begin + (spot.begin - text) + spot.size,
    };
    g_array_append_val(list, named);
    if (spot_find(spot.begin + spot.size, &spot) && is_origin(text, &spot))
        name_origin(list, line, text, &spot);
}

/* All lines of TEXT before END that name somebody. */
static GArray *
find_named(const char *text, const char *end)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(Named));
    g_array_set_clear_func(list, named_clear);
    Line line;
    for (const char *at = text; at < end && take_line(&at, &line);)
        add_named(list, &line);
    return list;
}

static bool
counts(const Named *named, const GPtrArray *strangers, bool offices_count)
{
    return !contains_address(strangers, named->address) &&
           (offices_count || !is_office(named->address));
}

static Shape
best_shape(const GArray *list, const GPtrArray *strangers, bool offices_count)
{
    Shape best = SHAPE_NONE;
    for (guint i = 0; i < list->len; i++) {
        const Named *named = &g_array_index(list, Named, i);
        if (counts(named, strangers, offices_count))
            best = MIN(best, named->shape);
    }
    return best;
}

bool
notice_has_form(const char *text, const GPtrArray *strangers)
{
    g_autoptr(GArray) list = find_named(text, text + strlen(text));
    return best_shape(list, strangers, false) < SHAPE_INLINE;
}

/* Why */

/* The paragraph of WORDS, which ends at END, that says most: a code, else words that mean one, else the
 * first. */
static char *
find_reason(const char *words, const char *end)
{
    g_autofree char *text = g_strndup(words, (gsize)(end - words));
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", PARAGRAPHS_MAX);
    const char *first = NULL;
    const char *meaning = NULL;
    for (guint i = 0; paragraphs[i] != NULL; i++) {
        const char *paragraph = paragraphs[i] + strspn(paragraphs[i], " \t\n>):,'\"");
        g_autofree char *code = status_find(paragraph);
        if (code != NULL || status_reply_code(paragraph) != 0)
            return g_strdup(paragraph);
        g_autofree char *status = meaning == NULL ? status_derive(paragraph) : NULL;
        if (status != NULL)
            meaning = paragraph;
        if (first == NULL && *paragraph != '\0')
            first = paragraph;
    }
    return g_strdup(meaning != NULL ? meaning : first);
}

/* Where what is said about the I-th ends: where somebody else of its shape begins. */
static const char *
end_of_words(const GArray *list, guint i, Shape shape, const char *end)
{
    const Named *named = &g_array_index(list, Named, i);
    const char *begin = named->behind;
    for (guint k = i + 1; k < list->len; k++) {
        const Named *next = &g_array_index(list, Named, k);
        bool is_other = g_ascii_strcasecmp(next->address, named->address) != 0;
        if (next->shape != shape || !is_other)
            continue;
        const char *line = next->behind;
        while (line > begin && line[-1] != '\n')
            line--;
        return line;
    }
    return end;
}

typedef struct {
    const char *text;
    const char *end; /* of the notice's own words */
    bool is_alone;   /* nobody else is named, so that everything is about this one */
    GPtrArray *failures;
} Reading;

/* The line, such as one of a transcript, that names ADDRESS and a code; or NULL. */
static char *
find_line_about(const Reading *reading, const char *address)
{
    Line line;
    for (const char *at = reading->text; at < reading->end && take_line(&at, &line);) {
        g_autofree char *text = line_text(&line);
        g_autofree char *code = strstr(text, address) != NULL ? status_find(text) : NULL;
        if (code != NULL || (strstr(text, address) != NULL && status_reply_code(text) != 0))
            return g_steal_pointer(&text);
    }
    return NULL;
}

/* With what the rest of the text says where the words beside the address say nothing. */
static void
add_failure(Reading *reading, const char *address, const char *words, const char *end)
{
    if (failures_find(reading->failures, address) != NULL)
        return;
    g_autofree char *own = find_reason(words, end);
    g_autofree char *status = own == NULL ? NULL : status_derive(own);
    g_autofree char *other = status == NULL ? find_line_about(reading, address) : NULL;
    if (status == NULL && other == NULL && reading->is_alone)
        other = find_reason(reading->text, reading->end);
    if (status == NULL && other != NULL)
        status = status_derive(other);
    bool own_says_nothing = own == NULL || *own == '\0';
    g_ptr_array_add(reading->failures,
                    failure_new(address, status, own_says_nothing ? other : own));
}

static void
add_intended(Reading *reading, const GPtrArray *intended, const GPtrArray *strangers)
{
    for (guint i = 0; intended != NULL && i < intended->len; i++) {
        if (!contains_address(strangers, intended->pdata[i]))
            add_failure(reading, intended->pdata[i], reading->end, reading->end);
    }
}

/* Where no code says so, the words may. */
static void
set_finality(const Reading *reading)
{
    g_autofree char *own = g_strndup(reading->text, (gsize)(reading->end - reading->text));
    g_autofree char *words = phrase_fold(own);
    bool is_final = phrase_any(words, notice_finishing);
    for (guint i = 0; is_final && i < reading->failures->len; i++) {
        Failure *failure = reading->failures->pdata[i];
        if (failure->finality == FINALITY_UNKNOWN)
            failure->finality = FINALITY_PERMANENT;
    }
}

/* All of SHAPE in LIST that count. */
static void
add_all_named(Reading *reading, const GArray *list, Shape shape, const GPtrArray *strangers,
              bool offices_count)
{
    for (guint i = 0; i < list->len; i++) {
        const Named *named = &g_array_index(list, Named, i);
        if (named->shape == shape && counts(named, strangers, offices_count))
            add_failure(reading, named->address, named->behind,
                        end_of_words(list, i, shape, reading->end));
    }
}

static guint
count_named(const GArray *list, Shape shape, const GPtrArray *strangers, bool offices_count)
{
    guint count = 0;
    for (guint i = 0; i < list->len; i++) {
        const Named *named = &g_array_index(list, Named, i);
        count += named->shape == shape && counts(named, strangers, offices_count);
    }
    return count;
}

GPtrArray *
notice_failures(const char *text, const GPtrArray *strangers, const GPtrArray *intended)
{
    Reading reading = { text, text + strlen(text), false, failures_new() };
    g_autoptr(GArray) list = find_named(text, reading.end);
    bool offices_count = best_shape(list, strangers, false) == SHAPE_NONE;
    Shape shape = best_shape(list, strangers, offices_count);
    reading.is_alone =
        shape >= SHAPE_ANY || count_named(list, shape, strangers, offices_count) == 1;
    /* An address that just stands somewhere is worth less than whom the returned mail was for. */
    if (shape >= SHAPE_ANY)
        add_intended(&reading, intended, strangers);
    if (shape < SHAPE_ANY || (shape == SHAPE_ANY && reading.failures->len == 0))
        add_all_named(&reading, list, shape, strangers, offices_count);
    set_finality(&reading);
    return reading.failures;
}
