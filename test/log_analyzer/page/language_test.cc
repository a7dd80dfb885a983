// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/language.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "milter-manager-log-analyzer/graph_table.h"
#include "milter-manager-log-analyzer/page/embedded.h"
#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

// "{time}" and the like.
std::set<std::string> marks_of(const std::string& text) {
  std::set<std::string> marks;
  for (std::size_t at = 0; (at = text.find('{', at)) != text.npos; ++at)
    marks.insert(text.substr(at, text.find('}', at) - at + 1));
  return marks;
}

bool is_word(std::string_view name) { return name.starts_with("words."); }

// Everything that the page is made of, as one text.
std::string sources() {
  std::string all;
  const std::string folder = PROJECT_ROOT "/milter-manager-log-analyzer";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string kind = entry.path().extension();
    if (kind == ".cc" || kind == ".js" || kind == ".mustache") all += read_file(entry.path());
  }
  return all;
}

}  // namespace

TEST_CASE("every language says everything, with the same values in it") {
  const Language& english = languages()[0];
  CHECK(english.texts().size() > 100);
  for (const Language& language : languages().subspan(1)) {
    for (const auto& [name, text] : english.texts()) {
      INFO(language.tag() << ": " << name);
      REQUIRE(language.texts().count(name) == 1);
      CHECK(marks_of(language.text(name)) == marks_of(text));
      if (name != "reason.and")
        CHECK_FALSE(language.text(name).empty());  // Japanese has no blank between sentences
    }
    for (const auto& [name, text] : language.texts()) {
      INFO(language.tag() << ": " << name);
      if (!is_word(name)) CHECK(english.texts().count(name) == 1);
    }
  }
}

TEST_CASE("every title, series, unit and range of the graphs has a word in every language") {
  for (const Language& language : languages().subspan(1)) {
    INFO(language.tag());
    for (const GraphDefinition& definition : graph_definitions()) {
      for (const std::string_view unit : {definition.title, definition.unit, definition.second_unit}) {
        INFO(unit);
        if (!unit.empty()) CHECK(language.texts().count(fmt::format("words.{}", unit)) == 1);
      }
      for (const SeriesStyle& series : definition.series) {
        INFO(series.label);
        CHECK(language.texts().count(fmt::format("words.{}", series.label)) == 1);
      }
    }
    for (const Range& range : ranges()) {
      CHECK(language.texts().count(fmt::format("range.{}", range.tag)) == 1);
      CHECK(language.texts().count(fmt::format("range_short.{}", range.tag)) == 1);
    }
  }
}

TEST_CASE("no language has words that no graph has") {
  std::set<std::string> words;
  for (const GraphDefinition& definition : graph_definitions()) {
    words.insert(std::string(definition.unit));
    words.insert(std::string(definition.second_unit));
    words.insert(std::string(definition.title));
    for (const SeriesStyle& series : definition.series) words.insert(std::string(series.label));
  }
  for (const Language& language : languages()) {
    for (const auto& [name, text] : language.texts()) {
      INFO(language.tag() << ": " << name);
      if (is_word(name)) CHECK(words.count(name.substr(std::string("words.").size())) == 1);
    }
  }
}

TEST_CASE("every text that the templates name is there, and each that is there is used") {
  const Language& english = languages()[0];
  for (const std::string_view part : {kPageTemplate, kFigureTemplate}) {
    constexpr std::string_view kMark = "{{text.";
    for (std::size_t at = 0; (at = part.find(kMark, at)) != part.npos;) {
      at += kMark.size();
      const std::string name = fmt::format("page.{}", part.substr(at, part.find("}}", at) - at));
      INFO(name);
      CHECK(english.texts().count(name) == 1);
    }
  }
  const std::string all = sources();
  for (const auto& [name, text] : english.texts()) {
    const std::string group = name.substr(0, name.find('.')), key = name.substr(name.find('.') + 1);
    INFO(name);
    // Of these the key is made up: the tag of a range, a period or a subject, a unit of time, a number.
    static const std::set<std::string> kMadeUp{"range",   "range_short", "period", "period_ended",
                                               "subject", "exact",       "month",  "weekday"};
    if (kMadeUp.count(group) > 0) continue;
    CHECK((all.find("\"" + name + "\"") != all.npos || all.find("text." + key + "}}") != all.npos ||
           all.find("'" + key + "'") != all.npos || all.find("\"" + key + "\"") != all.npos));
  }
}

TEST_CASE("values are put into texts once, whatever they hold") {
  const Language language("xx", R"({"a": {"b": "{n} of {all}, {other}"}, "words": {"pass": "bestanden"}})");
  CHECK(language.text("a.b", {{"n", "{all}"}, {"all", "{n}"}}) == "{all} of {n}, {other}");
  CHECK(language.text("no.such") == "no.such");
  CHECK(language.word("pass") == "bestanden");
  CHECK(language.word("of a user's rule") == "of a user's rule");
  CHECK(Language("xx", "no JSON").texts().empty());
}

TEST_CASE("spans of time are told in the largest unit of which there are two") {
  using namespace std::chrono_literals;
  const Language& english = languages()[0];
  CHECK(english.duration(59s) == "a minute");
  CHECK(english.duration(119min) == "119 minutes");
  CHECK(english.duration(47h) == "47 hours");
  CHECK(english.duration(48h) == "2 days");
  CHECK(languages()[1].duration(56min) == "56分");
}

TEST_CASE("what a point stands for is told to the minute") {
  using namespace std::chrono_literals;
  const Language& english = languages()[0];
  CHECK(english.exact_duration(1min) == "1 minute");
  CHECK(english.exact_duration(8min) == "8 minutes");
  CHECK(english.exact_duration(280min) == "4 hours 40 minutes");
  CHECK(english.exact_duration(24h) == "1 day");
  CHECK(english.exact_duration(56h) == "56 hours");
  CHECK(languages()[1].exact_duration(280min) == "4時間40分");
}

}  // namespace milter_manager::log_analyzer
