#include "base/radix.h"

#include <string.h>
#include <glib.h>

#define DIGIT_BITS 8u
#define DIGITS     (1u << DIGIT_BITS)

static uint32_t
digit_at(uint32_t number, unsigned shift)
{
    return number >> shift & (DIGITS - 1);
}

/* Puts FROM, COUNT of them, into TO in the order of one digit; those that have the same keep theirs. */
static void
sort_by_digit(const uint32_t *from, uint32_t *to, size_t count, unsigned shift)
{
    size_t places[DIGITS] = { 0 }, place = 0;
    for (size_t i = 0; i < count; i++)
        places[digit_at(from[i], shift)]++;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        size_t with_digit = places[digit];
        places[digit] = place;
        place += with_digit;
    }
    for (size_t i = 0; i < count; i++)
        to[places[digit_at(from[i], shift)]++] = from[i];
}

/* From the lowest digit to the highest: each step keeps what the steps before have put in order. */
void
radix_sort(uint32_t *numbers, size_t count)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= numbers[i];
    g_autofree uint32_t *spare = g_new(uint32_t, count);
    uint32_t *from = numbers, *to = spare;
    for (unsigned shift = 0; shift < 32 && bits >> shift != 0; shift += DIGIT_BITS) {
        sort_by_digit(from, to, count, shift);
        uint32_t *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != numbers)
        memcpy(numbers, from, count * sizeof *numbers);
}
