#include <string.h>

#include "subscriber/import.h"

static const char *const kinds[] = { "", "unconfirmed: ", "left: ", "blocked: ", "" };

/* A stream that gives a few octets at a time, so that rows and fields are cut anywhere. */
typedef struct {
    const char *text;
    size_t left;
    size_t step;
} Stream;

static bool
stream_read(void *user, char *bytes, size_t size, size_t *got, GError **error)
{
    Stream *stream = user;
    *got = MIN(MIN(size, stream->left), stream->step);
    memcpy(bytes, stream->text, *got);
    stream->text += *got;
    stream->left -= *got;
    return true;
}

/* What is in TEXT: the people, and in PROBLEMS "list.csv:LINE: why" of each row that is none. */
static GPtrArray *
parse(const char *text, size_t size, size_t step, GPtrArray *problems, GError **error)
{
    static const char *const keep[] = { "city", NULL };
    Stream stream = { text, size, step };
    Rhythm rhythm = { RHYTHM_DAILY, 0, 360, g_intern_static_string("UTC") };
    g_autoptr(Import) import = import_open(stream_read, &stream, "list.csv", &rhythm, keep, error);
    if (import == NULL)
        return NULL;
    for (guint i = 0; i < import_left_out(import)->len; i++)
        g_ptr_array_add(problems, g_strdup(import_left_out(import)->pdata[i]));
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    g_autoptr(GString) key = g_string_new(NULL);
    CsvRow found;
    g_auto(ImportRow) row = { 0 };
    while (import_next(import, &found, key, error)) {
        import_read(import, &found, &row);
        if (row.kind != IMPORT_BAD)
            g_assert_cmpstr(key->str, ==, address_key(row.choice->address));
        if (row.kind == IMPORT_PERSON)
            g_ptr_array_add(choices, g_steal_pointer(&row.choice));
        else
            g_ptr_array_add(problems,
                            g_strdup_printf("list.csv:%d: %s%.*s", row.csv.line,
                                            row.problem != NULL ? row.problem : kinds[row.kind],
                                            row.problem != NULL ? 0 : (int)row.csv.size,
                                            row.csv.text));
    }
    return g_steal_pointer(&choices);
}

/* "address|name|topics attributes; …" of what was taken. */
static char *
taken(const GPtrArray *choices)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < choices->len; i++) {
        const Choice *choice = choices->pdata[i];
        g_string_append_printf(text, "%s%s|%s|", i > 0 ? "; " : "", address_text(choice->address),
                               choice->name != NULL ? choice->name : "");
        for (guint t = 0; t < choice->topics->len; t++)
            g_string_append_printf(text, "%s%s", t > 0 ? "," : "",
                                   (const char *)choice->topics->pdata[t]);
        g_string_append(text, choice->attributes != NULL ? choice->attributes : "");
    }
    return g_string_free(text, FALSE);
}

static const struct {
    const char *rule;
    const char *csv;
    const char *expect;
    const char *problem; /* part of the first, or NULL: there is none */
} cases[] = {
    { "commas", "address,name\na@example.org,Anna\n", "a@example.org|Anna|", NULL },
    { "semicolons, as German spreadsheets write", "email;name\na@example.org;Anna\n",
      "a@example.org|Anna|", NULL },
    { "tabs", "E-Mail\tName\na@example.org\tAnna\n", "a@example.org|Anna|", NULL },
    { "a byte order mark",
      "\xEF\xBB\xBF"
      "address\na@example.org\n",
      "a@example.org||", NULL },
    { "CRLF and no last line end", "address,name\r\na@example.org,Anna", "a@example.org|Anna|",
      NULL },
    { "Windows-1252", "address,name\na@example.org,J\xF6rg\n", "a@example.org|Jörg|", NULL },
    { "quotes, with what separates inside", "address,name\na@example.org,\"Petersen, \"\"A\"\"\"\n",
      "a@example.org|Petersen, \"A\"|", NULL },
    { "a line end in quotes", "address,name\na@example.org,\"A\nB\"\nb@example.org,C\n",
      "a@example.org|A B|; b@example.org|C|", NULL },
    { "topics by spaces and strokes", "address,topics\na@example.org,ki|sport kunst\n",
      "a@example.org||ki,kunst,sport", NULL },
    { "empty lines", "address\n\na@example.org\n\n", "a@example.org||", NULL },
    { "fields that are missing", "address,name,topics\na@example.org\n", "a@example.org||", NULL },
    { "fields too many", "address\na@example.org,x,y\n", "a@example.org||", NULL },
    { "a bad row is named and the others stay", "address\na@example.org\nnobody\nb@example.org\n",
      "a@example.org||; b@example.org||", "list.csv:3: " },
    { "lines are counted through quotes", "address,name\na@example.org,\"A\n\nB\"\nnobody,x\n",
      "a@example.org|A B|", "list.csv:5: " },
    { "a column that nobody knows", "address,shoe size\na@example.org,44\n", "a@example.org||",
      "shoe size" },
    { "a bad number", "address,max_articles\na@example.org,many\nb@example.org,5\n",
      "b@example.org||", "list.csv:2: max_articles" },
    { "a header alone", "address\n", "", NULL },
    { "an address that wants to be two lines",
      "address\n\"a@example.org>\nRCPT TO:<b@example.org\"\n", "", "list.csv:2: " },
    { "a quote that is never closed costs its own row alone",
      "address,name\na@example.org,\"Anna\nb@example.org,x\n", "b@example.org|x|",
      "list.csv:2: a quote" },
    { "a quote within a field is no more than that", "address,name\na@example.org,A \"B\" C\n",
      "a@example.org|A \"B\" C|", NULL },
    { "what other programs call first and last names",
      "Email Address,First Name,Last Name\na@example.org,Anna,Petersen\n",
      "a@example.org|Anna Petersen|", NULL },
    { "what they call whole names", "address,display_name\na@example.org,Anna Petersen\n",
      "a@example.org|Anna Petersen|", NULL },
    { "listmonk: who is blocked there is not taken",
      "uuid,email,name,attributes,status,created_at,updated_at\n"
      "1,a@example.org,Anna,\"{\"\"city\"\": \"\"Kiel\"\"}\",enabled,x,x\n"
      "2,b@example.org,Ben,{},blocklisted,x,x\n",
      "a@example.org|Anna|{\"city\":\"Kiel\"}", "uuid" },
    { "Mailchimp: an address beside the one for mails is where somebody lives",
      "\"Email Address\",\"First Name\",\"Last Name\",Address,\"Phone Number\",MEMBER_RATING,"
      "OPTIN_TIME,TIMEZONE,TAGS\n"
      "a@example.org,Anna,Petersen,\"1 Quay Street  Exampleton  SH  24103  DE\",,2,"
      "\"2024-02-03 10:00:00\",Europe/Berlin,\"\"\"one\"\",\"\"two\"\"\"\n",
      "a@example.org|Anna Petersen|", "Phone Number" },
    { "Mailchimp: who left has a time",
      "Email Address,UNSUB_TIME\na@example.org,2024-02-03 10:00:00\n", "",
      "list.csv:2: left: a@example.org" },
    { "Mailchimp: so has an address that was cleaned",
      "Email Address,CLEAN_TIME\na@example.org,2024-02-03 10:00:00\n", "",
      "list.csv:2: blocked: a@example.org" },
    { "Keila: words for states",
      "Email,First name,Last name,Data,Status\na@example.org,Anna,,{},active\n"
      "b@example.org,,,,unsubscribed\n",
      "a@example.org|Anna|", "list.csv:3: left: " },
    { "phpList: noughts and ones",
      "email,confirmed,blacklisted,htmlemail\na@example.org,1,0,1\nb@example.org,0,0,1\n",
      "a@example.org||", "list.csv:3: unconfirmed: " },
    { "phpList: blocked counts more than not confirmed",
      "email,confirmed,blacklisted\nb@example.org,0,1\n", "", "list.csv:2: blocked: " },
    { "mailman: a list of addresses", "a@example.org\nBen Boje <b@example.org>\n\nnobody\n",
      "a@example.org||; b@example.org|Ben Boje|", "list.csv:4: " },
    { "a state that nobody knows keeps somebody out", "email,status\na@example.org,perhaps\n", "",
      "list.csv:2: nobody knows" },
    { "a time zone that is none is no mistake of the person",
      "email,timezone\na@example.org,Kiel Time\n", "a@example.org||", NULL },
    { "columns that are kept become attributes", "email,city\na@example.org,Kiel\n",
      "a@example.org||{\"city\":\"Kiel\"}", NULL },
    { "attributes are an object", "email,attributes\na@example.org,[1]\n", "",
      "list.csv:2: attributes" },
};

static void
test_table(void)
{
    static const size_t steps[] = { 1, 7, 4096 };
    for (gsize i = 0; i < G_N_ELEMENTS(cases) * G_N_ELEMENTS(steps); i++) {
        gsize n = i / G_N_ELEMENTS(steps);
        g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[n].rule);
        g_autoptr(GPtrArray) choices = parse(cases[n].csv, strlen(cases[n].csv),
                                             steps[i % G_N_ELEMENTS(steps)], problems, &error);
        g_assert_no_error(error);
        g_autofree char *text = taken(choices);
        g_assert_cmpstr(text, ==, cases[n].expect);
        if (cases[n].problem == NULL)
            g_assert_cmpuint(problems->len, ==, 0);
        else
            g_assert_nonnull(strstr(problems->pdata[0], cases[n].problem));
    }
}

static void
test_no_header(void)
{
    static const char *const texts[] = { "", "name\nAnna\n", "\0\0\0" };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_assert_null(parse(texts[i], strlen(texts[i]), 4096, problems, &error));
        g_assert_nonnull(strstr(error->message, "list.csv:1"));
    }
}

/* Rows that are longer than any row, and more of them than fit into memory at once. */
static void
test_long(void)
{
    g_autoptr(GString) text = g_string_new("address,name\n");
    g_autofree char *name = g_strnfill(2 * CSV_ROW_MAX, 'x');
    g_string_append_printf(text, "long@example.org,\"%s\"\n", name);
    for (int i = 0; i < 30000; i++)
        g_string_append_printf(text, "p%d@example.org,P\n", i);
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) choices = parse(text->str, text->len, 4096, problems, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(choices->len, ==, 30000);
    g_assert_nonnull(strstr(problems->pdata[0], "list.csv:2: "));
}

static void
test_fields_round_trip(void)
{
    static const char *const fields[] = { "plain", "",           " trimmed not", "a,b", "a;b",
                                          "a\tb",  "say \"so\"", "two\nlines",   "\"",  "Grüße" };
    g_autoptr(GString) text = g_string_new("x");
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_string_append_c(text, ',');
        csv_write_field(text, fields[i]);
    }
    Stream stream = { text->str, text->len, 3 };
    g_autoptr(Csv) csv = csv_new(stream_read, &stream);
    CsvRow row;
    g_assert_true(csv_next(csv, &row, NULL));
    g_assert_cmpuint(row.count, ==, G_N_ELEMENTS(fields) + 1);
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autofree char *trimmed = g_strstrip(g_strdup(fields[i]));
        g_assert_cmpstr(row.fields[i + 1], ==, trimmed);
    }
    g_assert_false(csv_next(csv, &row, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/subscriber/import/table", test_table);
    g_test_add_func("/subscriber/import/no-header", test_no_header);
    g_test_add_func("/subscriber/import/long", test_long);
    g_test_add_func("/subscriber/import/fields-round-trip", test_fields_round_trip);
    return g_test_run();
}
