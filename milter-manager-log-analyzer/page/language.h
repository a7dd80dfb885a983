// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace milter_manager::log_analyzer {

// What the page says, in one language: page/en.json, page/ja.json as they were when the program was built. A text is
// named by its group and its key there, as "reason.silent".
class Language {
 public:
  using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Text that is no such JSON makes a language without texts.
  Language(std::string_view tag, std::string_view json);

  const std::string& tag() const { return tag_; }  // BCP 47, as in <html lang>
  // Its own name for itself.
  std::string name() const { return text("name"); }

  // The name itself where there is no such text: what is missing is seen, and stops nobody.
  std::string text(std::string_view name) const;
  // The same with every {word} replaced by its value.
  std::string text(std::string_view name, Values values) const;
  // A series' label, a unit or a title that is English in graph_table.h. What has no translation stays: rules of users
  // bring words of their own.
  std::string word(std::string_view english) const;
  // "3 minutes", "2 hours", "5 days": whole ones, of the largest unit of which there are two or more.
  std::string duration(std::chrono::seconds span) const;
  // "8 minutes", "4 hours 40 minutes", "1 day", "56 hours": nothing is left out but seconds.
  std::string exact_duration(std::chrono::seconds span) const;

  // All texts by their names.
  const std::map<std::string, std::string, std::less<>>& texts() const { return texts_; }

 private:
  std::string tag_;
  std::map<std::string, std::string, std::less<>> texts_;
};

// English first.
std::span<const Language> languages();

// The page's file name: index.html in `first`, index.TAG.html in another.
std::string page_name(std::string_view tag, std::string_view first);

}  // namespace milter_manager::log_analyzer
