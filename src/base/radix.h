/* radix.h - sorting many numbers, which takes a fraction of the time that comparing them does. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Sorts NUMBERS, COUNT of them, ascending; those that are equal keep no order, as there is none. Linear, and
 * the fewer steps the smaller the largest is. */
void radix_sort(uint32_t *numbers, size_t count);
