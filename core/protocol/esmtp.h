// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace milter_manager::protocol {

// "<User@Example.org>" and "User@Example.org" give "User@Example.org": what stands in the outermost angle
// brackets. Source routes ("<@a,@b:u@c>") lose the route (RFC 5321, appendix C). "<>" gives "".
std::string_view address_of(std::string_view path);

// "Example.org" of an address or path; "" where there is none ("<Postmaster>", "<>").
// The last "@" outside a quoted local part counts.
std::string_view domain_of(std::string_view path);

// One ESMTP argument (RFC 5321, 4.1.2): "SIZE=10" gives {"SIZE", "10"}; "SMTPUTF8" gives {"SMTPUTF8", ""}.
struct Parameter {
  std::string_view keyword;
  std::string_view value;
};
Parameter parse_parameter(std::string_view argument);

}  // namespace milter_manager::protocol
