/* SPDX-License-Identifier: Apache-2.0 */
/*
 * language.h - what people read, in the language of their terminal
 *
 * English stands in the code, where it is said: printf(speak("%s is no folder"), path). The tables
 * of this folder hold the Chinese of each sentence; tests/cli/sentences.py finds what they lack.
 * gettext would want a locale of Chinese installed, which a fresh Debian or a container has not.
 */
#pragma once

#include <stdbool.h>

/* From LC_ALL, LC_MESSAGES or LANG: "zh_CN.UTF-8" and its like are Chinese, all else is English. */
bool language_is_chinese(void);

/* What is written for machines is English. For the whole program, before anything is said. */
void language_use_english(void);

/* The same in the language of the terminal: a constant, or english itself where there is no other.
 * A format keeps its conversions; where their order differs they are numbered ("%2$s"). */
const char *speak(const char *english) __attribute__((format_arg(1)));

/* Marks a text of a table that is given to speak when it is said. */
#define SPOKEN(english) english

/* What a rule of a refusal says in Chinese ("unique_in_street"); NULL in English, and for a rule
 * that nobody wrote down. */
const char *speak_rule(const char *rule);

/* What the number is that a rule names ("rival"), in the language of the terminal; a key that
 * nobody wrote down is itself. */
const char *speak_param(const char *key);

/* ---- the tables, each ends with a zero row ---- */

struct sentence {
    const char *english, *chinese;
};
extern const struct sentence sentences_of_help[], sentences_said[], sentences_of_rules[],
    sentences_of_params[];
