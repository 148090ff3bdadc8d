/* SPDX-License-Identifier: Apache-2.0 */
/* free_ports.h - ports of 127.0.0.1 for one test program, so that two checkouts can test at once */
#pragma once

/* Cuts first..end-1 into ranges and returns the first port of one whose ports are all free. The
 * range is held by a socket on its last port until this process ends. Ends the program when none
 * gets free within 60 s. */
int free_ports(int first, int end, int range);
