#include "base/error.h"
#include "cli/command.h"
#include "cli/desk.h"
#include "digest/corpus.h"
#include "jobs/comments.h"
#include "jobs/likes.h"
#include "mail/address.h"
#include "store/people.h"

static const NewsletterConfig *
find_newsletter(const Instance *instance, const Invocation *invocation, GError **error)
{
    return instance_newsletter(instance, invocation_option(invocation, "--newsletter"), error);
}

/* The subscription that the first word names. */
static Subscription *
find_reader(Instance *instance, const Invocation *invocation, GError **error)
{
    g_autoptr(Address) address = address_parse(invocation_word(invocation, 0), error);
    const NewsletterConfig *newsletter =
        address == NULL ? NULL : find_newsletter(instance, invocation, error);
    g_autoptr(Subscription) reader = NULL;
    if (newsletter == NULL || !store_subscription_find(instance->store, newsletter->name,
                                                       address_key(address), &reader, error))
        return NULL;
    if (reader == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\" is no subscriber of \"%s\"", address_text(address), newsletter->name);
    return g_steal_pointer(&reader);
}

/* The words of --terms, or of the article that the second word names. */
static char *
find_words(Instance *instance, const Invocation *invocation, GError **error)
{
    const char *terms = invocation_option(invocation, "--terms");
    const char *name = invocation_word(invocation, 1);
    int64_t seq;
    if ((terms == NULL) == (name == NULL)) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                            "either an article or --terms says what is followed");
        return NULL;
    }
    if (name != NULL)
        return article_named(instance->store, name, &seq, error)
                   ? likes_words(instance->store, seq, error)
                   : NULL;
    g_autoptr(GPtrArray) words = corpus_words(terms);
    if (words->len == 0)
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                            "--terms: there is no word in it");
    return words->len == 0 ? NULL : invocation_line(invocation, "--terms");
}

static bool
find_strictness(const Invocation *invocation, Strictness *strictness, GError **error)
{
    const char *name = invocation_option(invocation, "--strictness");
    *strictness = STRICTNESS_NORMAL;
    if (name == NULL || strictness_find(name, strictness))
        return true;
    return usage_error(error, "--strictness is strict, normal or wide, not", name, NULL);
}

static bool
put_follows(Instance *instance, const Subscription *reader, GError **error)
{
    return store_subscription_set_follows(instance->store, reader->id, reader->follows,
                                          clock_now(instance->clock), error);
}

/* Comments */

static bool
has_comments(const Invocation *invocation)
{
    return invocation_option(invocation, "--comments") != NULL;
}

static bool
follow_comments(Instance *instance, const Invocation *invocation, const Subscription *reader,
                GError **error)
{
    const NewsletterConfig *newsletter = find_newsletter(instance, invocation, error);
    int64_t seq;
    if (newsletter == NULL ||
        !article_named(instance->store, invocation_word(invocation, 1), &seq, error) ||
        !comments_follow(instance, newsletter, reader, seq, error))
        return false;
    log_info(instance->log,
             "subscriber %s: follows the comments of article %" G_GINT64_FORMAT
             ", until there are none for %d days",
             address_text(reader->choice->address), seq, newsletter->comments_days);
    return true;
}

static bool
unfollow_comments(Instance *instance, const Invocation *invocation, const Subscription *reader,
                  GError **error)
{
    const NewsletterConfig *newsletter = find_newsletter(instance, invocation, error);
    int64_t seq;
    return newsletter != NULL &&
           article_named(instance->store, invocation_word(invocation, 1), &seq, error) &&
           comments_unfollow(instance, newsletter, reader, seq, error);
}

/* --comments is about an article alone. */
static bool
check_comments(const Invocation *invocation, GError **error)
{
    if (!has_comments(invocation) ||
        (invocation->words->len == 2 && invocation_option(invocation, "--terms") == NULL &&
         invocation_option(invocation, "--strictness") == NULL))
        return true;
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                        "--comments needs an article, and neither --terms nor --strictness");
    return false;
}

/* Commands */

static bool
subscriber_follow(const Invocation *invocation, GError **error)
{
    Strictness strictness;
    if (!check_comments(invocation, error) || !find_strictness(invocation, &strictness, error))
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    g_autoptr(Subscription) reader =
        instance == NULL ? NULL : find_reader(instance, invocation, error);
    if (reader != NULL && has_comments(invocation))
        return follow_comments(instance, invocation, reader, error);
    g_autofree char *words = reader == NULL ? NULL : find_words(instance, invocation, error);
    if (words == NULL)
        return false;
    if (reader->follows == NULL)
        reader->follows = g_ptr_array_new_with_free_func((GDestroyNotify)follow_free);
    if (reader->follows->len >= FOLLOWS_MAX) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "nobody follows more than %u subjects; \"subscriber unfollow\" makes room",
                    FOLLOWS_MAX);
        return false;
    }
    g_ptr_array_add(reader->follows, follow_new(strictness, words));
    if (!put_follows(instance, reader, error))
        return false;
    log_info(instance->log, "subscriber %s: follows %u (%s): %s",
             address_text(reader->choice->address), reader->follows->len,
             strictness_name(strictness), words);
    return true;
}

static bool
subscriber_unfollow(const Invocation *invocation, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    g_autoptr(Subscription) reader =
        instance == NULL ? NULL : find_reader(instance, invocation, error);
    if (reader == NULL)
        return false;
    if (has_comments(invocation))
        return unfollow_comments(instance, invocation, reader, error);
    const char *word = invocation_word(invocation, 1);
    guint count = reader->follows != NULL ? reader->follows->len : 0;
    int64_t place = 0;
    if (!g_ascii_string_to_signed(word, 10, 1, count, &place, NULL)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\" is none of the %u subjects that they follow (see \"subscriber show\")",
                    word, count);
        return false;
    }
    g_ptr_array_remove_index(reader->follows, (guint)place - 1);
    return put_follows(instance, reader, error);
}

static const CommandOption follow_options[] = {
    { "--terms", 0, "WORDS", "these words instead of those of an article" },
    { "--strictness", 0, "WORD", "strict, normal or wide (normal)" },
    { "--comments", 0, NULL, "what readers say about the article, in mails of its own" },
    { "--newsletter", 0, "NAME", "of which newsletter; needed when there are several" },
    { NULL },
};

static const CommandOption unfollow_options[] = {
    { "--comments", 0, NULL, "the comments of an article" },
    { "--newsletter", 0, "NAME", "of which newsletter; needed when there are several" },
    { NULL },
};

const Command follow_commands[] = {
    { "subscriber follow", "ADDRESS [ARTICLE]", 1, 2,
      "add what is like an article, or its comments, to what they get", follow_options,
      subscriber_follow },
    { "subscriber unfollow", "ADDRESS NUMBER|ARTICLE", 2, 2,
      "end that; subscriber show has the numbers", unfollow_options, subscriber_unfollow },
    { NULL },
};
