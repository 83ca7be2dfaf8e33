/* keys-internal.h - the table of all keys of the configuration file.
 *
 * What a key is called, what it may hold, what it is when it is not given, where it lies in the
 * structs of config.h and what it is for stands in keys.c and nowhere else. The reader, "config
 * show" and the sample file walk the same tables.                                                */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>
#include "config/config.h"

typedef enum {
    KEY_LINE,     /* text on one line */
    KEY_NAME,     /* config_is_name(), unique within its list */
    KEY_WORD,     /* one of WORDS */
    KEY_PATH,     /* stands against the folder of the file */
    KEY_LOCATION, /* SCHEME:REST with a scheme of WORDS; the path of a sqlite:, maildir: or file: one
                     stands against the folder of the file; behind exec: there is a command */
    KEY_WEB,      /* an https URL; kept without a slash at the end */
    KEY_SECRET,   /* text that is never shown */
    KEY_SECRET_FILE,    /* the file that has it on its first line; same field as the KEY_SECRET */
    KEY_SECRET_COMMAND, /* the command that prints it; same field as the KEY_SECRET */
    KEY_INTEGER,
    KEY_FLAG,
    KEY_LINES,        /* an array of lines */
    KEY_SECRET_LINES, /* the same of lines that are never shown; none without being given */
    KEY_GROUP,        /* { … }: its keys lie in the same struct as the group */
    KEY_LIST,         /* ( {…}, {…} ): each element is a struct of its own */
} KeyType;

typedef struct KeyTable KeyTable;

typedef struct {
    const char *name;
    KeyType type;
    size_t offset; /* of the field in its struct */
    bool required;
    const char *words;     /* separated by a space */
    int min, max;          /* of a number; of a list: how many elements */
    int unit;              /* the field holds the number times this; 0: once */
    const char *text;      /* the default of texts; NULL: none */
    int number;            /* the default of numbers and flags */
    const KeyTable *table; /* of groups and lists */
    const char *sample;    /* the value in force in the sample file, as it is written there */
    const char *example;   /* of a text without a default: what it may be, in the sample file */
    const char *help;
} Key;

struct KeyTable {
    size_t size;     /* of the struct */
    const Key *keys; /* ended by one without a name */
};

extern const KeyTable key_root;

/* The field of KEY in OBJECT. */
char **key_text(const Key *key, const void *object);
int *key_number(const Key *key, const void *object);
bool *key_flag(const Key *key, const void *object);
GPtrArray **key_list(const Key *key, const void *object);

/* What KEY, a text of any kind but the secrets, holds when TEXT is written in a file in DIRECTORY.
 * NULL and DEPESCHE_ERROR_SETUP with the reason when it may not hold that. */
char *key_resolve(const Key *key, const char *text, const char *directory, GError **error);

/* A struct of TABLE with all defaults; lists are empty. */
void *key_object_new(const KeyTable *table, const char *directory);
void key_object_free(const KeyTable *table, void *object);

/* A part of the configuration and where the file sets it. */
typedef struct {
    const void *begin; /* a field or a struct */
    size_t size;
    unsigned line; /* 0: the whole file */
    char *key;     /* "newsletters.morgen.from" */
    char *text;    /* "depesche.conf:12: newsletters.morgen.from"; NULL: nobody has asked yet */
} Place;

void place_free(Place *place);

/* Fills CONFIG, which has its defaults, from the file config->path. False when PROBLEMS got a line,
 * and with ERROR set when the file could not be read at all. */
bool reader_fill(Config *config, GPtrArray *problems, GError **error);
