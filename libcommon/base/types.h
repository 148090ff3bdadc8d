/* SPDX-License-Identifier: Apache-2.0 */
/* types.h - every message and service of the contract, listed by the build (proto/generate) */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

extern const ProtobufCMessageDescriptor *const types_messages[]; /* ends with NULL */
extern const ProtobufCMessageDescriptor *const types_events[];   /* those of events.proto files */
extern const ProtobufCServiceDescriptor *const types_services[]; /* ends with NULL */

/* By full name, "jusha.registry.v1.Unit"; NULL if there is none. */
const ProtobufCMessageDescriptor *types_message(const char *full_name);

/* By full name "jusha.registry.v1.RegistryService/RegisterUnit"; NULL if there is none. ret_service
 * may be NULL. */
const ProtobufCMethodDescriptor *types_method(const char *full_name,
                                              const ProtobufCServiceDescriptor **ret_service);

/* Where a message of this type holds what nobody but its receiver may know: the name of the first
 * such field, which the contract ends in "_secret", at any depth. NULL: it holds none. */
const char *types_secret(const ProtobufCMessageDescriptor *type);

/* Name of an enum value without its type's prefix: "BANK" for UNIT_KIND_BANK; NULL if unknown. */
const char *types_enum_name(const ProtobufCEnumDescriptor *type, int value);
/* The value of a name with or without the prefix; -1 if unknown. */
int types_enum_value(const ProtobufCEnumDescriptor *type, const char *name);
