/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phone.h - telephone numbers as people write and paste them, in the one form that is stored
 *
 *   written                                                   stored
 *   138 1234 5678, +86-138-1234-5678, 0086 13812345678        13812345678
 *   (0571)86910001, 0571 8691 0001, +86 571 86910001          0571-86910001
 *   0571-86910001转8012, … ext. 8012, …x8012, …-8012, …#8012  0571-86910001-8012
 *   86910001, 8691-0001                                       86910001 (the street's own area)
 *   12345, 95588, 0571-12345, 400-820-8820                    12345, 95588, 0571-12345, 4008208820
 *   +852 2123 4567, 00852 21234567                            +85221234567
 *
 * Any of them may have an extension of 1 to 6 digits. The longest form has PHONE_CHARS_MAX
 * characters. There is no library in C that knows them; only what is asked for is known here.
 */
#pragma once

enum { PHONE_CHARS_MAX = 23 };

/* The stored form, under parent; NULL if it is no telephone number, or more than one. text is as
 * text_code leaves it. A form that is stored is its own, and holds every digit but the country's
 * code and the 0 or 00 that only some places dial. */
char *phone_form(const void *parent, const char *text);

/* The text of a refusal; it follows the field's name. */
#define PHONE_FORMS                                                                                \
    "must be one number: a mobile (13812345678), a landline (0571-86910001, with an extension"     \
    " 0571-86910001-8012 or 转8012), a service number (12345, 400-820-8820) or one abroad"        \
    " (+852 2123 4567)"
