// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/maillog/report_rules.h"

namespace milter_manager::maillog {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
char lower(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte; }
bool is_word(char byte) {
  return is_digit(byte) || (lower(byte) >= 'a' && lower(byte) <= 'z') || byte == '-';
}

bool same(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(skip_space(text, 0));
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Where `phrase` ends that begins at `at`; kNowhere if it does not. Its words are in lower case, and any white space may
// stand between them.
std::size_t end_of_phrase(std::string_view text, std::size_t at, std::string_view phrase) {
  for (const char expected : phrase) {
    if (expected == ' ') {
      const std::size_t next = skip_space(text, at);
      if (next == at) return kNowhere;
      at = next;
    } else if (at < text.size() && lower(text[at]) == expected) {
      ++at;
    } else {
      return kNowhere;
    }
  }
  return at;
}

std::size_t find_phrase(std::string_view text, std::string_view phrase) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = end_of_phrase(text, at, phrase);
    if (end != kNowhere) return end;
  }
  return kNowhere;
}

void count(ReportKey key, ReportCounts& counts) {
  ++counts.counts[static_cast<std::size_t>(key)];
  counts.any = true;
}

void match_spam(std::string_view value, ReportCounts& counts) {
  if (same(trimmed(value), "yes")) count(ReportKey::spam, counts);
}

// "Yes, score=7.3 required=5.0 tests=BAYES_99,URIBL_BLACK autolearn=no": SpamAssassin folds the list behind commas.
void match_spam_status(std::string_view value, ReportCounts& counts) {
  std::size_t at = find_phrase(value, "tests=");
  if (at == kNowhere) return;
  if (at < value.size() && value[at] == '[') ++at;
  for (;;) {
    at = skip_space(value, at);
    if (end_of_phrase(value, at, "uribl_") != kNowhere) {
      count(ReportKey::uribl, counts);
      return;
    }
    while (at < value.size() && value[at] != ',' && !is_space(value[at])) ++at;
    at = skip_space(value, at);
    if (at >= value.size() || value[at] != ',') return;
    ++at;
  }
}

void match_virus_status(std::string_view value, ReportCounts& counts) {
  if (end_of_phrase(value, skip_space(value, 0), "infected") != kNowhere) count(ReportKey::virus, counts);
}

void match_greylist(std::string_view value, ReportCounts& counts) {
  if (end_of_phrase(value, skip_space(value, 0), "delayed for") != kNowhere) {
    count(ReportKey::greylisting_pass, counts);
  }
  const std::size_t tarpit = find_phrase(value, "message whitelisted by tarpit ");
  if (tarpit < value.size() && is_digit(value[tarpit])) count(ReportKey::tarpitting_pass, counts);
  if (find_phrase(value, "sender is spf-compliant") != kNowhere ||
      find_phrase(value, "sender passed spf test") != kNowhere) {
    count(ReportKey::spf_pass, counts);
  }
}

// White space and comments, which may hold any mark (RFC 5322, 3.2.2).
std::size_t skip_comments(std::string_view text, std::size_t at) {
  for (;;) {
    at = skip_space(text, at);
    if (at >= text.size() || text[at] != '(') return at;
    int depth = 0;
    do {
      if (text[at] == '\\') {
        ++at;
      } else if (text[at] == '(') {
        ++depth;
      } else if (text[at] == ')') {
        --depth;
      }
      ++at;
    } while (depth > 0 && at < text.size());
  }
}

// Behind the next ';' that is in no comment and no quoted string, or the end.
std::size_t next_result(std::string_view text, std::size_t at) {
  bool quoted = false;
  while (at < text.size()) {
    if (text[at] == '\\') {
      at += 2;
    } else if (text[at] == '(' && !quoted) {
      at = skip_comments(text, at);
    } else if (text[at] == ';' && !quoted) {
      return at + 1;
    } else {
      if (text[at] == '"') quoted = !quoted;
      ++at;
    }
  }
  return text.size();
}

std::string_view take_word(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  while (at < text.size() && is_word(text[at])) ++at;
  return text.substr(begin, at - begin);
}

struct Method {
  std::string_view name;
  ReportKey pass;
  ReportKey fail;
};
constexpr Method kMethods[] = {
    {"spf", ReportKey::spf_pass, ReportKey::spf_fail},
    {"sender-id", ReportKey::sender_id_pass, ReportKey::sender_id_fail},
    {"dkim", ReportKey::dkim_pass, ReportKey::dkim_fail},
    {"dkim-adsp", ReportKey::dkim_adsp_pass, ReportKey::dkim_adsp_fail},
};

// "METHOD[/VERSION] = RESULT [(COMMENT)]" (RFC 8601, 2.2)
void match_result(std::string_view text, std::size_t at, ReportCounts& counts) {
  at = skip_comments(text, at);
  const std::string_view name = take_word(text, at);
  at = skip_comments(text, at);
  if (at < text.size() && text[at] == '/') {
    at = skip_comments(text, at + 1);
    take_word(text, at);
    at = skip_comments(text, at);
  }
  if (at >= text.size() || text[at] != '=') return;
  at = skip_comments(text, at + 1);
  const std::string_view result = take_word(text, at);
  for (const Method& method : kMethods) {
    if (!same(name, method.name)) continue;
    if (same(result, "pass")) count(method.pass, counts);
    const bool is_neutral_failure =
        same(result, "neutral") &&
        end_of_phrase(text, skip_space(text, at), "(verification failed)") != kNowhere;
    if (same(result, "fail") || same(result, "hardfail") || is_neutral_failure) count(method.fail, counts);
  }
}

void match_authentication_results(std::string_view value, ReportCounts& counts) {
  // What stands before the first ';' is who checked.
  for (std::size_t at = next_result(value, 0); at < value.size(); at = next_result(value, at)) {
    match_result(value, at, counts);
  }
}

struct Rule {
  std::string_view header;
  void (*match)(std::string_view value, ReportCounts& counts);
};
constexpr Rule kRules[] = {
    {"x-spam", match_spam},
    {"x-spam-flag", match_spam},
    {"x-spam-status", match_spam_status},
    {"x-virus-status", match_virus_status},
    {"x-greylist", match_greylist},
    {"authentication-results", match_authentication_results},
};

// One or more digits; false for none and for absurdly many.
bool take_number(std::string_view text, std::size_t& at, std::uint64_t& number) {
  constexpr std::size_t kMaximumDigits = 9;
  const std::size_t begin = at;
  number = 0;
  while (at < text.size() && is_digit(text[at]) && at - begin <= kMaximumDigits) {
    number = number * 10 + static_cast<std::uint64_t>(text[at++] - '0');
  }
  return at > begin && at - begin <= kMaximumDigits;
}

}  // namespace

ReportCounts match_report_rules(std::string_view header, std::string_view value) {
  ReportCounts counts;
  for (const Rule& rule : kRules) {
    if (same(header, rule.header)) rule.match(value, counts);
  }
  return counts;
}

std::optional<std::uint64_t> greylist_delay(std::string_view header, std::string_view value) {
  if (!same(header, "x-greylist")) return std::nullopt;
  std::size_t at = end_of_phrase(value, skip_space(value, 0), "delayed for ");
  if (at == kNowhere) return std::nullopt;
  std::uint64_t hours = 0, minutes = 0, seconds = 0;
  if (!take_number(value, at, hours) || at >= value.size() || value[at++] != ':') return std::nullopt;
  if (!take_number(value, at, minutes) || at >= value.size() || value[at++] != ':') return std::nullopt;
  if (!take_number(value, at, seconds)) return std::nullopt;
  return (hours * 60 + minutes) * 60 + seconds;
}

}  // namespace milter_manager::maillog
