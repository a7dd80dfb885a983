// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace milter_manager::maillog {

// One result in an Authentication-Results header (RFC 8601, 2.2: "resinfo"). The views point into the header's
// value.
struct AuthenticationResult {
  std::string_view method;      // "dkim"; in any case
  std::string_view version;     // of the method: "1" in "dkim/1=pass"; "" where none is given
  std::string_view result;      // "pass"; in any case
  std::string_view comment;     // what stands in parentheses behind the result, without these; "" for none
  std::string_view properties;  // the rest up to the ";": for property_of()
};

// Reads the value of an Authentication-Results header, result by result:
//
//   AuthenticationResults results("mail; dkim=pass (2048-bit key) header.d=example.com; spf=none");
//   while (const auto one = results.next()) …         // dkim pass, spf none
//   results.server()                                  // "mail"
//
// Comments, nested or not, and folds may stand wherever RFC 5322 lets them; a ";" in a comment or in a quoted string
// divides nothing. "none" in place of results is no result. Milters and rsyslog's length limit write what the grammar
// does not allow: a piece between two ";" that is no result is passed over, and what is wrong behind the result costs
// nothing but itself. A comment or string without an end reaches to the end of the value.
// Cost: one pass, no allocation.
class AuthenticationResults {
 public:
  explicit AuthenticationResults(std::string_view value);

  // The authserv-id, in quotes if it was. Empty where the value begins with something else.
  std::string_view server() const { return server_; }

  std::optional<AuthenticationResult> next();

 private:
  std::string_view value_;
  std::string_view server_;
  std::size_t at_ = 0;  // behind the ";" that begins the next piece
};

// A result's property: "header.d" (names in lower case) or "reason", without quotes and escapes; "comment" is the
// comment of the result, which is none by the grammar. None where it has no such property; the first of several.
std::optional<std::string> property_of(const AuthenticationResult& result, std::string_view name);

}  // namespace milter_manager::maillog
