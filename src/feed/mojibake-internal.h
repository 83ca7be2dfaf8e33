/* mojibake-internal.h - "GrÃ¶ÃŸe": text that was made UTF-8 twice. */
#pragma once

/* TEXT (taken over, NULL gives NULL) as it was before it was read as Windows-1252 and encoded once
 * more. Only when all of it tells the same story: where one letter is not part of such a pair, and
 * for pairs that real text has ("CAFÉ" before a no-break space), it stays as it is. */
char *mojibake_take(char *text);
