/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_path.h - fields of a message in its JSON form, by their path in the contract
 *
 * A path is snake_case names joined by dots ("party_organisation.name"); keys are lowerCamelCase.
 */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

/* Borrowed; NULL if it is not set. */
json_t *json_path_get(const json_t *object, const char *path);

/* "" if it is not set or no text. */
const char *json_path_text(const json_t *object, const char *path);

/* Takes the reference; NULL unsets. Objects on the way are made when a value is set and dropped
 * when nothing is left in them: an empty message says nothing. */
void json_path_set(json_t *object, const char *path, json_t *value);

/* Drops members that are empty objects. */
void json_path_tidy(json_t *object);

/* "partyOrganisation" under parent. */
char *json_path_key(const void *parent, const char *field);

/* The field at the path's end; NULL if the type has none. */
const ProtobufCFieldDescriptor *json_path_field(const ProtobufCMessageDescriptor *type,
                                                const char *path);
