// SPDX-License-Identifier: GPL-3.0-or-later
#include <time.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "milter-report/render.h"

namespace milter_manager::report {
namespace {

// What a log may hold: an escape sequence, a C1 control, a mark that turns the writing, markup, what is not UTF-8.
const std::string kHostile = "\x1b[31m\xc2\x9b\xe2\x80\xae<script>alert('x')</script>&\"\xff|\r\n=cmd()";

Document document_with(const std::string& text) {
  Document document;
  document.command = "summary";
  document.title = "Summary of " + text;
  document.about = {{"period", "a day"}, {"log", text}};
  document.cautions = {"Something of " + text + " is missing."};
  Section& section = document.sections.emplace_back();
  section.heading = "Section " + text;
  section.paragraphs = {
      "A paragraph about " + text +
      " that is long enough to be broken into lines, since nobody reads lines of two hundred characters."};
  section.facts = {
      {"messages", "Messages", count(1234567)}, {"who", "Who", text}, {"nothing", "Nothing", Unknown{}}};
  Table& table = section.tables.emplace_back();
  table.id = "milters";
  table.title = "Milters";
  table.columns = {{"milter", "milter", true},
                   {"messages", "messages"},
                   {"share", "rejected", false, true},
                   {"wait", "wait"}};
  table.rows = {{text, count(12), Interval{0.25, 0.2, 0.3, Unit::share}, number(0.0123, Unit::seconds)},
                {"日本", count(1234), Unknown{}, number(90, Unit::seconds)}};
  table.notes = {"Note on " + text + "."};
  section.tables.push_back({"empty", "Nothing here", {{"x", "x"}}, {}, {}});
  section.conclusions = {text + " is why."};
  return document;
}

std::string golden(const std::string& name, const std::string& now) {
  const std::string path = std::string(TEST_SOURCE_DIR) + "/golden/" + name;
  if (std::getenv("ACCEPT") != nullptr) std::ofstream(path) << now;
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The page's style, and its hash, may change without anybody reading it.
std::string without_style(std::string page) {
  for (const auto& [begin, end] : {std::pair("<style>", "</style>"), std::pair("sha256-", "'")}) {
    const std::size_t from = page.find(begin) + std::string_view(begin).size();
    page.erase(from, page.find(end, from) - from);
  }
  return page;
}

TEST_CASE("A document as text, JSON, CSV and a page") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const Document document = document_with("milter-greylist");
  CHECK(render_text(document) == golden("document.txt", render_text(document)));
  CHECK(render_json(document, 0) == golden("document.json", render_json(document, 0)));
  const std::string csv = render_csv(document.sections[0].tables[0]);
  CHECK(csv == golden("document.csv", csv));
  const std::string page = without_style(render_html(document, 0));
  CHECK(page == golden("document.html", page));
}

TEST_CASE("Nothing of a log moves a cursor, becomes markup or a formula") {
  const Document document = document_with(kHostile);
  for (const std::string& text : {render_text(document), render_json(document, 0),
                                  render_csv(document.sections[0].tables[0]), render_html(document, 0)}) {
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\xc2\x9b") == std::string::npos);
    CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
  }
  CHECK(render_html(document, 0).find("<script") == std::string::npos);
  CHECK(render_html(document, 0).find("&lt;script&gt;alert(") != std::string::npos);
  const auto json = nlohmann::json::parse(render_json(document, 0));
  CHECK(json["sections"][0]["facts"]["messages"] == 1234567);
  CHECK(json["sections"][0]["facts"]["nothing"].is_null());
  for (const char* const formula : {"=1+1", "+1", "-1", "@x"}) {
    Table table;
    table.columns = {{"x", "x", true}};
    table.rows = {{std::string(formula)}};
    CHECK(render_csv(table) == "x\r\n'" + std::string(formula) + "\r\n");
  }
}

TEST_CASE("The page allows its own style and nothing else") {
  const std::string page = render_html(document_with("x"), 0);
  CHECK(page.find("content=\"default-src 'none'; style-src 'sha256-") != std::string::npos);
  for (const char* const foreign : {"<script", "http:", "https:", "<img", "<link", " on", "style=\""}) {
    const std::size_t body = page.find("<body>");
    INFO(foreign);
    CHECK(page.find(foreign, std::string(foreign) == " on" ? page.size() : body) == std::string::npos);
  }
}

TEST_CASE("Numbers are shown as people read them") {
  struct Case {
    Cell cell;
    const char* text;
  };
  const Case cases[] = {{count(0), "0"},
                        {count(999), "999"},
                        {count(1234567), "1,234,567"},
                        {number(0.5), "0.500"},
                        {number(-1234.0), "-1,234"},
                        {number(0.0, Unit::share), "0 %"},
                        {number(0.0123, Unit::share), "1.23 %"},
                        {number(1.0, Unit::share), "100 %"},
                        {number(0.0000012, Unit::share), "0.0001 %"},
                        {number(0.02, Unit::signed_share), "+2.00 points"},
                        {number(0.0, Unit::seconds), "0 s"},
                        {number(0.0000042, Unit::seconds), "4.20 \u00b5s"},
                        {number(0.9999, Unit::seconds), "1.00 s"},
                        {number(119.0, Unit::seconds), "119 s"},
                        {number(125.0, Unit::seconds), "2 min 5 s"},
                        {number(3600.0, Unit::seconds), "60 min"},
                        {number(7260.0, Unit::seconds), "2 h 1 min"},
                        {number(266400.0, Unit::seconds), "3 d 2 h"},
                        {number(-1e-6, Unit::seconds), "-1.00 \u00b5s"},
                        {number(1536.0, Unit::bytes), "1.50 KiB"},
                        {number(12.0, Unit::bytes), "12 B"},
                        {number(3.4, Unit::per_second), "3.40 /s"},
                        {number(1e300, Unit::time), "\u2013"},
                        {number(0.0 / 1.0 * 1e308 * 10, Unit::count), "0"},
                        {Unknown{}, "\u2013"},
                        {Interval{0.25, 0.2, 0.3, Unit::share}, "25.0 % (20.0 % to 30.0 %)"}};
  for (const Case& one : cases) CHECK(shown(one.cell) == one.text);
}

TEST_CASE("One table alone, and what to say to who asks for one that is not there") {
  const Document document = document_with("x");
  RenderOptions options;
  options.table = "milters";
  CHECK(render(document, options)->find("Who") == std::string::npos);
  options.rendering = Rendering::csv;
  CHECK(*render(document, options) == render_csv(document.sections[0].tables[0]));
  options.table = "facts";
  CHECK(render(document, options)->starts_with("section,figure,value,low,high\r\n,messages,1234567,,\r\n"));
  options.table = "nope";
  REQUIRE_FALSE(render(document, options));
  CHECK(render(document, options).error().message ==
        "--table: there is no \"nope\"; there are: milters, empty, facts");
}

}  // namespace
}  // namespace milter_manager::report
