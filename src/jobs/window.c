#include "jobs/window.h"

/* Providers that watch closely, with the domains of their mailboxes. They count connections and
 * messages from one sender; a relay passes on what it gets, so the limit is on mails on their way. */
static const struct {
    const char *names; /* separated by a space */
    int messages;
} providers[] = {
    { "gmail.com googlemail.com", 10 },
    { "outlook.com outlook.de hotmail.com hotmail.de hotmail.fr hotmail.co.uk live.com live.de "
      "live.fr msn.com",
      10 },
    { "yahoo.com yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.co.uk ymail.com rocketmail.com aol.com",
      10 },
    { "icloud.com me.com mac.com", 10 },
    { "orange.fr wanadoo.fr", 3 },
};

/* Domains that share a limit, and the letters to them. Group 0 is everybody else. */
typedef struct {
    bool limited;
    Pace pace; /* its width counts letters on their way */
    int busy;
    GQueue letters; /* of Waiting * */
} Group;

typedef struct {
    Letter *letter;
    uint64_t number; /* of coming; 0: before all others */
} Waiting;

struct Window {
    GArray *groups;      /* of Group */
    GHashTable *domains; /* name -> GUINT_TO_POINTER(group) */
    uint64_t last_number;
    guint count;
};

static Group *
group_at(const Window *window, guint i)
{
    return &g_array_index(window->groups, Group, i);
}

static guint
group_add(Window *window, bool limited, int messages, const PaceRates *rates, int64_t now)
{
    Group group = { .limited = limited };
    pace_init(&group.pace, messages, rates, now);
    g_queue_init(&group.letters);
    g_array_append_val(window->groups, group);
    return window->groups->len - 1;
}

static void
domain_add(Window *window, const char *name, guint group)
{
    char *key = g_ascii_strdown(name, -1);
    if (!g_hash_table_contains(window->domains, key))
        g_hash_table_insert(window->domains, key, GUINT_TO_POINTER(group));
    else
        g_free(key); /* named before: what the configuration says comes first */
}

static void
add_configured(Window *window, const Config *config, int64_t now)
{
    for (guint i = 0; i < config->domains->len; i++) {
        const DomainConfig *domain = config->domains->pdata[i];
        const PaceRates rates = { domain->per_second, domain->per_minute, domain->per_hour };
        guint group = group_add(window, true, domain->messages, &rates, now);
        for (guint n = 0; n < domain->names->len; n++)
            domain_add(window, domain->names->pdata[n], group);
    }
}

static void
add_providers(Window *window, int64_t now)
{
    const PaceRates none = { 0 };
    for (gsize i = 0; i < G_N_ELEMENTS(providers); i++) {
        guint group = group_add(window, true, providers[i].messages, &none, now);
        g_auto(GStrv) names = g_strsplit(providers[i].names, " ", -1);
        for (char **name = names; *name != NULL; name++)
            domain_add(window, *name, group);
    }
}

Window *
window_new(const Config *config, int64_t now)
{
    Window *window = g_new0(Window, 1);
    window->groups = g_array_new(FALSE, FALSE, sizeof(Group));
    window->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    group_add(window, false, 1, &(PaceRates){ 0 }, now);
    if (config != NULL) {
        add_configured(window, config, now); /* from group 1 on: see window_pace() */
        add_providers(window, now);
    }
    return window;
}

void
window_free(Window *window)
{
    if (window == NULL)
        return;
    for (guint i = 0; i < window->groups->len; i++)
        g_queue_clear_full(&group_at(window, i)->letters, g_free);
    g_array_unref(window->groups);
    g_hash_table_unref(window->domains);
    g_free(window);
}

Pace *
window_pace(Window *window, guint i)
{
    return &group_at(window, i + 1)->pace;
}

void
window_put(Window *window, Letter *letter)
{
    const char *domain = address_domain(letter->recipient->subscription->choice->address);
    letter->group = GPOINTER_TO_UINT(g_hash_table_lookup(window->domains, domain));
    GQueue *letters = &group_at(window, letter->group)->letters;
    Waiting waiting = { .letter = letter };
    window->count++;
    if (letter->tries > 0) {
        g_queue_push_head(letters, g_memdup2(&waiting, sizeof waiting));
        return;
    }
    waiting.number = ++window->last_number;
    g_queue_push_tail(letters, g_memdup2(&waiting, sizeof waiting));
}

static Letter *
group_take(Window *window, Group *group)
{
    g_autofree Waiting *waiting = g_queue_pop_head(&group->letters);
    window->count--;
    return waiting->letter;
}

Letter *
window_take(Window *window, int64_t now, int64_t *wait)
{
    Group *best = NULL;
    uint64_t lowest = UINT64_MAX;
    *wait = -1;
    for (guint i = 0; i < window->groups->len; i++) {
        Group *group = group_at(window, i);
        const Waiting *first = g_queue_peek_head(&group->letters);
        if (first == NULL || first->number >= lowest)
            continue;
        if (group->limited && group->busy >= pace_width(&group->pace))
            continue;
        int64_t until = group->limited ? pace_wait(&group->pace, now) : 0;
        if (until > 0) {
            *wait = *wait < 0 ? until : MIN(*wait, until);
            continue;
        }
        best = group;
        lowest = first->number;
    }
    if (best == NULL)
        return NULL;
    best->busy++;
    pace_take(&best->pace);
    return group_take(window, best);
}

void
window_end(Window *window, const Letter *letter)
{
    group_at(window, letter->group)->busy--;
}

void
window_grow(Window *window, const Letter *letter, int64_t now)
{
    pace_grow(&group_at(window, letter->group)->pace, now);
}

void
window_ease(Window *window, const Letter *letter, int64_t now, double chance)
{
    pace_ease(&group_at(window, letter->group)->pace, now, chance);
}

guint
window_count(const Window *window)
{
    return window->count;
}

Letter *
window_take_any(Window *window)
{
    for (guint i = 0; i < window->groups->len; i++) {
        Group *group = group_at(window, i);
        if (!g_queue_is_empty(&group->letters))
            return group_take(window, group);
    }
    return NULL;
}
