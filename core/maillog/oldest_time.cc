// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/oldest_time.h"

#include <algorithm>
#include <string>

#include "core/maillog/stream.h"
#include "core/maillog/view_source.h"

namespace milter_manager::maillog {

std::optional<double> oldest_time(ByteSource& source, double now) {
  constexpr std::size_t kGlance = 64 * 1024;
  std::string glance(kGlance, '\0');
  const auto size = source.read(glance.data(), glance.size());
  if (!size) return std::nullopt;
  Stream stream({"", now, 0}, [](const Record&) {});
  ViewSource beginning(std::string_view(glance).substr(0, *size));
  stream.read_on(beginning, "", Stream::LastLine::leave);
  std::optional<double> oldest;
  stream.hosts().for_each([&](const Host& host) {
    const auto time = host.clock.oldest();
    if (time) oldest = std::min(oldest.value_or(*time), *time);
  });
  return oldest;
}

}  // namespace milter_manager::maillog
