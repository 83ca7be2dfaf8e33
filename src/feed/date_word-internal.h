/* date_word-internal.h - the words in dates: months in many languages, and zones. */
#pragma once

#include <stdbool.h>

/* WORD is in small letters and without accents; "février" and "febr" are both 2. 0: no month. */
int date_word_month(const char *word);

/* The seconds east of UTC that zone WORD ("cest") stands for; false, nothing done, when unknown. */
bool date_word_zone(const char *word, int *offset);
