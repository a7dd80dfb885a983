// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/launcher/message.h"

#include <array>

#include "core/net/frame.h"

namespace milter_manager::launcher {
namespace {

constexpr std::array<std::string_view, 3> kRequests = {"allow", "sealed", "launch"};
constexpr std::array<std::string_view, 6> kReports = {"success", "failure",   "error",
                                                      "output",  "complaint", "ended"};

std::string framed(std::string_view name, std::initializer_list<std::string_view> parts) {
  std::string content(name);
  content += '\0';
  bool first = true;
  for (const std::string_view part : parts) {
    if (!first) content += '\0';
    first = false;
    content += part;
  }
  std::string out;
  net::append_frame(content, out);
  return out;
}

// Up to the next NUL, which must be there; what is behind it stays in `rest`.
Result<std::string_view> take_part(std::string_view& rest) {
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return failure("a part isn't terminated by NUL");
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return part;
}

template <std::size_t N>
Result<std::size_t> take_name(std::string_view& rest, const std::array<std::string_view, N>& names) {
  const auto name = take_part(rest);
  if (!name) return tl::unexpected(name.error());
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == *name) return i;
  }
  return failure("unexpected command was received");
}

}  // namespace

std::string encode(const Request& request) {
  const std::string_view name = kRequests[static_cast<std::size_t>(request.kind)];
  return request.kind == ToLauncher::sealed ? framed(name, {})
                                            : framed(name, {request.command.line, request.command.user});
}

std::string encode(const Report& report) {
  const std::string_view name = kReports[static_cast<std::size_t>(report.kind)];
  if (report.kind == FromLauncher::success) return framed(name, {});
  return report.kind < FromLauncher::output ? framed(name, {report.text})
                                            : framed(name, {report.line, report.text});
}

Result<Request> decode_request(std::string_view content) {
  const auto index = take_name(content, kRequests);
  if (!index) return tl::unexpected(index.error());
  Request request;
  request.kind = static_cast<ToLauncher>(*index);
  if (request.kind == ToLauncher::sealed) {
    if (!content.empty()) return failure("sealed has needless data");
    return request;
  }
  const auto line = take_part(content);
  if (!line) return tl::unexpected(line.error());
  if (content.find('\0') != std::string_view::npos) return failure("a user's name has a NUL byte");
  request.command = {std::string(*line), std::string(content)};
  return request;
}

Result<Report> decode_report(std::string_view content) {
  const auto index = take_name(content, kReports);
  if (!index) return tl::unexpected(index.error());
  Report report;
  report.kind = static_cast<FromLauncher>(*index);
  if (report.kind >= FromLauncher::output) {
    const auto line = take_part(content);
    if (!line) return tl::unexpected(line.error());
    report.line = std::string(*line);
  }
  report.text = std::string(content);
  return report;
}

}  // namespace milter_manager::launcher
