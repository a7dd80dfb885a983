// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/detect/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/detect/shell_text.h"

namespace milter_manager::detect {
namespace {

constexpr int kMaxDepth = 8;                 // of files that read each other
constexpr std::size_t kMaxVariables = 4096;  // of one script
constexpr std::size_t kMaxFiles = 32;

// Takes `keyword` and the space behind it from the beginning.
bool take_keyword(std::string_view& text, std::string_view keyword) {
  if (text.substr(0, keyword.size()) != keyword) return false;
  if (text.size() > keyword.size() && !is_space(text[keyword.size()])) return false;
  text = trimmed(text.substr(keyword.size()));
  return true;
}

bool take_any(std::string_view& text, std::initializer_list<std::string_view> keywords) {
  return std::any_of(keywords.begin(), keywords.end(),
                     [&](std::string_view keyword) { return take_keyword(text, keyword); });
}

// "start)" of a case, "usage() {" of a function: whether it begins a function.
bool drop_pattern(std::string_view& text) {
  const std::size_t close = text.find(')');
  if (close == std::string_view::npos) return false;
  const std::string_view head = text.substr(0, close);
  if (head.find_first_of("\"'`$={") != std::string_view::npos) return false;
  const bool function = !head.empty() && head.back() == '(' && head.size() > 1;
  if (!function && head.find_first_of(" \t[") != std::string_view::npos &&
      head.find('|') == std::string_view::npos)
    return false;
  text = trimmed(text.substr(close + 1));
  return function;
}

}  // namespace

bool Shell::has_read(const std::string& path) const {
  return std::find(been_read_.begin(), been_read_.end(), path) != been_read_.end();
}

void Shell::set(const std::string& name, Setting value) {
  const auto found = variables_.find(name);
  if (found != variables_.end()) {
    found->second = std::move(value);
  } else if (variables_.size() < kMaxVariables) {
    variables_.emplace(name, std::move(value));
  }
}

const Setting* Shell::find(const std::string& name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

std::optional<Setting> Shell::value(const std::string& name) const {
  const Setting* setting = find(name);
  if (!setting || trimmed(setting->text).empty() || setting->text.front() == '$') return std::nullopt;
  return *setting;
}

Shell::Answer Shell::active() const {
  return frames_.empty() ? Answer::yes : std::min(frames_.back().outer, frames_.back().branch);
}

bool Shell::read(const std::string& path, bool settings) {
  if (depth_ >= kMaxDepth || been_read_.size() >= kMaxFiles) {
    files_.warn(path, 0, "is not looked at: too many files read each other");
    return false;
  }
  const auto text = files_.read(path);
  if (!text) return false;
  been_read_.push_back(path);
  const std::string outer_file = std::exchange(file_, path);
  const int outer_line = std::exchange(line_, 0);
  const bool outer_settings = std::exchange(settings_, settings);
  const Answer outer = active();
  std::vector<Frame> outer_frames = std::exchange(frames_, {Frame{outer, Answer::yes, Answer::no}});
  ++depth_;
  LogicalLines lines(*text);
  while (const auto line = lines.next()) {
    line_ = line->number;
    if (line->open_quote && settings_) files_.warn(file_, line_, "a quotation mark is not closed");
    run_line(line->text);
  }
  --depth_;
  frames_ = std::move(outer_frames);
  settings_ = outer_settings;
  line_ = outer_line;
  file_ = outer_file;
  return true;
}

void Shell::load_rc(const std::string& name) {
  const auto read_once = [&](const std::string& path) {
    if (!has_read(path)) read(path, true);
  };
  for (const std::string& file : rc_files) read_once(file);
  if (name.empty() || name.front() == '.' || name.find_first_of("/$") != std::string::npos) return;
  for (const std::string& folder : rc_folders) {
    const std::string path = folder + "/" + name;
    const std::vector<std::string> names = files_.names_in(path);
    if (names.empty()) read_once(path);
    for (const std::string& file : names) read_once(path + "/" + file);
  }
}

bool Shell::source(const std::string& path) {
  for (const std::string_view folder : {"/etc/default/", "/etc/sysconfig/", "/etc/rc.conf"}) {
    if (path.substr(0, folder.size()) == folder && path.find("/../") == std::string::npos)
      return files_.is_file(path) && read(path, true);
  }
  return false;  // a library of functions: it has nothing to tell
}

void Shell::run_line(std::string_view line) {
  for (const Command& command : commands_of(line)) run(command);
}

// Whether the text is used up: it opened, turned or closed a statement.
bool Shell::run_keyword(std::string_view& text) {
  const Answer outer = active();
  if (take_keyword(text, "if")) {
    frames_.push_back({outer, Answer::yes, Answer::no});
  } else if (text.substr(0, 5) == "case " || take_any(text, {"for", "while", "until"})) {
    frames_.push_back({outer, Answer::maybe, Answer::no});
    return true;
  } else if (frames_.size() > 1) {
    Frame& frame = frames_.back();
    if (take_keyword(text, "then")) {
      frame.branch = std::min(opposite(frame.taken), status_);
      frame.taken = std::max(frame.taken, status_);
    } else if (take_any(text, {"elif", "else"})) {
      frame.branch = opposite(frame.taken);
    } else if (take_any(text, {"fi", "esac", "done", "}"})) {
      frames_.pop_back();
      status_ = Answer::maybe;
      return true;
    }
  }
  take_keyword(text, "do");
  // What a function sets is set only where somebody calls it.
  if (drop_pattern(text)) function_begins_ = true;
  if (text.empty()) return true;
  const bool function = std::exchange(function_begins_, false);
  if (take_keyword(text, "{")) {
    frames_.push_back({active(), function ? Answer::maybe : Answer::yes, Answer::no});
  }
  return text.empty();
}

void Shell::run(const Command& command) {
  std::string_view text = trimmed(command.text);
  Answer chain = Answer::yes;
  if (command.before == '&') chain = status_;
  if (command.before == '|') chain = opposite(status_);
  if (command.before == '-') chain = Answer::no;
  if (run_keyword(text)) return;
  bool inverted = false;
  while (take_keyword(text, "!")) inverted = !inverted;
  Answer answer = run_simple(text, std::min(active(), chain));
  if (inverted) answer = opposite(answer);
  if (command.before == '&')
    status_ = std::min(status_, answer);
  else if (command.before == '|')
    status_ = std::max(status_, answer);
  else
    status_ = command.before == '-' ? Answer::maybe : answer;
}

void Shell::assign(const std::string& name, std::string_view rest, std::size_t& end, Answer active) {
  const Word value = word(rest, end, false);
  end = value.end;
  if (active == Answer::no) return;
  if (value.runs_command) {
    if (settings_) files_.warn(file_, line_, fmt::format("{} is not set: commands are not run", name));
    return;
  }
  // $1, $@: what is known only where it runs.
  const bool argument =
      value.text.size() == 2 && value.text[0] == '$' && name_length(value.text.substr(1)) == 0;
  if (argument) return;
  const Setting* old = find(name);
  if (active == Answer::maybe && old && !old->text.empty()) return;
  set(name, {value.text, file_, line_});
}

Shell::Answer Shell::run_simple(std::string_view text, Answer active) {
  take_any(text, {"export", "readonly", "local", "declare"});
  bool assigned = false;
  for (std::size_t name = name_length(text); name > 0 && name < text.size() && text[name] == '=';
       name = name_length(text)) {
    std::size_t end = name + 1;
    assign(std::string(text.substr(0, name)), text, end, active);
    text = trimmed(text.substr(end));
    assigned = true;
  }
  if (text.empty()) return assigned ? Answer::yes : Answer::maybe;
  if (active == Answer::no) return Answer::maybe;
  std::vector<std::string> words;
  if (text.substr(0, 2) == "[ " || text.substr(0, 5) == "test " || text.front() == '.' ||
      text.front() == ':' || text.substr(0, 7) == "source ") {
    words = words_of(text);
  } else if (take_keyword(text, "load_rc_config")) {
    const std::vector<std::string> arguments = words_of(text);
    load_rc(arguments.empty() ? "" : arguments.front());
    return Answer::yes;
  }
  if (words.empty()) return Answer::maybe;
  const std::string command = words.front();
  words.erase(words.begin());
  if (command == ":") return Answer::yes;
  if (command == "." || command == "source")
    return !words.empty() && source(words.front()) ? Answer::yes : Answer::no;
  if (command == "[") {
    if (words.empty() || words.back() != "]") return Answer::maybe;
    words.pop_back();
  } else if (command != "test") {
    return Answer::maybe;
  }
  return test(words);
}

Shell::Answer Shell::test(const std::vector<std::string>& words) const {
  Answer any = Answer::no;
  Answer all = Answer::yes;
  std::vector<std::string> one;
  for (const std::string& word : words) {
    if (word != "-a" && word != "-o") {
      one.push_back(word);
      continue;
    }
    all = std::min(all, test_one(std::exchange(one, {})));
    if (word == "-o") any = std::max(any, std::exchange(all, Answer::yes));
  }
  return std::max(any, std::min(all, test_one(std::move(one))));
}

Shell::Answer Shell::test_one(std::vector<std::string> words) const {
  const auto first = std::find_if(words.begin(), words.end(), [](const auto& word) { return word != "!"; });
  const bool inverted = (first - words.begin()) % 2 != 0;
  words.erase(words.begin(), first);
  return inverted ? opposite(decided(words)) : decided(words);
}

Shell::Answer Shell::decided(const std::vector<std::string>& words) const {
  const auto known = [](const std::string& text) { return text.find_first_of("$`") == std::string::npos; };
  const auto answer = [](bool yes) { return yes ? Answer::yes : Answer::no; };
  if (words.size() == 2) {
    const std::string& what = words[1];
    // Of a variable that no file sets, nothing but its being empty is known.
    if (words[0] == "-z") return answer(what.empty() || what.front() == '$');
    if (words[0] == "-n") return answer(!what.empty() && what.front() != '$');
    if (!known(what) || what.empty() || what.front() != '/') return Answer::maybe;
    if (words[0] == "-x") return answer(files_.is_executable(what));
    if (words[0] == "-f" || words[0] == "-r" || words[0] == "-s") return answer(files_.is_file(what));
    if (words[0] == "-e" || words[0] == "-d") return answer(files_.exists(what));
  }
  if (words.size() == 3 && known(words[0]) && known(words[2])) {
    if (words[1] == "=" || words[1] == "==") return answer(words[0] == words[2]);
    if (words[1] == "!=") return answer(words[0] != words[2]);
  }
  return Answer::maybe;
}

std::vector<Shell::Command> Shell::commands_of(std::string_view line) {
  std::vector<Command> commands{{';', {}}};
  Quoting quoting;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoting.plain(c)) {
      const bool twice = i + 1 < line.size() && line[i + 1] == c;
      if (c == ';' || ((c == '&' || c == '|') && twice) || c == '|') {
        commands.push_back({c == '|' && !twice ? '-' : c, {}});
        if (twice) ++i;
        continue;
      }
    }
    commands.back().text += c;
  }
  return commands;
}

}  // namespace milter_manager::detect
