#include "mail/address.h"

#include <string.h>
#include "base/error.h"

#define L64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L63 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define L61 "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* What an address is, and what it becomes; NULL: it is none. */
static const struct {
    const char *rule;
    const char *text;
    const char *expect;
} addresses[] = {
    { "the usual", "jane@example.org", "jane@example.org" },
    { "the domain in lower case, the local part as given", "Jane.Doe@Example.ORG",
      "Jane.Doe@example.org" },
    { "a detail", "jane+news@example.org", "jane+news@example.org" },
    { "atext", "a#b$c&d'e*f/g=h?i^j_k`l{m|n}o~p@example.org",
      "a#b$c&d'e*f/g=h?i^j_k`l{m|n}o~p@example.org" },
    { "one letter", "a@b.de", "a@b.de" },
    { "a number before the @", "123@example.org", "123@example.org" },
    { "a domain label that begins with a digit", "a@3com.example", "a@3com.example" },
    { "localhost stands alone", "root@localhost", "root@localhost" },
    { "localhost in capitals", "root@LOCALHOST", "root@localhost" },
    { "umlauts in the domain become A-labels", "a@bücher.example", "a@xn--bcher-kva.example" },
    { "an ideographic full stop parts labels", "a@例え。テスト", "a@xn--r8jz45g.xn--zckzah" },
    { "full-width letters are letters", "a@ｅxample.org", "a@example.org" },
    { "A-labels stay", "a@XN--bcher-kva.example", "a@xn--bcher-kva.example" },
    { "umlauts in the local part stay", "jürgen@example.org", "jürgen@example.org" },
    { "64 octets before the @", L64 "@example.org", L64 "@example.org" },
    { "a label of 63", "a@" L63 ".de", "a@" L63 ".de" },
    { "254 octets in all", L61 "c@" L63 "." L63 "." L63, L61 "c@" L63 "." L63 "." L63 },

    { "nothing", "", NULL },
    { "no @", "jane", NULL },
    { "two @", "jane@doe@example.org", NULL },
    { "no local part", "@example.org", NULL },
    { "no domain", "jane@", NULL },
    { "65 octets before the @", L64 "a@example.org", NULL },
    { "65 octets, 33 characters before the @", "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüa@example.org",
      NULL },
    { "a label of 64", "a@" L63 "b.de", NULL },
    { "255 octets in all", L61 "cc@" L63 "." L63 "." L63, NULL },
    { "white space around", " jane@example.org", NULL },
    { "white space inside", "jane doe@example.org", NULL },
    { "white space in the domain", "jane@example .org", NULL },
    { "a tab", "jane\t@example.org", NULL },
    { "CR LF and a command", "jane@example.org\r\nRCPT TO:<eve@example.org>", NULL },
    { "LF before the @", "jane\n@example.org", NULL },
    { "DEL", "jane\x7F@example.org", NULL },
    { "angle brackets", "<jane@example.org>", NULL },
    { "an ESMTP parameter", "jane@example.org> NOTIFY=NEVER", NULL },
    { "a quoted local part", "\"jane doe\"@example.org", NULL },
    { "a source route", "@relay.example:jane@example.org", NULL },
    { "the percent hack", "jane%example.org@relay.example", NULL },
    { "a bang path", "relay!jane@example.org", NULL },
    { "an option in disguise", "-fjane@example.org", NULL },
    { "a comment", "jane(doe)@example.org", NULL },
    { "a comma", "jane,doe@example.org", NULL },
    { "a colon", "list:jane@example.org", NULL },
    { "a backslash", "jane\\doe@example.org", NULL },
    { "a dot first", ".jane@example.org", NULL },
    { "a dot last", "jane.@example.org", NULL },
    { "two dots", "jane..doe@example.org", NULL },
    { "one label", "jane@example", NULL },
    { "an empty label", "jane@example..org", NULL },
    { "a dot before the domain", "jane@.example.org", NULL },
    { "a dot behind the domain", "jane@example.org.", NULL },
    { "a label that begins with -", "jane@-example.org", NULL },
    { "a label that ends with -", "jane@example-.org", NULL },
    { "an underscore in the domain", "jane@exa_mple.org", NULL },
    { "a domain literal", "jane@[192.0.2.1]", NULL },
    { "a number for a domain", "jane@192.0.2.1", NULL },
    { "a full-width @ in the domain", "jane@exa＠mple.org", NULL },
    { "a slash in the domain", "jane@example.org/x", NULL },
    { "a zero-width space", "ja\xE2\x80\x8Bne@example.org", NULL },
    { "an override of direction", "ja\xE2\x80\xAEne@example.org", NULL },
    { "a line separator", "ja\xE2\x80\xA8ne@example.org", NULL },
    { "a paragraph separator", "ja\xE2\x80\xA9ne@example.org", NULL },
    { "a no-break space", "ja\xC2\xA0ne@example.org", NULL },
    { "a C1 control", "ja\xC2\x85ne@example.org", NULL },
    { "a noncharacter", "ja\xEF\xB7\x90ne@example.org", NULL },
    { "bytes that are not UTF-8", "j\xFC@example.org", NULL },
    { "a sequence cut off by the end", "jane@example.\xC3", NULL },
};

static void
test_grammar(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_memdup2(addresses[i].text, strlen(addresses[i].text) + 1);
        g_autoptr(Address) address = address_parse(text, &error);
        g_test_message("%s", addresses[i].rule);
        if (addresses[i].expect == NULL) {
            g_assert_null(address);
            g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpstr(address_text(address), ==, addresses[i].expect);
    }
}

/* ASCII alone in the domain, whatever character stands there: what follows is a command's line. */
static void
test_any_character(void)
{
    for (gunichar c = 1; c < 0x30000; c++) {
        char character[7] = { 0 };
        if (!g_unichar_validate(c))
            continue;
        g_unichar_to_utf8(c, character);
        g_autofree char *text = g_strdup_printf("a@ex%sample.org", character);
        g_autoptr(Address) address = address_parse(text, NULL);
        if (address == NULL)
            continue;
        const char *domain = address_domain(address);
        g_assert_cmpuint(strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789-."), ==,
                         strlen(domain));
    }
}

static void
test_long_input(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *domain = g_strnfill(1000000, 'a');
    g_autofree char *text = g_strconcat("a@", domain, ".org", NULL);
    g_assert_null(address_parse(text, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    g_assert_cmpuint(strlen(error->message), <, 200);
}

/* A message for people shows no control character of the text. */
static void
test_message_is_safe(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(address_parse("a\x1B[31m\r\n@example.org", &error));
    g_assert_null(strpbrk(error->message, "\x1B\r\n"));
    g_assert_nonnull(strstr(error->message, "a character before the '@' is not allowed"));
}

static void
test_parts(void)
{
    g_autoptr(Address) address = address_parse("Jürgen.Ärger+X@Bücher.example", NULL);
    g_autoptr(Address) copy = address_copy(address);
    g_autoptr(Address) plain = address_parse("Jane@Example.org", NULL);
    g_assert_cmpstr(address_local(address), ==, "Jürgen.Ärger+X");
    g_assert_cmpstr(address_domain(address), ==, "xn--bcher-kva.example");
    g_assert_cmpstr(address_key(address), ==, "jürgen.ärger+x@xn--bcher-kva.example");
    g_assert_true(address_needs_utf8(address));
    g_assert_cmpstr(address_text(copy), ==, address_text(address));
    g_assert_cmpstr(address_domain(copy), ==, address_domain(address));
    g_assert_cmpstr(address_key(copy), ==, address_key(address));
    g_assert_cmpstr(address_key(plain), ==, "jane@example.org");
    g_assert_false(address_needs_utf8(plain));
}

/* Details: what is written is found again, and nothing else is. */

static void
test_with_detail(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Address) base = address_parse("unsubscribe@example.org", NULL);
    g_autoptr(Address) with = address_with_detail(base, '+', "u3kabc", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(address_text(with), ==, "unsubscribe+u3kabc@example.org");
    g_assert_cmpstr(address_find_detail(with, base, '+'), ==, "u3kabc");

    g_autofree char *most = g_strnfill(64 - strlen("unsubscribe+"), 'x');
    g_autofree char *more = g_strconcat(most, "x", NULL);
    g_autoptr(Address) full = address_with_detail(base, '+', most, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(address_local(full)), ==, 64);
    g_assert_null(address_with_detail(base, '+', more, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP);
}

static const struct {
    const char *rule;
    const char *recipient;
    char separator;
    const char *expect;
} details[] = {
    { "a detail", "bye+tok@example.org", '+', "tok" },
    { "case does not matter, and the detail stays as it is", "BYE+Tok@EXAMPLE.org", '+', "Tok" },
    { "another separator", "bye-tok@example.org", '-', "tok" },
    { "the detail may hold the separator", "bye+a+b@example.org", '+', "a+b" },
    { "an empty detail", "bye+@example.org", '+', "" },
    { "no detail", "bye@example.org", '+', NULL },
    { "not this separator", "bye-tok@example.org", '+', NULL },
    { "another domain", "bye+tok@example.com", '+', NULL },
    { "a domain below", "bye+tok@mail.example.org", '+', NULL },
    { "another local part", "by+tok@example.org", '+', NULL },
    { "a longer local part", "goodbye+tok@example.org", '+', NULL },
    { "a shorter one", "b@example.org", '+', NULL },
};

static void
test_find_detail(void)
{
    g_autoptr(Address) base = address_parse("bye@example.org", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(details); i++) {
        g_autoptr(Address) recipient = address_parse(details[i].recipient, NULL);
        g_test_message("%s", details[i].rule);
        g_assert_cmpstr(address_find_detail(recipient, base, details[i].separator), ==,
                        details[i].expect);
    }
}

/* Mailboxes; ADDRESS NULL: it is none. */
static const struct {
    const char *rule;
    const char *text;
    const char *name;
    const char *address;
} mailboxes[] = {
    { "an address alone", "jane@example.org", NULL, "jane@example.org" },
    { "in brackets", "<jane@example.org>", NULL, "jane@example.org" },
    { "with a name", "Jane Doe <jane@example.org>", "Jane Doe", "jane@example.org" },
    { "without a space", "Jane<jane@example.org>", "Jane", "jane@example.org" },
    { "white space around", "  Jane <jane@example.org>\t", "Jane", "jane@example.org" },
    { "a quoted name", "\"Doe, Jane\" <jane@example.org>", "Doe, Jane", "jane@example.org" },
    { "quotes in quotes", "\"Jane \\\"J\\\" \\\\Doe\" <jane@example.org>", "Jane \"J\" \\Doe",
      "jane@example.org" },
    { "a bracket in quotes", "\"a < b\" <jane@example.org>", "a < b", "jane@example.org" },
    { "umlauts", "Jürgen Groß <j@example.org>", "Jürgen Groß", "j@example.org" },
    { "an empty name", "\"\" <jane@example.org>", NULL, "jane@example.org" },
    { "one quote is a name", "\" <jane@example.org>", "\"", "jane@example.org" },
    { "a name on several lines is on one", "Jane\r\nBcc: eve <jane@example.org>", "Jane Bcc: eve",
      "jane@example.org" },
    { "a forged placeholder is dropped", "\xEF\xB7\x90n\xEF\xB7\x91 <jane@example.org>", "n",
      "jane@example.org" },
    { "bytes that are not UTF-8 in the name", "J\xFCrgen <j@example.org>", "J\xEF\xBF\xBDrgen",
      "j@example.org" },

    { "nothing", "", NULL, NULL },
    { "a name alone", "Jane Doe", NULL, NULL },
    { "empty brackets", "Jane <>", NULL, NULL },
    { "no closing bracket", "Jane <jane@example.org", NULL, NULL },
    { "no opening bracket", "jane@example.org>", NULL, NULL },
    { "words behind", "Jane <jane@example.org> Doe", NULL, NULL },
    { "brackets in brackets", "Jane <<jane@example.org>>", NULL, NULL },
    { "two addresses", "jane@example.org, eve@example.org", NULL, NULL },
    { "white space in the brackets", "Jane < jane@example.org >", NULL, NULL },
};

static void
test_mailboxes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mailboxes); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = g_memdup2(mailboxes[i].text, strlen(mailboxes[i].text) + 1);
        g_autoptr(Mailbox) mailbox = mailbox_parse(text, &error);
        g_test_message("%s", mailboxes[i].rule);
        if (mailboxes[i].address == NULL) {
            g_assert_null(mailbox);
            g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpstr(mailbox->name, ==, mailboxes[i].name);
        g_assert_cmpstr(address_text(mailbox->address), ==, mailboxes[i].address);
    }
}

static void
test_free_nothing(void)
{
    address_free(NULL);
    mailbox_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/address/grammar", test_grammar);
    g_test_add_func("/address/any-character", test_any_character);
    g_test_add_func("/address/long-input", test_long_input);
    g_test_add_func("/address/message-is-safe", test_message_is_safe);
    g_test_add_func("/address/parts", test_parts);
    g_test_add_func("/address/with-detail", test_with_detail);
    g_test_add_func("/address/find-detail", test_find_detail);
    g_test_add_func("/address/mailboxes", test_mailboxes);
    g_test_add_func("/address/free-nothing", test_free_nothing);
    return g_test_run();
}
