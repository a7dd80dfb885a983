// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/launcher/shell_words.h"

#include <fmt/format.h>

namespace milter_manager::launcher {
namespace {

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  Result<std::vector<std::string>> run() {
    while (at_ < text_.size()) {
      const char byte = text_[at_++];
      if (byte == ' ' || byte == '\t' || byte == '\n') {
        end_word();
      } else if (byte == '#' && !in_word_) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (byte == '\'' || byte == '"') {
        in_word_ = true;
        if (!take_quoted(byte)) return failure(fmt::format("the quote {} is not closed", byte));
      } else if (byte == '\\') {
        if (at_ == text_.size()) return failure("a backslash stands at the end");
        if (text_[at_] != '\n') add(text_[at_]);
        ++at_;
      } else {
        add(byte);
      }
    }
    end_word();
    return std::move(words_);
  }

 private:
  bool take_quoted(char quote) {
    while (at_ < text_.size()) {
      char byte = text_[at_++];
      if (byte == quote) return true;
      if (quote == '"' && byte == '\\' && at_ < text_.size()) {
        const char next = text_[at_];
        if (next == '\n') {
          ++at_;
          continue;
        }
        if (std::string_view("\"\\$`").find(next) != std::string_view::npos) {
          byte = next;
          ++at_;
        }
      }
      add(byte);
    }
    return false;
  }

  void add(char byte) {
    in_word_ = true;
    word_ += byte;
  }
  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  bool in_word_ = false;
  std::string word_;
  std::vector<std::string> words_;
};

}  // namespace

Result<std::vector<std::string>> split(std::string_view command_line) {
  if (command_line.find('\0') != std::string_view::npos) return failure("a NUL byte is in it");
  return Splitter(command_line).run();
}

}  // namespace milter_manager::launcher
