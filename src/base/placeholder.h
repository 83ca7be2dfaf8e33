/* placeholder.h - marks in a rendition that stand for one person's own words.
 *
 * A rendition is made once for everybody with the same selection. What differs by person is left
 * open by a mark, which the stencil (mail/stencil.h) fills. A mark is U+FDD0, one letter, U+FDD1:
 * noncharacters, which text_repair() takes out of everything that comes from outside, so that no
 * feed can forge one.                                                                            */
#pragma once

#define PLACEHOLDER_OPEN  "\xEF\xB7\x90" /* U+FDD0 */
#define PLACEHOLDER_CLOSE "\xEF\xB7\x91" /* U+FDD1 */

#define PLACEHOLDER_NAME        PLACEHOLDER_OPEN "n" PLACEHOLDER_CLOSE /* display name, escaped */
#define PLACEHOLDER_ADDRESS     PLACEHOLDER_OPEN "a" PLACEHOLDER_CLOSE /* address, escaped */
#define PLACEHOLDER_UNSUBSCRIBE PLACEHOLDER_OPEN "u" PLACEHOLDER_CLOSE /* URL of the visible link */
#define PLACEHOLDER_PREFERENCES PLACEHOLDER_OPEN "p" PLACEHOLDER_CLOSE /* URL of the choices */
#define PLACEHOLDER_PAUSE       PLACEHOLDER_OPEN "s" PLACEHOLDER_CLOSE /* mailto: URL that pauses */
