#include "jobs/addressee.h"

#include <string.h>

#include "mail/address.h"

/* Our addresses, and what was found so far. */
typedef struct {
    const KeyRing *keys;
    char separator;
    Address *ours[2];     /* to unsubscribe or confirm, and for bounces; or NULL */
    const char *kinds[2]; /* of the tokens behind them: letters of TokenKind */
    bool has_false_token; /* something stood where tokens stand */
    Token *token;
} Search;

static void
search_clear(Search *search)
{
    for (size_t i = 0; i < G_N_ELEMENTS(search->ours); i++)
        address_free(search->ours[i]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Search, search_clear)

static bool
find_in(Search *search, const char *recipient)
{
    g_autoptr(Address) address = address_parse(recipient, NULL);
    for (size_t i = 0; address != NULL && i < G_N_ELEMENTS(search->ours); i++) {
        const char *detail = search->ours[i] == NULL
                                 ? NULL
                                 : address_find_detail(address, search->ours[i], search->separator);
        if (detail == NULL)
            continue;
        if (token_parse(detail, search->keys, search->token) &&
            strchr(search->kinds[i], (int)search->token->kind) != NULL)
            return true;
        search->has_false_token = true;
    }
    return false;
}

static bool
find_among(Search *search, const GPtrArray *recipients)
{
    for (guint i = 0; i < recipients->len; i++) {
        if (find_in(search, recipients->pdata[i]))
            return true;
    }
    return false;
}

static Address *
address_of(const char *configured)
{
    return configured == NULL ? NULL : address_parse(configured, NULL);
}

Addressee
addressee_find(const Config *config, const KeyRing *keys, const char *const *recipients,
               const Inbound *inbound, Token *token)
{
    g_auto(Search) search = {
        .keys = keys,
        .separator = config->separator[0],
        .ours = { address_of(config->unsubscribe_address), address_of(config->bounce_address) },
        .kinds = { "ucpw", "b" },
        .token = token,
    };
    for (; recipients != NULL && *recipients != NULL; recipients++) {
        if (find_in(&search, *recipients))
            return ADDRESSEE_TOKEN;
    }
    if (inbound != NULL && find_among(&search, inbound->recipients))
        return ADDRESSEE_TOKEN;
    if (inbound != NULL && find_among(&search, inbound->returned))
        return ADDRESSEE_RETURNED;
    return search.has_false_token ? ADDRESSEE_FALSE : ADDRESSEE_NOBODY;
}
