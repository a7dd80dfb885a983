// SPDX-License-Identifier: GPL-3.0-or-later
// RE2 against Ruby itself: what a list decides without Ruby is what Ruby would say.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <random>

#include "core/condition/matcher_list.h"
#include "core/condition/regexp_translation.h"
#include "test/ruby/configuration_folder.h"

using namespace milter_manager;

namespace {

struct Regexp {
  std::string source;
  int options = 0;
};

class NoRuby final : public condition::RubyMatchers {
  void matches(std::uint64_t, std::uint32_t, std::string, Answer) override {}
};

std::string hex(std::string_view text) {
  std::string digits = "x";
  for (const char c : text) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return digits;
}

std::string unhex(std::string_view digits) {
  std::string text;
  for (std::size_t i = 1; i + 1 < digits.size(); i += 2) {
    text += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// All regular expressions that the shipped condition files put in lists.
std::vector<Regexp> shipped() {
  const ConfigurationFolder folder("Dir['" PROJECT_ROOT
                                   R"(/share/applicable-conditions/*.conf'].each { |file| load(file) }
regexps = (s25r.whitelist + s25r.blacklist + trust.envelope_from_domains).grep(Regexp)
File.write(File.join(load_paths.first, "regexps"), regexps.map { |one| "x#{one.source.unpack1('H*')} #{one.options}\n" }.join)
)");
  REQUIRE(problems_of(folder.load(), folder) == "");
  std::vector<Regexp> regexps;
  for (const std::string& line : lines_of(folder.file("regexps"))) {
    const auto space = line.find(' ');
    regexps.push_back({unhex(line.substr(0, space)), std::stoi(line.substr(space + 1))});
  }
  return regexps;
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Regexp regexp() {
    Regexp result;
    static constexpr int kOptions[] = {0, 0, 0, 1, 1, 4, 2, 7};
    result.options = kOptions[below(8)];
    result.source = alternatives(3);
    return result;
  }

  std::string subject() {
    static constexpr std::string_view kPieces[] = {
        "a", "b", "c",  "A",  "B",  "K",  "k",  "s",        "S",    "0",        "1",  "9",      "_", ".",
        ".", "-", " ",  "\t", "\v", "\n", "[",  "]",        "#",    "{",        "}",  "f",      "g", "z",
        "Z", "@", "\\", "/",  "x",  "\r", "\f", "\xc3\xa9", "\xff", "\xc5\xbf", "ab", "unknown"};
    std::string text;
    for (std::size_t i = below(9); i > 0; --i) {
      const std::size_t which = below(std::size(kPieces) + 1);
      if (which == std::size(kPieces)) {
        text += '\0';
      } else {
        text += kPieces[which];
      }
    }
    return text;
  }

 private:
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }
  template <std::size_t kCount>
  std::string_view one_of(const std::string_view (&list)[kCount]) {
    return list[below(kCount)];
  }

  std::string alternatives(int depth) {
    std::string text = sequence(depth);
    while (below(5) == 0) text += "|" + sequence(depth);
    return text;
  }

  std::string sequence(int depth) {
    std::string text;
    for (std::size_t i = below(4) + 1; i > 0; --i) {
      const std::string one = atom(depth);
      // Repeats of repeats take Ruby for ever.
      const bool repeats =
          one.size() > 4 && one.front() == '(' && one.find_first_of("*+{") != std::string::npos;
      text += repeats ? one : one + quantifier();
    }
    return text;
  }

  std::string quantifier() {
    static constexpr std::string_view kAll[] = {"",    "",   "",     "",     "",    "",     "*",    "+",
                                                "?",   "*?", "+?",   "??",   "{2}", "{1,}", "{,2}", "{1,3}",
                                                "{0}", "*+", "{2}?", "{2}+", " *",  "{"};
    return std::string(one_of(kAll));
  }

  std::string atom(int depth) {
    static constexpr std::string_view kAtoms[] = {
        "a",     "b",     "c",       "A",     "K",     "k",        "s",     "0",     "1",     "_",
        "-",     " ",     "\t",      "#",     "@",     "ab",       "f",     "z",     ".",     ".",
        "^",     "$",     R"(\A)",   R"(\z)", R"(\.)", R"(\d)",    R"(\D)", R"(\w)", R"(\W)", R"(\s)",
        R"(\S)", R"(\h)", R"(\H)",   R"(\t)", R"(\n)", R"(\-)",    R"(\[)", R"(\])", R"(\{)", R"(\/)",
        R"(\@)", R"(\ )", R"(\#)",   R"(\\)", R"(\_)", R"(\')",    R"(\<)", R"(\`)", R"(\b)", R"(\Z)",
        R"(\B)", R"(\R)", R"(\x41)", R"(\e)", "\n",    "\xc3\xa9", "]",     R"(\v)"};
    if (depth > 0 && below(4) == 0) {
      static constexpr std::string_view kOpenings[] = {
          "(", "(?:", "(?i:", "(?-i:", "(?m:", "(?x:", "(?mi-x:", "(?=", "(?>", "(?!", "(?i)"};
      return std::string(one_of(kOpenings)) + alternatives(depth - 1) + ")";
    }
    if (below(4) == 0) return bracket();
    return std::string(one_of(kAtoms));
  }

  std::string bracket() {
    static constexpr std::string_view kMembers[] = {
        "a",     "b",         "c",     "A",     "K",   "s",     "0",     "1",      "_",     ".",
        "a-c",   "A-K",       "0-9",   "a-z",   "k-s", R"(\d)", R"(\w)", R"(\s)",  R"(\h)", R"(\.)",
        R"(\-)", R"(\])",     R"(\[)", R"(\\)", " ",   "#",     "$",     "^",      "*",     R"(\n)",
        R"(\t)", "[:alpha:]", "&&",    "-",     "!-/", " -~",   R"(\D)", R"(\x41)"};
    std::string text = below(3) == 0 ? "[^" : "[";
    for (std::size_t i = below(4) + 1; i > 0; --i) text += one_of(kMembers);
    if (below(6) == 0) text += '-';
    return text + "]";
  }

  std::mt19937 random_;
};

// For each regular expression what Ruby says of each subject: "0", "1", "E" (it raised); "" for one that is none.
std::vector<std::string> ask_ruby(const std::vector<Regexp>& regexps,
                                  const std::vector<std::vector<std::string>>& subjects) {
  const ConfigurationFolder folder(R"(
$VERBOSE = nil
answers = File.foreach(File.join(load_paths.first, "questions")).map do |line|
  source, options, *subjects = line.split
  texts = subjects.map do |digits|
    text = [digits[1..]].pack("H*").force_encoding(Encoding::UTF_8)
    text.valid_encoding? ? text : text.b
  end
  begin
    regexp = Regexp.new([source[1..]].pack("H*").force_encoding(Encoding::UTF_8), options.to_i)
    texts.map do |text|
      regexp === text ? "1" : "0"
    rescue ArgumentError, EncodingError
      "E"
    end.join
  rescue RegexpError
    ""
  end
end
File.write(File.join(load_paths.first, "answers"), answers.map { |answer| answer + "\n" }.join)
)");
  std::string questions;
  for (std::size_t i = 0; i < regexps.size(); ++i) {
    questions += fmt::format("{} {}", hex(regexps[i].source), regexps[i].options);
    for (const auto& subject : subjects[i]) questions += " " + hex(subject);
    questions += '\n';
  }
  folder.write("questions", questions);
  REQUIRE(problems_of(folder.load(), folder) == "");
  auto answers = lines_of(folder.file("answers"));
  REQUIRE(answers.size() == regexps.size());
  return answers;
}

struct Count {
  std::size_t translated = 0, refused = 0, compared = 0, left_to_ruby = 0, matched = 0, wrong = 0;
};

Count compare(const std::vector<Regexp>& regexps, const std::vector<std::vector<std::string>>& subjects) {
  const auto answers = ask_ruby(regexps, subjects);
  NoRuby ruby;
  Count count;
  for (std::size_t i = 0; i < regexps.size(); ++i) {
    auto pattern = condition::translate_regexp(regexps[i].source, regexps[i].options);
    if (!pattern) {
      ++count.refused;
      continue;
    }
    ++count.translated;
    INFO("/" << regexps[i].source << "/ " << regexps[i].options << " as " << *pattern);
    CHECK(answers[i].size() == subjects[i].size());  // Ruby takes it too
    if (answers[i].size() != subjects[i].size()) continue;
    const condition::MatcherList list({{config::Matcher::Kind::regexp, *pattern, 0}}, 1, ruby);
    for (std::size_t k = 0; k < subjects[i].size(); ++k) {
      const auto matches = list.match(subjects[i][k]);
      if (!matches) {
        ++count.left_to_ruby;
        continue;
      }
      ++count.compared;
      if (*matches) ++count.matched;
      if (answers[i][k] == (*matches ? '1' : '0')) continue;
      ++count.wrong;
      UNSCOPED_INFO("differs on " << hex(subjects[i][k]) << ": Ruby says " << answers[i][k]);
    }
    CHECK(count.wrong == 0);
  }
  return count;
}

void print(const char* what, const Count& count) {
  std::printf(
      "%s: %zu regular expressions translated, %zu left to Ruby; %zu comparisons (%zu matches), %zu subjects "
      "left to Ruby, %zu differences\n",
      what, count.translated, count.refused, count.compared, count.matched, count.left_to_ruby, count.wrong);
}

}  // namespace

TEST_CASE("every regular expression that is shipped means to RE2 what it means to Ruby") {
  const auto regexps = shipped();
  REQUIRE(regexps.size() >= 13);
  // Whole names among them, so that many match.
  static constexpr std::string_view kPieces[] = {"mail",
                                                 "1",
                                                 "23",
                                                 "-",
                                                 ".",
                                                 ".",
                                                 "dhcp",
                                                 "DSL",
                                                 "ppp",
                                                 "google.com",
                                                 ".example",
                                                 ".net",
                                                 "[",
                                                 "]",
                                                 "a",
                                                 "x",
                                                 "mail.google.com",
                                                 "unknown",
                                                 "45678",
                                                 ".sendgrid.net",
                                                 "[192.0.2.1]",
                                                 "dsl-1-2.example.net",
                                                 "1.2.3.a.example.org",
                                                 "host-12-34.pool.example.net",
                                                 "\n",
                                                 "\v",
                                                 "\xc3\xa9",
                                                 "\xff",
                                                 "\xe2\x84\xaa"};
  std::mt19937 random(4711);
  std::uniform_int_distribution<std::size_t> piece(0, std::size(kPieces)), length(1, 4);
  std::vector<std::vector<std::string>> subjects(regexps.size());
  for (auto& its_subjects : subjects) {
    for (int i = 0; i < 2000; ++i) {
      std::string text;
      for (std::size_t n = length(random); n > 0; --n) {
        const std::size_t which = piece(random);
        if (which == std::size(kPieces)) {
          text += '\0';
        } else {
          text += kPieces[which];
        }
      }
      its_subjects.push_back(std::move(text));
    }
  }
  const Count count = compare(regexps, subjects);
  print("shipped", count);
  CHECK(count.refused == 0);
  CHECK(count.compared > 5000);
  CHECK(count.matched > 500);
}

TEST_CASE("thousands of generated regular expressions mean to RE2 what they mean to Ruby") {
  Generator generator(20261122);
  std::vector<Regexp> regexps;
  std::vector<std::vector<std::string>> subjects;
  for (int i = 0; i < 20000; ++i) {
    regexps.push_back(generator.regexp());
    auto& its_subjects = subjects.emplace_back();
    for (int k = 0; k < 40; ++k) its_subjects.push_back(generator.subject());
  }
  const Count count = compare(regexps, subjects);
  print("generated", count);
  CHECK(count.translated > 3000);
  CHECK(count.compared > 50000);
  CHECK(count.matched > 10000);
}
