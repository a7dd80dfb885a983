// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/picture.h"

#include <fmt/format.h>
#include <rrd.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

constexpr std::size_t kLongestName = 60;  // of a milter, in a title
constexpr int kLabelWidth = 38;
constexpr int kNumberWidth = 13;

struct FreeInfo {
  void operator()(rrd_info_t* first) const { rrd_info_free(first); }
};
using Information = std::unique_ptr<rrd_info_t, FreeInfo>;

// A path or a text within an RRDtool argument, whose parts a colon divides. A backslash elsewhere is itself in paths;
// texts here have none.
std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == ':') out += '\\';
    out += c;
  }
  return out;
}

std::string shortened(const std::string& name) {
  if (name.size() <= kLongestName) return name;
  std::size_t end = kLongestName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end) + "…";
}

std::string a_minute(double value) {
  if (value >= 100) return grouped(value);
  return fmt::format("{:.{}f}", value, value >= 1 || value == 0 ? 1 : value >= 0.01 ? 2 : 4);
}

std::string columns(std::string_view label, std::string_view total, std::string_view mean,
                    std::string_view highest) {
  return fmt::format("{:<{}}{:>{}}{:>{}}{:>{}}", label, kLabelWidth, total, kNumberWidth, mean, kNumberWidth,
                     highest, kNumberWidth);
}

std::string legend_line(const Curve& curve) {
  if (curve.style->measure == Measure::at_once)
    return columns(curve.style->label, "", "", at_most(curve.highest));
  return columns(curve.style->label, grouped(curve.total), a_minute(curve.mean), a_minute(curve.highest));
}

bool is_drawn(const Curve& curve) { return curve.known && curve.highest > 0; }

class Arguments {
 public:
  template <typename... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    words_.push_back(fmt::format(format, std::forward<Values>(values)...));
  }
  void add_word(std::string word) { words_.push_back(std::move(word)); }
  std::vector<char*> argv() {
    std::vector<char*> pointers;
    for (std::string& word : words_) pointers.push_back(word.data());
    return pointers;
  }

 private:
  std::vector<std::string> words_;
};

void add_frame(Arguments& arguments, const GraphDefinition& definition, const Range& range,
               const Window& window, const std::string& milter) {
  for (const char* word : {"graph",
                           "-",
                           "--imgformat",
                           "PNG",
                           "--zoom",
                           "2",
                           "--border",
                           "0",
                           "--alt-y-grid",
                           "--units-exponent",
                           "0",
                           "--lower-limit",
                           "0",
                           "--disable-rrdtool-tag",
                           "--font",
                           "TITLE:11:",
                           "--font",
                           "AXIS:7:",
                           "--font",
                           "UNIT:8:",
                           "--font",
                           "LEGEND:8:",
                           "--color",
                           "BACK#FFFFFF",
                           "--color",
                           "GRID#0000001A",
                           "--color",
                           "MGRID#00000033",
                           "--color",
                           "ARROW#00000000",
                           "--color",
                           "AXIS#555555",
                           "--color",
                           "FRAME#555555"}) {
    arguments.add_word(word);
  }
  arguments.add("--title={}", title_of(definition, shortened(milter)));
  arguments.add("--vertical-label={}", definition.unit);
  arguments.add("--width={}", kGraphWidth);
  arguments.add("--height={}", kGraphHeight);
  arguments.add("--start={}", window.start.time_since_epoch().count());
  arguments.add("--end={}", window.end.time_since_epoch().count());
  arguments.add("--x-grid={}", range.axis);
  if (definition.shape == Shape::lines) arguments.add_word("--slope-mode");
}

void add_data(Arguments& arguments, const Window& window) {
  for (std::size_t i = 0; i < window.curves.size(); ++i) {
    const SeriesStyle& style = *window.curves[i].style;
    if (!is_drawn(window.curves[i])) continue;
    arguments.add("DEF:v{}={}:{}:{}:step={}:start={}:end={}", i, escaped(window.curves[i].archive),
                  style.source, style.measure == Measure::at_once ? "MAX" : "AVERAGE", window.row.count(),
                  window.start.time_since_epoch().count(), window.end.time_since_epoch().count());
  }
}

// A part that is there at all is at least a dot high, so that one reject among thousands of mails is seen.
void add_stack(Arguments& arguments, const Window& window) {
  const double dot = window.highest_sum / kGraphHeight;
  const char* stacked = "";
  for (std::size_t i = 0; i < window.curves.size(); ++i) {
    const Curve& curve = window.curves[i];
    if (!is_drawn(curve)) continue;
    arguments.add("CDEF:s{}=v{},0,GT,v{},{},MAX,v{},IF", i, i, i, dot, i);
    arguments.add("AREA:s{}#{:06x}:{}\\l{}", i, curve.style->colour, escaped(legend_line(curve)), stacked);
    stacked = ":STACK";
  }
}

void add_lines(Arguments& arguments, const Window& window) {
  for (std::size_t i = 0; i < window.curves.size(); ++i) {
    const Curve& curve = window.curves[i];
    if (!is_drawn(curve)) continue;
    arguments.add("LINE1.5:v{}#{:06x}:{}\\l{}", i, curve.style->colour, escaped(legend_line(curve)),
                  curve.style->dashed ? ":dashes=4,2" : "");
  }
}

void add_heads(Arguments& arguments, const Window& window) {
  // As wide as a legend's colour box.
  const std::string box = "  ";
  const std::string time = fmt::format("{} to {}", local_time(window.start), local_time(window.end));
  const bool are_rates = std::any_of(window.curves.begin(), window.curves.end(), [](const Curve& curve) {
    return is_drawn(curve) && curve.style->measure != Measure::at_once;
  });
  const std::string heads =
      are_rates ? columns(time, "total", "mean/min", "highest/min") : columns(time, "", "", "highest");
  arguments.add("COMMENT:{}\\l", escaped(box + heads));
}

void add_missing(Arguments& arguments, const Window& window) {
  std::vector<std::string_view> labels;
  for (const Curve& curve : window.curves) {
    if (!is_drawn(curve)) labels.push_back(curve.style->label);
  }
  if (labels.empty()) return;
  std::string line = "None\\:";
  std::size_t width = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    width += labels[i].size() + 2;
    if (width > 70) {
      arguments.add("COMMENT:{}\\l", line);
      line = "     ";
      width = labels[i].size();
    }
    line += fmt::format(" {}{}", labels[i], i + 1 < labels.size() ? "," : "");
  }
  arguments.add("COMMENT:{}\\l", line);
}

Result<Picture> picture_of(const rrd_info_t* entry, const std::string& path) {
  Picture picture;
  for (; entry; entry = entry->next) {
    const std::string_view key = entry->key;
    if (key == "image_width") picture.width = static_cast<int>(entry->value.u_cnt);
    if (key == "image_height") picture.height = static_cast<int>(entry->value.u_cnt);
    if (key == "image" && entry->type == RD_I_BLO) {
      picture.png.assign(reinterpret_cast<const char*>(entry->value.u_blo.ptr), entry->value.u_blo.size);
    }
  }
  if (picture.png.empty())
    return failure(fmt::format("cannot draw the archive {}: no picture was made", path));
  return picture;
}

}  // namespace

std::string grouped(double count) {
  std::string digits = fmt::format("{:.0f}", std::isfinite(count) ? count : 0.0);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string title_of(const GraphDefinition& definition, const std::string& milter) {
  return milter.empty() ? std::string(definition.title) : fmt::format("{}: {}", definition.title, milter);
}

std::string at_most(double value) { return value == std::floor(value) ? grouped(value) : a_minute(value); }

Result<Picture> draw(const GraphDefinition& definition, const Range& range, const Window& window,
                     const std::string& milter) {
  const std::string& path = window.curves.front().archive;
  Arguments arguments;
  add_frame(arguments, definition, range, window, milter);
  add_data(arguments, window);
  add_heads(arguments, window);
  // RRDtool draws nothing at all where there is no element.
  arguments.add_word("HRULE:0#00000000");
  if (definition.shape == Shape::stack) {
    add_stack(arguments, window);
  } else {
    add_lines(arguments, window);
  }
  // Of what a header can say a milter says one thing or two: all the others would be no news.
  if (milter.empty() || definition.shape == Shape::stack) add_missing(arguments, window);

  std::vector<char*> argv = arguments.argv();
  rrd_clear_error();
  const Information information(rrd_graph_v(static_cast<int>(argv.size()), argv.data()));
  if (!information) {
    const char* reason = rrd_get_error();
    auto failed =
        failure(fmt::format("cannot draw the archive {}: {}", path, reason ? reason : "no reason given"));
    rrd_clear_error();
    return failed;
  }
  return picture_of(information.get(), path);
}

}  // namespace milter_manager::log_analyzer
