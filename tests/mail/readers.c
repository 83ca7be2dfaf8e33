/* Other people's readers agree with what was meant: 200 subjects, names and bodies of
 * tests/data/mail/corpus.jsonl become messages, and readers.py reads them back with Python's parser of
 * e-mail and with GMime.                                                                            */
#include <string.h>
#include <glib/gstdio.h>

#include "base/json.h"
#include "mail/stencil.h"

/* TEXT as HTML, as GLib escapes it: the reader undoes that. */
static char *
escaped(const char *text)
{
    g_autofree char *safe = g_markup_escape_text(text, -1);
    return g_strconcat("<pre>", safe, "</pre>\n", NULL);
}

/* The message that WANTED ({"subject", "name", "body"}) describes. */
static void
write_message(const Value *wanted, GString *message)
{
    g_autoptr(Mailbox) from = mailbox_parse("Ärger & Söhne <news@xn--bcher-kva.example>", NULL);
    g_autoptr(Address) address = address_parse("leser@bücher.example", NULL);
    g_autoptr(Address) leave = address_parse("bye+u3k2@example.org", NULL);
    g_autoptr(Mailbox) to = mailbox_new(value_find_string(wanted, "name"), address);
    g_autofree char *html = escaped(value_find_string(wanted, "body"));
    const StencilSource source = {
        .from = from,
        .subject = value_find_string(wanted, "subject"),
        .text = value_find_string(wanted, "body"),
        .html = html,
        .date = 1795410000,
        .language = "de",
        .list_id = "digest.example.org",
        .list_name = "Das Blatt",
        .help = leave,
    };
    const StencilPerson person = {
        .to = to,
        .message_id = "i7.abc@example.org",
        .unsubscribe_address = leave,
        .unsubscribe_url =
            "https://example.org/u/a-token-that-is-so-long-that-no-line-of-a-header-has-"
            "room-for-it-and-that-must-not-be-folded-nor-encoded?newsletter=morgen",
    };
    g_autoptr(Stencil) stencil = stencil_new(&source);
    g_autoptr(Message) filled = message_new();
    stencil_fill(stencil, &person, filled);
    message_write(filled, message);
}

static void
write_file(const char *folder, guint i, const char *suffix, const GString *bytes)
{
    g_autofree char *path = g_strdup_printf("%s/%03u.%s", folder, i, suffix);
    g_assert_true(g_file_set_contents(path, bytes->str, (gssize)bytes->len, NULL));
}

static guint
write_all(const char *folder)
{
    g_autofree char *path = g_build_filename(TEST_DATA, "mail", "corpus.jsonl", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    guint count = 0;
    for (; lines[count] != NULL; count++) {
        g_autoptr(GBytes) line = g_bytes_new_static(lines[count], strlen(lines[count]));
        g_autoptr(Value) wanted = json_parse(line, NULL);
        g_autoptr(GString) json = g_string_new(lines[count]);
        g_autoptr(GString) message = g_string_new(NULL);
        write_message(wanted, message);
        write_file(folder, count, "eml", message);
        write_file(folder, count, "json", json);
    }
    return count;
}

static void
remove_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
}

static void
test_readers(void)
{
    g_autofree char *folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    g_setenv("PYTHONUTF8", "1", TRUE);
    g_autofree char *script = g_build_filename(TEST_SOURCE, "tests", "mail", "readers.py", NULL);
    char *words[] = { (char *)"/usr/bin/python3", (char *)"-B", script, folder, NULL };
    g_autofree char *said = NULL;
    int status;
    g_assert_cmpuint(write_all(folder), ==, 200);
    g_assert_true(
        g_spawn_sync(NULL, words, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &said, &status, NULL));
    if (*said != '\0')
        g_test_message("%s", said);
    g_assert_cmpint(status, ==, 0);
    remove_folder(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mail/readers", test_readers);
    return g_test_run();
}
