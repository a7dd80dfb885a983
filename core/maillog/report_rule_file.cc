// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/report_rule_file.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <toml++/toml.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/maillog/ascii.h"

namespace milter_manager::maillog {
namespace {

constexpr std::string_view kReportKeyNames[] = {
    "spam",           "virus",          "uribl",          "greylisting_pass", "spf_pass",
    "spf_fail",       "sender_id_pass", "sender_id_fail", "dkim_pass",        "dkim_fail",
    "dkim_adsp_pass", "dkim_adsp_fail", "tarpitting_pass"};
static_assert(std::size(kReportKeyNames) == kReportKeys);

constexpr std::size_t kLongestKey = 24;
constexpr std::size_t kLongestLabel = 30;
constexpr std::size_t kLongestTitle = 60;
constexpr std::size_t kLongestWord = 200;  // header names, methods, results, properties

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// What stands in a legend or title: nothing that RRDtool takes for an order.
bool is_shown_text(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && std::none_of(text.begin(), text.end(), [](char byte) {
    return static_cast<unsigned char>(byte) < ' ' || byte == '\x7f' || byte == '\\';
  });
}

// RFC 5322, 3.6.8
bool is_header_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestWord && std::all_of(name.begin(), name.end(), [](char byte) {
    return byte > ' ' && byte < '\x7f' && byte != ':';
  });
}

bool is_keyword(std::string_view word) {
  return !word.empty() && word.size() <= kLongestWord && std::all_of(word.begin(), word.end(), [](char byte) {
    return is_digit(byte) || (lower(byte) >= 'a' && lower(byte) <= 'z') || byte == '-' || byte == '_';
  });
}

bool is_property(std::string_view word) {
  const std::size_t dot = word.find('.');
  if (dot == word.npos) return word == "comment" || word == "reason";
  return is_keyword(word.substr(0, dot)) && is_keyword(word.substr(dot + 1));
}

// What a file holds, in a message.
std::string printed(std::string_view word) {
  constexpr std::size_t kShown = 60;
  std::string out(word.substr(0, kShown));
  std::replace_if(
      out.begin(), out.end(),
      [](char byte) { return static_cast<unsigned char>(byte) < ' ' || byte == '\x7f'; }, '?');
  return out;
}

std::vector<std::pair<std::string_view, const toml::node*>> in_file_order(const toml::table& root) {
  std::vector<std::pair<std::string_view, const toml::node*>> keys;
  for (const auto& [key, node] : root) keys.emplace_back(key.str(), &node);
  std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
    return a.second->source().begin.line < b.second->source().begin.line;
  });
  return keys;
}

// Reads one key's table.
class KeyReader {
 public:
  KeyReader(std::string_view file, std::string key, std::vector<std::string>& faults)
      : file_(file), key_(std::move(key)), faults_(faults) {}

  ReportRule read(const toml::table& table) {
    ReportRule rule;
    rule.info.name = key_;
    rule.info.label = key_;
    const bool is_fixed = report_key_number(key_) < kReportKeys;
    bool has_matches = false;
    for (const auto& [field, node] : table) {
      if (field.str() == "match") {
        has_matches = true;
        read_matches(node, rule);
      } else if (field.str() != "label" && field.str() != "graph" && field.str() != "stacked") {
        fault(node, fmt::format("\"{}\" is not known: there are label, graph, stacked and match",
                                printed(field.str())));
      } else if (is_fixed) {
        fault(node,
              fmt::format("\"{}\" has no place: the key is in the report graph, with a label of its own",
                          field.str()));
      } else if (field.str() == "label") {
        read_text(node, kLongestLabel, rule.info.label);
      } else if (field.str() == "graph") {
        read_text(node, kLongestTitle, rule.info.graph);
      } else if (const auto stacked = node.value_exact<bool>()) {
        rule.info.stacked = *stacked;
      } else {
        fault(node, "\"stacked\" must be true or false");
      }
    }
    if (!has_matches) fault(table, "it has no \"match\": [] for a key that shall count nothing");
    if (rule.info.graph.empty()) rule.info.graph = rule.info.label;
    return rule;
  }

  void fault(const toml::node& node, std::string_view reason) {
    faults_.push_back(fmt::format("{}:{}: [{}]: {}", file_, node.source().begin.line, key_, reason));
  }

 private:
  void read_text(const toml::node& node, std::size_t longest, std::string& text) {
    if (const auto value = node.value_exact<std::string>(); value && is_shown_text(*value, longest)) {
      text = *value;
    } else {
      fault(node, fmt::format(
                      "label and graph must be texts of 1 to {} bytes without control characters and \"\\\"",
                      longest));
    }
  }

  void read_matches(const toml::node& node, ReportRule& rule) {
    const toml::array* const matches = node.as_array();
    if (matches == nullptr) return fault(node, "\"match\" must be a list of tables");
    if (matches->size() > ReportRules::kMaximumMatches) {
      return fault(node, fmt::format("it has more than {} matches", ReportRules::kMaximumMatches));
    }
    for (const toml::node& one : *matches) {
      if (const toml::table* const match = one.as_table()) {
        read_match(*match, rule);
      } else {
        fault(one, "a match must be a table: { header = …, pattern = … } or { method = …, result = … }");
      }
    }
  }

  void read_match(const toml::table& table, ReportRule& rule) {
    const std::size_t faults_before = faults_.size();
    HeaderMatch by_header;
    ResultMatch by_result;
    Pattern pattern;
    for (const auto& [field, node] : table) {
      if (field.str() == "header") {
        by_header.headers = words(node, "header", is_header_name);
      } else if (field.str() == "method") {
        const auto methods = words(node, "method", is_keyword);
        if (methods.size() == 1) by_result.method = methods.front();
      } else if (field.str() == "result") {
        by_result.results = words(node, "result", is_keyword);
      } else if (field.str() == "property") {
        const auto properties = words(node, "property", is_property);
        if (properties.size() == 1) by_result.property = properties.front();
      } else if (field.str() == "pattern") {
        pattern = read_pattern(node);
      } else {
        fault(node, fmt::format("\"{}\" is not known: there are header, pattern, method, result and property",
                                field.str()));
      }
    }
    if (faults_.size() > faults_before) return;
    const bool has_results = !by_result.method.empty() && !by_result.results.empty();
    const bool has_property = !by_result.property.empty();
    const bool names_result = !by_result.method.empty() || !by_result.results.empty() || has_property;
    if (!by_header.headers.empty() && pattern && !names_result) {
      by_header.pattern = std::move(pattern);
      rule.headers.push_back(std::move(by_header));
    } else if (has_results && by_header.headers.empty() && has_property == static_cast<bool>(pattern)) {
      by_result.pattern = std::move(pattern);
      rule.results.push_back(std::move(by_result));
    } else {
      fault(table, "a match has header and pattern, or method and result, perhaps with property and pattern");
    }
  }

  // A word, or a list of words.
  std::vector<std::string> words(const toml::node& node, std::string_view field,
                                 bool (*is_right)(std::string_view)) {
    std::vector<std::string> all;
    const auto take = [&](const toml::node& one) {
      const auto word = one.value_exact<std::string>();
      if (word && is_right(*word)) {
        all.push_back(lower_case(*word));
      } else {
        fault(one, word ? fmt::format("\"{}\" is no {}", printed(*word), field)
                        : fmt::format("\"{}\" must be a text", field));
      }
    };
    const toml::array* const list = node.as_array();
    const bool may_be_list = field == "header" || field == "result";
    if (list == nullptr || !may_be_list) {
      take(node);
      return all;
    }
    if (list->empty() || list->size() > ReportRules::kMaximumMatches) {
      fault(node, fmt::format("\"{}\" must be one word to {}", field, ReportRules::kMaximumMatches));
      return all;
    }
    for (const toml::node& one : *list) take(one);
    return all;
  }

  Pattern read_pattern(const toml::node& node) {
    const auto text = node.value_exact<std::string>();
    if (!text || text->size() > ReportRules::kLongestPattern) {
      fault(node,
            fmt::format("\"pattern\" must be a text of {} bytes at most", ReportRules::kLongestPattern));
      return nullptr;
    }
    if (std::any_of(text->begin(), text->end(), [](char byte) { return byte < 0; })) {
      fault(node, "\"pattern\" holds more than ASCII: headers are bytes, written as \\xHH");
      return nullptr;
    }
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_case_sensitive(false);
    options.set_dot_nl(true);
    options.set_never_capture(true);
    options.set_log_errors(false);
    auto pattern = std::make_shared<const RE2>(*text, options);
    if (pattern->ok()) return pattern;
    fault(node, fmt::format("the pattern is refused: {}", pattern->error()));
    return nullptr;
  }

  std::string_view file_;
  std::string key_;
  std::vector<std::string>& faults_;
};

}  // namespace

bool is_report_key(std::string_view name) {
  const auto is_small = [](char byte) { return byte >= 'a' && byte <= 'z'; };
  return !name.empty() && name.size() <= kLongestKey && is_small(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char byte) { return is_small(byte) || is_digit(byte) || byte == '_'; });
}

std::string_view report_key_name(ReportKey key) { return kReportKeyNames[static_cast<std::size_t>(key)]; }

std::size_t report_key_number(std::string_view key) {
  return static_cast<std::size_t>(std::find(std::begin(kReportKeyNames), std::end(kReportKeyNames), key) -
                                  std::begin(kReportKeyNames));
}

void read_report_rules(std::string_view text, std::string_view name, ReportRuleTable& table,
                       std::vector<std::string>& faults) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    faults.push_back(fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
    return;
  }
  std::size_t place = 0;
  for (const auto& [key, rule] : table) place = std::max(place, rule.place);
  for (const auto& [key, node] : in_file_order(root)) {
    KeyReader reader(name, printed(key), faults);
    const toml::table* const fields = node->as_table();
    if (!is_report_key(key)) {
      reader.fault(*node,
                   fmt::format("a key is a small letter, then small letters, digits and \"_\", {} at most",
                               kLongestKey));
    } else if (fields == nullptr) {
      reader.fault(*node, "a key must be a table");
    } else {
      const std::size_t faults_before = faults.size();
      ReportRule rule = reader.read(*fields);
      rule.place = ++place;
      if (faults.size() == faults_before) table.insert_or_assign(std::string(key), std::move(rule));
    }
  }
}

}  // namespace milter_manager::maillog
