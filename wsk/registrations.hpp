/* SPDX-License-Identifier: GPL-2.0 */
/* The list of live registrations: for debugfs, and for drivers that leave without a word. */
#pragma once

#include "registration.hpp"

namespace wsk {

void registrations_start();
void registrations_stop();

void registrations_add(Registration &registration);
void registrations_remove(Registration &registration);
/* Is there such a registration? @registration is compared and not followed. */
bool registrations_has(const void *registration);

} /* namespace wsk */
