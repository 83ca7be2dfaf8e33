/* entity.h - the names that HTML has for characters. */
#pragma once

#include <glib.h>

/* The character that "&NAME;" stands for, with regard to case; 0 when HTML knows no such name. */
gunichar entity_find(const char *name);
