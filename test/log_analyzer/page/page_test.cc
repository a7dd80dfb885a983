// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>

#include "test/log_analyzer/program.h"

namespace milter_manager::log_analyzer {
namespace {

// Replaces what is between `begin` and `end`, wherever that is, by "N".
void blank(std::string& text, const std::string& begin, const std::string& end) {
  for (std::size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    text.replace(at, text.find(end, at) - at, "N");
  }
}

// The sizes of pictures depend on the fonts that are installed; style, script and numbers are no text.
std::string normalised(std::string page) {
  blank(page, "\" width=\"", "\"");
  blank(page, "\" height=\"", "\"");
  blank(page, "'sha256-", "'");
  blank(page, "<style>", "</style>");
  blank(page, "<script>", "</script>");
  blank(page, "<script type=\"application/json\">", "</script>");
  blank(page, "<script type=\"application/json\" id=\"page\">", "</script>");
  return page;
}

std::string day() {
  std::vector<std::pair<std::string, std::string>> lines;
  for (int hour = 0; hour < 24; ++hour) {
    const auto at = [&](const char* rest) { return fmt::format("{:02}:{}", hour, rest); };
    const auto say = [&](const char* rest, std::string event) {
      lines.push_back({at(rest), std::move(event)});
    };
    say("10:00",
        "[milter][message][end-of-message][pass][enforced][answer][1][0][0][0.5][0.5][1](3.1.4): Q: -: "
        "spamass-milter");
    say("10:00", "[message][end][end-of-message][pass][0.6][5000][1][0](3.1): Q");
    say("10:00", "[milter][end][end-of-message][pass][0.5](4): spamass-milter");
    say("10:00", "[session][end][end-of-message][pass][0.7](3)");
    if (hour % 3 == 0) {
      say("20:00", "[milter][header][add](2): <X-Spam-Flag>=<YES>: spamass-milter");
      say("20:00",
          "[milter][message][end-of-message][reject][evaluated][answer][1][1][0][0.5][0.5][1](1.1.2): Q: -: "
          "a <b> & \"c\"");
      say("20:00", "[milter][end][end-of-message][reject][0.5](2): spamass-milter");
      say("20:00", "[milter][end][connect][temporary-failure][0.5](2): a <b> & \"c\"");
      say("20:00", "[message][end][end-of-message][reject][0.6][5000][1][0](1.1): Q");
      say("20:00", "[session][end][end-of-message][reject][0.7](1)");
    }
    say("59:59", "[sessions][finished] 2(+1) 3");
  }
  return log_of(lines);
}

}  // namespace

TEST_CASE("the page is as agreed, in every language") {
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, "--output-directory out --now 2026-09-15T00:30:00Z", day()).status == 0);
  for (const std::string name : {"index.html", "index.ja.html"}) {
    const std::string page = normalised(read_file(directory / ("out/" + name)));
    const std::string golden = TEST_SOURCE_DIR "/golden/" + name;
    const std::string kept = fmt::format("{}/{}", PAGES, name);
    write_file(kept, page);
    INFO("See: diff " << golden << " " << kept << "; to accept: cp " << kept << " " << golden);
    CHECK((page == read_file(golden)));  // not shown: it is long
  }
}

TEST_CASE("index.html is in the language that is asked for, and the other is linked") {
  const ScratchDirectory directory;
  REQUIRE(
      analyze(directory, "--output-directory out --language ja --now 2026-09-15T00:30:00Z", day()).status ==
      0);
  CHECK(read_file(directory / "out/index.html").find("<html lang=\"ja\">") != std::string::npos);
  CHECK(read_file(directory / "out/index.html").find("href=\"index.en.html\"") != std::string::npos);
  CHECK(read_file(directory / "out/index.en.html").find("href=\"index.html\"") != std::string::npos);
  CHECK(analyze(directory, "--language tlh").status != 0);
}

TEST_CASE("the page's policy allows its own style and script and nothing else, and its HTML is whole") {
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, "--output-directory out --now 2026-09-15T00:30:00Z", day()).status == 0);
  write_file(directory / "check.py", R"python(
import base64, hashlib, html.parser, json, os, re, sys
from urllib.parse import unquote

class Page(html.parser.HTMLParser):
    void = {"meta", "img", "br", "hr", "link", "input", "rect"}
    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.files, self.numbers = [], [], [], [], []
        self.element = None
        self.feed(text)
    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.element = (tag, attributes)
        assert "style" not in attributes, tag
        assert tag != "script" or attributes in ({}, {"type": "application/json"}, {"type": "application/json", "id": "page"})
        assert not any(name.startswith("on") for name in attributes), attributes
        for name in ("src", "href"):
            target = attributes.get(name)
            if target is None or target.startswith("data:image/svg+xml,"): continue
            assert not re.match(r"[a-z]+:|//", target), target
            if target.startswith("#"): self.links.append(target[1:])
            else: self.files.append(unquote(target))
        if "id" in attributes: self.ids.append(attributes["id"])
        if "for" in attributes: self.links.append(attributes["for"])
        if "aria-labelledby" in attributes: self.links.append(attributes["aria-labelledby"].replace("%", "%25"))
        if tag == "img": assert attributes["alt"] and attributes["width"] and attributes["height"]
        if tag not in self.void: self.open.append(tag)
    def handle_startendtag(self, tag, attributes): self.handle_starttag(tag, attributes)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
        self.element = None
    def handle_data(self, text):
        if self.element and self.element[1].get("type") == "application/json": self.numbers.append(json.loads(text))

for name in ("index.html", "index.ja.html"):
    text = open("out/" + name, encoding="utf-8").read()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy
    for element in ("style", "script"):
        part = re.search(rf"<{element}>(.*?)</{element}>", text, re.S).group(1)
        wanted = "sha256-" + base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"{element}-src '{wanted}';" in policy, wanted
    page = Page(text)
    assert not page.open
    assert len(page.ids) == len(set(page.ids))
    assert {unquote(link) for link in page.links} <= set(page.ids), {unquote(link) for link in page.links} - set(page.ids)
    assert page.files and all(os.path.exists("out/" + file) for file in page.files)
    assert {"last-day", "last-week", "last-month", "last-year"} <= set(page.ids)
    assert len(page.numbers) > 5 and page.numbers[-1]["made"] == 1789432200
)python");
  CHECK(std::system(fmt::format("cd '{}' && '{}' check.py", directory.path(), PYTHON).c_str()) == 0);
}

}  // namespace milter_manager::log_analyzer
