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

// The sizes of pictures depend on the fonts that are installed; the style is no text.
std::string normalised(std::string page) {
  blank(page, " width=\"", "\"");
  blank(page, " height=\"", "\"");
  blank(page, "'sha256-", "'");
  blank(page, "<style>", "</style>");
  return page;
}

std::string day() {
  std::vector<std::pair<std::string, std::string>> lines;
  for (int hour = 0; hour < 24; ++hour) {
    const auto at = [&](const char* rest) { return fmt::format("{:02}:{}", hour, rest); };
    lines.push_back({at("10:00"), "[milter][end][end-of-message][pass][0.5](4): spamass-milter"});
    lines.push_back({at("10:00"), "[session][end][end-of-message][pass][0.7](3)"});
    if (hour % 3 == 0) {
      lines.push_back({at("20:00"), "[milter][header][add](2): <X-Spam-Flag>=<YES>: spamass-milter"});
      lines.push_back({at("20:00"), "[milter][end][end-of-message][reject][0.5](2): spamass-milter"});
      lines.push_back({at("20:00"), "[milter][end][connect][temporary-failure][0.5](2): a <b> & \"c\""});
      lines.push_back({at("20:00"), "[session][end][end-of-message][reject][0.7](1)"});
    }
    lines.push_back({at("59:59"), "[sessions][finished] 2(+1) 3"});
  }
  return log_of(lines);
}

}  // namespace

TEST_CASE("the page is as agreed") {
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, "--output-directory out --now 2026-09-15T00:30:00Z", day()).status == 0);
  const std::string page = normalised(read_file(directory / "out/index.html"));
  const std::string golden = TEST_SOURCE_DIR "/golden/index.html";
  INFO("To accept: cp " << directory / "out/index.html"
                        << " " << golden << ", with sizes, style and its hash as N");
  CHECK(page == read_file(golden));
}

TEST_CASE("the page's policy allows its own style and nothing else") {
  const ScratchDirectory directory;
  REQUIRE(analyze(directory, "--output-directory out --now 2026-09-15T00:30:00Z", day()).status == 0);
  write_file(directory / "check.py", R"python(
import base64, hashlib, html.parser, re, sys
page = open("out/index.html", encoding="utf-8").read()
style = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
wanted = "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
assert f"style-src '{wanted}'" in policy, wanted
assert "default-src 'none'" in policy and "unsafe" not in policy

class Page(html.parser.HTMLParser):
    void = {"meta", "img", "br", "hr", "link", "input"}
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links = [], [], []
    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        assert tag != "script" and "style" not in attributes, tag
        assert not any(name.startswith("on") for name in attributes), attributes
        for name in ("src", "href"):
            target = attributes.get(name, "")
            assert not re.match(r"[a-z]+:|//", target), target
            if target.startswith("#"): self.links.append(target[1:])
        if "id" in attributes: self.ids.append(attributes["id"])
        if tag == "img": assert attributes["alt"]
        if tag not in self.void: self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag
parsed = Page()
parsed.feed(page)
assert not parsed.open and len(parsed.ids) == len(set(parsed.ids))
from urllib.parse import unquote
assert {unquote(link) for link in parsed.links} <= set(parsed.ids)
)python");
  CHECK(std::system(fmt::format("cd '{}' && '{}' check.py", directory.path(), PYTHON).c_str()) == 0);
}

}  // namespace milter_manager::log_analyzer
