// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/report_rules.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/maillog/ascii.h"
#include "core/maillog/authentication_results.h"
#include "core/maillog/report_rule_file.h"

namespace milter_manager::maillog {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAuthenticationResults = "authentication-results";

void add_hit(std::size_t key, std::vector<ReportHit>& hits) {
  const auto found =
      std::find_if(hits.begin(), hits.end(), [&](const ReportHit& hit) { return hit.key == key; });
  if (found == hits.end()) {
    hits.push_back({static_cast<std::uint16_t>(key), 1});
  } else if (found->count < UINT16_MAX) {
    ++found->count;
  }
}

// Where the first line break is; the end where there is none.
std::size_t end_of_line(std::string_view value) {
  const std::string_view line = value.substr(0, value.find('\n'));
  return std::min(line.find('\r'), line.size());
}

// A line break and the white space behind it are one blank, as in newer logs.
std::string unfolded(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    const std::size_t end = end_of_line(value);
    out += value.substr(0, end);
    if (end < value.size()) out += ' ';
    value.remove_prefix(skip_space(value, end));
  }
  return out;
}

// What a pattern's matches end with, where that is plain to see: looking for it first spares most headers the
// automaton. Case does not count, as in patterns.
class Ending {
 public:
  explicit Ending(std::string_view pattern) {
    if (pattern.find('|') != std::string_view::npos || pattern.find("\\Q") != std::string_view::npos) return;
    for (std::size_t at = 0; (at = pattern.find("(?", at)) != std::string_view::npos; at += 2) {
      if (pattern.substr(at, 3) != "(?:") return;
    }
    std::size_t begin = pattern.size();
    while (begin > 0 && (is_letter(pattern[begin - 1]) || pattern[begin - 1] == '_')) --begin;
    // An escape's letters may go on into the text.
    if (begin > 0 && pattern[begin - 1] == '\\') return;
    text_ = pattern.substr(begin);
    anchor_ = text_.find('_');
  }

  // False: the pattern can't match. True: it may.
  bool may_match(std::string_view value) const {
    if (anchor_ == std::string_view::npos) return true;
    for (std::size_t at = anchor_; (at = value.find('_', at)) != std::string_view::npos; ++at) {
      const std::string_view here = value.substr(at - anchor_, text_.size());
      if (std::equal(here.begin(), here.end(), text_.begin(), text_.end(),
                     [](char one, char other) { return lower(one) == lower(other); })) {
        return true;
      }
    }
    return false;
  }

 private:
  static bool is_letter(char byte) { return lower(byte) >= 'a' && lower(byte) <= 'z'; }

  std::string_view text_;
  std::size_t anchor_ = std::string_view::npos;  // of the first byte that has no case
};

// All patterns for one header's value.
class ValueMatcher {
 public:
  void add(Pattern pattern, std::size_t key) {
    const Ending ending(pattern->pattern());
    patterns_.push_back({std::move(pattern), ending, key});
  }
  bool empty() const { return patterns_.empty(); }

  // From some patterns on one pass for all of them is faster than one for each.
  void compile() {
    constexpr std::size_t kFew = 4;
    if (patterns_.size() <= kFew) return;
    auto set = std::make_unique<RE2::Set>(patterns_.front().pattern->options(), RE2::UNANCHORED);
    for (const Entry& entry : patterns_) {
      if (set->Add(entry.pattern->pattern(), nullptr) < 0) return;
    }
    if (set->Compile()) set_ = std::move(set);
  }

  void match(std::string_view value, std::vector<ReportHit>& hits) const {
    const std::string straight = end_of_line(value) < value.size() ? unfolded(value) : std::string();
    const std::string_view line = straight.empty() ? value : straight;
    const re2::StringPiece text(line);
    std::vector<std::size_t> keys;
    if (set_) {
      std::vector<int> found;
      RE2::Set::ErrorInfo error{};
      if (set_->Match(text, &found, &error)) {
        for (const int index : found) keys.push_back(patterns_[static_cast<std::size_t>(index)].key);
        return count(keys, hits);
      }
      // A set gives up where it would need too much memory; a pattern of its own does not.
      if (error.kind == RE2::Set::kNoError) return;
    }
    for (const Entry& entry : patterns_) {
      if (entry.ending.may_match(line) && RE2::PartialMatch(text, *entry.pattern)) keys.push_back(entry.key);
    }
    count(keys, hits);
  }

 private:
  struct Entry {
    Pattern pattern;
    Ending ending;  // it looks into the pattern
    std::size_t key;
  };

  // A header counts once for a key, however many of its patterns match.
  static void count(std::vector<std::size_t>& keys, std::vector<ReportHit>& hits) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const std::size_t key : keys) add_hit(key, hits);
  }

  std::vector<Entry> patterns_;
  std::unique_ptr<RE2::Set> set_;
};

// The method is that of the match.
bool matches(const ResultMatch& match, const AuthenticationResult& result) {
  if (std::none_of(match.results.begin(), match.results.end(),
                   [&](const std::string& word) { return same_word(result.result, word); })) {
    return false;
  }
  if (match.property.empty()) return true;
  const auto property = property_of(result, match.property);
  return property && RE2::PartialMatch(unfolded(*property), *match.pattern);
}

Result<std::string> read_file(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
  if (!file) return failure(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  std::string text(ReportRules::kLargestFile + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0)
    return failure(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  if (text.size() > ReportRules::kLargestFile)
    return failure(fmt::format("{} is too large for report rules", path));
  return text;
}

// The file, or a folder's files.
Result<std::vector<std::string>> files_of(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".toml") files.push_back(entry->path().string());
  }
  if (error) return failure(fmt::format("{} cannot be read: {}", path, error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

struct ReportRules::Compiled {
  struct Header {
    std::string name;  // in lower case
    ValueMatcher values;
  };
  struct Method {
    std::string name;                                          // in lower case
    std::vector<std::pair<ResultMatch, std::size_t>> matches;  // with their keys
  };

  Compiled() : keys(kReportKeys) {
    for (std::size_t i = 0; i < kReportKeys; ++i) {
      keys[i].name = keys[i].label = keys[i].graph = report_key_name(static_cast<ReportKey>(i));
    }
  }

  explicit Compiled(ReportRuleTable&& table) : Compiled() {
    std::vector<ReportRule*> rules;
    for (auto& [name, rule] : table) rules.push_back(&rule);
    std::sort(rules.begin(), rules.end(),
              [](const ReportRule* a, const ReportRule* b) { return a->place < b->place; });
    for (ReportRule* const rule : rules) {
      std::size_t key = report_key_number(rule->info.name);
      if (key == kReportKeys) {
        key = keys.size();
        keys.emplace_back();
      }
      for (const HeaderMatch& match : rule->headers) {
        for (const std::string& header : match.headers)
          element_named(header, headers).values.add(match.pattern, key);
      }
      for (ResultMatch& match : rule->results) {
        auto& matches = element_named(match.method, methods).matches;
        matches.emplace_back(std::move(match), key);
      }
      keys[key] = std::move(rule->info);
    }
    if (!methods.empty()) element_named(kAuthenticationResults, headers);
    for (Header& header : headers) {
      header.values.compile();
      longest = std::max(longest, header.name.size());
    }
    std::sort(headers.begin(), headers.end(),
              [](const Header& a, const Header& b) { return a.name.size() < b.name.size(); });
  }

  template <typename Element>
  static Element& element_named(std::string_view name, std::vector<Element>& elements) {
    const auto found = std::find_if(elements.begin(), elements.end(),
                                    [&](const Element& element) { return element.name == name; });
    if (found != elements.end()) return *found;
    elements.push_back({std::string(name), {}});
    return elements.back();
  }

  const Header* find_header(std::string_view name) const {
    if (name.size() > longest) return nullptr;
    for (const Header& header : headers) {
      if (same_word(name, header.name)) return &header;
    }
    return nullptr;
  }

  std::vector<ReportKeyInfo> keys;
  std::vector<Header> headers;  // the shortest names first
  std::vector<Method> methods;
  std::size_t longest = 0;
};

ReportRules::ReportRules() : compiled_(std::make_unique<Compiled>()) {}
ReportRules::ReportRules(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
ReportRules::ReportRules(ReportRules&&) noexcept = default;
ReportRules& ReportRules::operator=(ReportRules&&) noexcept = default;
ReportRules::~ReportRules() = default;

Result<ReportRules> ReportRules::compile(std::map<std::string, ReportRule, std::less<>>&& table,
                                         std::vector<std::string>&& faults) {
  constexpr std::size_t kShown = 20;
  if (table.size() > kMaximumKeys)
    faults.push_back(fmt::format("there are more than {} report keys", kMaximumKeys));
  if (faults.size() > kShown) {
    faults.resize(kShown);
    faults.emplace_back("… and so on");
  }
  if (!faults.empty()) return failure(fmt::format("{}", fmt::join(faults, "\n")));
  return ReportRules(std::make_unique<Compiled>(std::move(table)));
}

Result<ReportRules> ReportRules::load(std::span<const std::string> paths) {
  ReportRuleTable table;
  std::vector<std::string> faults;
  for (const std::string& path : paths) {
    const auto files = files_of(path);
    if (!files) {
      faults.push_back(files.error().message);
      continue;
    }
    if (files->empty()) faults.push_back(fmt::format("{} holds no *.toml", path));
    for (const std::string& file : *files) {
      if (const auto text = read_file(file)) {
        read_report_rules(*text, file, table, faults);
      } else {
        faults.push_back(text.error().message);
      }
    }
  }
  return compile(std::move(table), std::move(faults));
}

Result<ReportRules> ReportRules::parse(std::string_view text, std::string_view name) {
  ReportRuleTable table;
  std::vector<std::string> faults;
  read_report_rules(text, name, table, faults);
  return compile(std::move(table), std::move(faults));
}

const std::vector<ReportKeyInfo>& ReportRules::keys() const { return compiled_->keys; }

const ReportKeyInfo* ReportRules::find(std::string_view key) const {
  const auto& keys = compiled_->keys;
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const ReportKeyInfo& info) { return info.name == key; });
  return found == keys.end() ? nullptr : &*found;
}

void ReportRules::match(std::string_view header, std::string_view value, std::vector<ReportHit>& hits) const {
  hits.clear();
  const Compiled::Header* const rules = compiled_->find_header(header);
  if (rules == nullptr) return;
  if (!rules->values.empty()) rules->values.match(value, hits);
  if (rules->name != kAuthenticationResults) return;
  AuthenticationResults results(value);
  while (const auto result = results.next()) {
    for (const Compiled::Method& method : compiled_->methods) {
      if (!same_word(result->method, method.name)) continue;
      for (const auto& [match, key] : method.matches) {
        if (matches(match, *result)) add_hit(key, hits);
      }
    }
  }
}

}  // namespace milter_manager::maillog
