// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-report/output.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace milter_manager::report {

void OutputOptions::declare(CLI::App& app) {
  CLI::Option* const json = app.add_flag("--json", json_, "Write one JSON object.");
  CLI::Option* const csv = app.add_flag(
      "--csv", csv_, "Write one table as comma-separated values: the first, or that of --table.");
  CLI::Option* const html = app.add_flag("--html", html_, "Write one page, with nothing from elsewhere.");
  json->excludes(csv)->excludes(html);
  csv->excludes(html);
  app.add_option("--table", table_, "Only this table, by its name in --json; 'facts' are the single figures.")
      ->type_name("NAME");
}

Result<void> OutputOptions::put(const Document& document, double now) const {
  RenderOptions options;
  options.rendering = json_   ? Rendering::json
                      : csv_  ? Rendering::csv
                      : html_ ? Rendering::html
                              : Rendering::text;
  options.table = table_;
  options.made = now;
  const auto text = render(document, options);
  if (!text) return tl::unexpected(text.error());
  return put_out(*text);
}

Result<void> put_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return {};
  return failure(fmt::format("cannot write to standard output: {}", std::strerror(errno)));
}

}  // namespace milter_manager::report
