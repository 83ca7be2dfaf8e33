#include "jobs/newsletter.h"

bool
newsletter_rhythm(const NewsletterConfig *newsletter, Rhythm *rhythm, GError **error)
{
    return rhythm_parse_defaults(rhythm, newsletter->frequency, newsletter->day, newsletter->hour,
                                 newsletter->zone, NULL, error);
}

RhythmFrequency
newsletter_floor(const NewsletterConfig *newsletter)
{
    RhythmFrequency floor = RHYTHM_EACH;
    rhythm_frequency_find(newsletter->min_frequency, &floor);
    return floor;
}

Rhythm
newsletter_slowed(const NewsletterConfig *newsletter, const Rhythm *rhythm)
{
    Rhythm slowed = *rhythm;
    if (rhythm->frequency < newsletter_floor(newsletter))
        rhythm_parse(&slowed, newsletter->min_frequency, newsletter->day, newsletter->hour,
                     newsletter->zone, NULL, NULL);
    return slowed;
}
