/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encoding.h - a file's bytes as UTF-8, judged as a whole
 *
 * Excel of a Chinese machine saves CSV in GB18030 and says so nowhere. A few characters of it may
 * be well-formed UTF-8 ("郑伟" is "֣ΰ"), so what one cell could be says nothing: the whole file is
 * one or the other, and where both could be and only GB18030 gives Chinese, a person has to say
 * which.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum encoding { ENCODING_UNKNOWN, ENCODING_UTF_8, ENCODING_GB18030 };

/* "utf-8", "gb18030", "gbk", "gb2312" in any case; UNKNOWN for anything else. */
enum encoding encoding_of(const char *name);

/* The file in UTF-8 without a byte-order mark, under parent (or *ret is data itself). A mark, of
 * UTF-8 or UTF-16, counts more than `encoding`. False: *ret_fault, a constant, says what is wrong,
 * *ret_line where (0: the file as a whole). */
bool encoding_decode(const void *parent, char *data, size_t size, enum encoding encoding,
                     char **ret, size_t *ret_size, size_t *ret_line, const char **ret_fault);
