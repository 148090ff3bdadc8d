/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_form.h - the forms that text is put into before it is checked, stored and compared
 *
 * Text that is shown stays as it was written, in NFC; text is compared by a key. Invisible
 * characters are those that Unicode calls Default_Ignorable or format characters (Cf), and the
 * empty Braille pattern U+2800. A text in which nothing can be seen (no letter, digit, sign or
 * symbol) is "" in every form.
 *
 * text is valid UTF-8. A form returns text itself when nothing changes, else a copy under parent;
 * of its own result it makes the same again. Any thread.
 */
#pragma once

/* One line, as names and titles are: invisible characters go, line ends, tabs and special spaces
 * become plain spaces, a run of them one; U+3000 stays. Trimmed. */
char *text_line(const void *parent, char *text);

/* Text of several lines: line ends become LF. Joiners and the like stay, since scripts and emoji
 * need them. Trimmed. */
char *text_lines(const void *parent, char *text);

/* A code, day or number: as text_line, but NFKC, so that full-width digits are digits. */
char *text_code(const void *parent, char *text);

/* Makes the key by which names are equal and are searched: as text_line, but NFKC, case-folded,
 * and every run of white space is one space. Returns a new text under parent of at most
 * TEXT_KEY_BYTES: as much as an index holds, and more than 120 characters ever fold to. */
char *text_key(const void *parent, const char *text);
enum { TEXT_KEY_BYTES = 2000 };
