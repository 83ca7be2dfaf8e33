/* article extract: the article of a page, without what stands around it. Needs no configuration and no
 * state. */
#include "cli/command.h"

#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "feed/extraction.h"
#include "html/link.h"

static void
print_json(const Extract *extract)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Value) map = value_new_map();
    value_set_string(map, "title", extract->title);
    value_set_string(map, "byline", extract->byline);
    value_set_string(map, "language", extract->language);
    value_set_string(map, "text", extract->text);
    value_set_string(map, "html", extract->html);
    value_set_time(map, "published", extraction_published(extract));
    value_set_string(map, "site", extract->site);
    json_write(out, map, 2);
    puts(out->str);
}

static bool
article_extract(const Invocation *invocation, GError **error)
{
    const char *name = invocation_word(invocation, 0);
    const char *said = invocation_option(invocation, "--url");
    g_autofree char *url = said != NULL ? link_resolve(NULL, said) : NULL;
    if (said != NULL && url == NULL)
        return usage_error(error, "--url must be an http or https URL, not", said, NULL);
    g_autoptr(GBytes) bytes = file_read(name, EXTRACTION_PAGE_MAX, error);
    if (bytes == NULL)
        return false;
    const SafeDocument page = { .bytes = bytes, .base_url = url };
    g_autoptr(Extract) extract = extraction_of_page(&page, error);
    if (extract == NULL) {
        g_prefix_error(error, "%s: ", name);
        return false;
    }
    if (invocation->global->json)
        print_json(extract);
    else
        printf("%s\n\n%s\n", extract->title != NULL ? extract->title : "(no title)", extract->text);
    return true;
}

static const CommandOption options[] = {
    { "--url", 0, "URL", "where the page is from: relative links are resolved against it" },
    { NULL },
};

const Command article_extract_commands[] = {
    { "article extract", "FILE", 1, 1,
      "show the article of a web page, without what stands around it", options, article_extract },
    { NULL },
};
