// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace milter_manager::condition {

// Options of a Ruby regular expression, as Regexp#options counts them.
inline constexpr int kRegexpIgnoreCase = 1;
inline constexpr int kRegexpExtended = 2;
inline constexpr int kRegexpMultiline = 4;  // "." matches a line end

// A Ruby regular expression as one of RE2 that matches the same subjects, of those that plain_subject() lets through;
// nullopt where that isn't certain:
//
//   translate_regexp(R"(\A[^.]*\d{5})", 0)  ->  R"(\A[^\.]*[0-9]{5})"
//   translate_regexp(R"(\p{Alpha}+)", 0)    ->  nullopt
//
// What may be translated is a list of constructs; everything else (look-around, back-references, \Z, POSIX brackets, …) is
// refused. Only whether it matches is kept, not what its groups hold. RE2 may still find the result too big.
// Cost: one pass. Groups nested too deeply are refused.
std::optional<std::string> translate_regexp(std::string_view source, int options);

// ASCII without "\n": where RE2 and Ruby agree on ^, $ and on letters without case.
bool plain_subject(std::string_view subject);

}  // namespace milter_manager::condition
