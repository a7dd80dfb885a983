// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <string_view>

// Living children of a process; zombies don't count.
std::set<pid_t> children_of(pid_t parent);
// What ps shows: the arguments with blanks between, and the short name.
std::string command_line_of(pid_t pid);
std::string name_of(pid_t pid);
// KiB of memory in use; how many descriptors are open.
long resident_of(pid_t pid);
std::size_t descriptors_of(pid_t pid);

// What sanitizers keep for themselves says nothing about the manager.
inline constexpr bool kSanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

// How often `part` stands in `text`.
std::size_t count(std::string_view text, std::string_view part);
