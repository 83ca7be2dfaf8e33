/* schema-internal.h - the texts of schema/NNN.sql in their order, made part of the program by the
 * build (src/CMakeLists.txt). */
#pragma once

extern const char *const schema_migrations[];
extern const int schema_count;
