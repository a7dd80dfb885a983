// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/detect/files.h"

namespace milter_manager::detect {

// A value, and where it was said.
struct Setting {
  std::string text;
  std::string file;  // as Files has it
  int line = 0;
};

// The variables that a shell script sets, found by reading it: nothing in it is ever run.
//
//   Shell shell(files);
//   shell.read_script("/etc/init.d/spamass-milter");   // and /etc/default/spamass-milter, where the script reads it
//   shell.find("SOCKET")->text
//
// Tests of files ([ -x /usr/sbin/postfix ]) and of variables ([ -z "$SOCKET" ]) are decided; what stands behind any other
// condition sets only variables that are empty. Values that a command would give (`…`, $(…)) count as not set; $NAME of a
// variable that isn't known, and $1, stay as they are.
class Shell {
 public:
  explicit Shell(Files& files) : files_(files) {}

  // False if it can't be read. `.` reads files of /etc/default and /etc/sysconfig in place; load_rc_config NAME is load_rc(NAME).
  bool read_script(const std::string& path) { return read(path, false); }
  // A file that should only have assignments: what can't be taken there is warned of.
  bool read_settings(const std::string& path) { return read(path, true); }

  std::vector<std::string> rc_files;
  std::vector<std::string> rc_folders;
  // Reads the files, then NAME of each of the folders, or all files of it where it is a folder itself; what has been read already stays.
  void load_rc(const std::string& name);
  // Whether read_script() came to it, or to such a file by `.`.
  bool has_read(const std::string& path) const;

  void set(const std::string& name, Setting value);
  const Setting* find(const std::string& name) const;
  // nullopt: unset, empty, or begins with $.
  std::optional<Setting> value(const std::string& name) const;
  std::string expanded(std::string_view text);

 private:
  enum class Answer : unsigned char { no, maybe, yes };
  static Answer opposite(Answer answer) {
    return static_cast<Answer>(2 - static_cast<unsigned char>(answer));
  }
  struct Frame {
    Answer outer;   // whether the whole statement is run
    Answer branch;  // whether this part of it is
    Answer taken;   // whether one before it was
  };
  struct Command {
    char before;  // what stands before it: ';', '&' for &&, '|' for ||, '-' for a pipe
    std::string text;
  };
  struct Word {
    std::string text;
    std::size_t end = 0;
    bool runs_command = false;
  };

  static std::vector<Command> commands_of(std::string_view line);
  bool read(const std::string& path, bool settings);
  void run_line(std::string_view line);
  void run(const Command& command);
  bool run_keyword(std::string_view& text);
  Answer run_simple(std::string_view text, Answer active);
  Answer test(const std::vector<std::string>& words) const;
  Answer test_one(std::vector<std::string> words) const;
  Answer decided(const std::vector<std::string>& words) const;
  bool source(const std::string& path);
  void assign(const std::string& name, std::string_view rest, std::size_t& end, Answer active);
  Word word(std::string_view text, std::size_t from, bool whole, int depth = 0);
  void expand_braces(std::string_view inner, Word& into, int depth);
  std::vector<std::string> words_of(std::string_view text);
  Answer active() const;

  Files& files_;
  std::map<std::string, Setting> variables_;
  std::vector<std::string> been_read_;
  std::vector<Frame> frames_;
  Answer status_ = Answer::maybe;  // of the command before
  std::string file_;
  int line_ = 0;
  bool settings_ = false;
  bool function_begins_ = false;  // its name has been read, its brace has not
  int depth_ = 0;
};

}  // namespace milter_manager::detect
