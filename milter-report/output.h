// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/result.h"
#include "milter-report/document.h"
#include "milter-report/render.h"

namespace CLI {
class App;
}

namespace milter_manager::report {

// How a document looks: --json, --csv, --html, --table.
class OutputOptions {
 public:
  void declare(CLI::App& app);
  // Renders it and writes it to standard output. Error: there is no such table, or it could not be written.
  Result<void> put(const Document& document, double now) const;

 private:
  bool json_ = false, csv_ = false, html_ = false;
  std::string table_;
};

// Writes to standard output, to the end. What was asked for is worth nothing if it is lost.
Result<void> put_out(std::string_view text);

}  // namespace milter_manager::report
