// SPDX-License-Identifier: GPL-3.0-or-later
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdio>

#include "test/ruby/shared_interpreter.h"

namespace {

std::unique_ptr<milter_manager::ruby::Interpreter> interpreter;
std::vector<std::string> logged;

}  // namespace

milter_manager::ruby::Interpreter& shared_interpreter() { return *interpreter; }
std::vector<std::string>& log_of_interpreter() { return logged; }

int main(int argc, char** argv) {
  void* frame = nullptr;
  auto booted = milter_manager::ruby::Interpreter::boot(
      &frame, {PROJECT_ROOT "/share/ruby", "/opt/mail", [](std::string_view level, std::string_view text) {
                 logged.push_back(std::string(level) + ": " + std::string(text));
               }});
  if (!booted) {
    std::fprintf(stderr, "%s\n", booted.error().message.c_str());
    return 1;
  }
  interpreter = std::move(*booted);
  const int result = Catch::Session().run(argc, argv);
  interpreter.reset();
  return result;
}
