// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "milter-manager-log-analyzer/drawing/canvas.h"

namespace milter_manager::log_analyzer {

enum class Weight : std::uint8_t { normal, bold };

struct Type {
  int size;  // of the letters' square, in dots
  Weight weight = Weight::normal;
};

// Turns texts of any script into dots, in one line. Names in them may hold anything that is UTF-8: what turns the direction of
// writing ends with the text. What is not UTF-8 is shown as a box.
//
// The fonts are those of the system, "sans-serif": loading them costs some 20 ms once. Texts that were set are kept, so that
// the same one in the next picture costs nothing. One thread.
class Typesetter {
 public:
  Typesetter();
  Typesetter(const Typesetter&) = delete;
  ~Typesetter();

  // Longer texts than `longest` dots end with an ellipsis; 0: no limit. All masks of a type have the same height.
  // Valid until the next call.
  const Mask& set(std::string_view text, Type type, int longest = 0);

  // Whether the fonts have all letters of a text: what they have not is shown as a box.
  bool can_set(std::string_view text) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace milter_manager::log_analyzer
