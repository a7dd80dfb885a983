// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "milter-manager-log-analyzer/drawing/theme.h"
#include "milter-manager-log-analyzer/graph_table.h"

namespace milter_manager::log_analyzer {
namespace {

using Vector = std::array<double, 3>;
using Matrix = std::array<Vector, 3>;

// How linear RGB looks to people without one kind of cone: Machado, Oliveira and Fernandes, "A Physiologically-based
// Model for Simulation of Color Vision Deficiency" (2009), severity 1.
struct Eye {
  const char* name;
  Matrix matrix;
};
constexpr Eye kEyes[] = {
    {"all colours", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
    {"protanopia",
     {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}}},
    {"deuteranopia",
     {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}}},
    {"tritanopia",
     {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}}},
};

Vector times(const Matrix& matrix, const Vector& vector) {
  Vector out{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) out[i] += matrix[i][j] * vector[j];
  }
  return out;
}

Vector linear(std::uint32_t colour) {
  Vector out{};
  for (unsigned i = 0; i < 3; ++i) {
    const double part = (colour >> (16 - 8 * i) & 0xff) / 255.0;
    out[i] = part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  }
  return out;
}

// Björn Ottosson's Oklab, in which equal distances look equally different; 0.02 is just noticed.
Vector oklab(const Vector& rgb) {
  constexpr Matrix kCones = {{{0.4122214708, 0.5363325363, 0.0514459929},
                              {0.2119034982, 0.6806995451, 0.1073969566},
                              {0.0883024619, 0.2817188376, 0.6299787005}}};
  constexpr Matrix kLab = {{{0.2104542553, 0.7936177850, -0.0040720468},
                            {1.9779984951, -2.4285922050, 0.4505937099},
                            {0.0259040371, 0.7827717662, -0.8086757660}}};
  Vector cones = times(kCones, rgb);
  for (double& cone : cones) cone = std::cbrt(cone);
  return times(kLab, cones);
}

double difference(std::uint32_t a, std::uint32_t b, const Eye& eye) {
  const auto seen = [&](std::uint32_t colour) {
    Vector rgb = times(eye.matrix, linear(colour));
    for (double& part : rgb) part = std::clamp(part, 0.0, 1.0);
    return oklab(rgb);
  };
  const Vector x = seen(a), y = seen(b);
  return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

// WCAG 2's.
double contrast(std::uint32_t a, std::uint32_t b) {
  const auto luminance = [](std::uint32_t colour) {
    const Vector rgb = linear(colour);
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
  };
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

constexpr double kTellApart = 0.06;

double least_difference(const std::vector<std::uint32_t>& colours) {
  double least = 1;
  for (const Eye& eye : kEyes) {
    for (std::size_t i = 0; i < colours.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) least = std::min(least, difference(colours[i], colours[j], eye));
    }
  }
  return least;
}

}  // namespace

TEST_CASE("people tell any two series of a graph apart, whatever colours they see") {
  for (const Theme& theme : themes()) {
    for (const GraphDefinition& definition : graph_definitions()) {
      std::set<std::uint32_t> colours;
      for (const SeriesStyle& style : definition.series) colours.insert(theme.of(style.colour));
      CAPTURE(definition.title, theme.suffix);
      CHECK(least_difference({colours.begin(), colours.end()}) >= kTellApart);
    }
    std::vector<std::uint32_t> colours;
    for (std::size_t i = 0; i < 9; ++i) colours.push_back(theme.of(nth_style(i).colour));
    CHECK(least_difference(colours) >= kTellApart);
  }
  // The measure tells: green and yellow, grey and pink are known to be mistaken for one another.
  CHECK(least_difference({0x00ff00, 0xffd400}) < kTellApart);
  CHECK(least_difference({0x888888, 0xcc79a7}) < kTellApart);
}

TEST_CASE("series and texts stand out from the ground") {
  for (const Theme& theme : themes()) {
    CAPTURE(theme.suffix);
    CHECK(contrast(theme.ink, theme.paper) >= 7);
    CHECK(contrast(theme.faint, theme.paper) >= 4.5);
    CHECK(contrast(theme.ink, theme.unknown) >= 7);
    CHECK(contrast(theme.faint, theme.unknown) >= 4.5);
    for (const GraphDefinition& definition : graph_definitions()) {
      for (const SeriesStyle& style : definition.series) {
        CAPTURE(definition.title, style.label);
        CHECK(contrast(theme.of(style.colour), theme.paper) >=
              (definition.shape == Shape::lines ? 1.9 : 1.4));
      }
    }
  }
}

TEST_CASE("every data source has a place in the legend of one graph") {
  for (const archive::Layout& layout : archive::layouts()) {
    if (layout.of_key) continue;
    for (std::string_view source : layout.sources) {
      CAPTURE(layout.prefix, source);
      int found = 0;
      for (const GraphDefinition& definition : graph_definitions()) {
        if (definition.kind != layout.kind) continue;
        for (const SeriesStyle& style : definition.series) found += style.source == source ? 1 : 0;
      }
      CHECK(found == 1);
    }
  }
}

TEST_CASE("no two series of a graph look alike, and no two graphs share pictures") {
  std::set<std::string> pictures;
  for (const GraphDefinition& definition : graph_definitions()) {
    CAPTURE(definition.title);
    const auto sources = archive::layout(definition.kind).sources;
    for (const SeriesStyle& a : definition.series) {
      CHECK(std::find(sources.begin(), sources.end(), a.source) != sources.end());
      for (const SeriesStyle& b : definition.series) {
        CHECK((&a == &b || !(a.colour == b.colour) || a.dashed != b.dashed));
      }
    }
    const bool is_further = !definition.picture.empty();
    const std::string_view prefix = is_further ? definition.picture : archive::layout(definition.kind).prefix;
    CHECK(pictures.emplace(prefix).second);
    if (is_further) CHECK(archive::layout(definition.kind).of_milter == prefix.ends_with('.'));
  }
  std::set<std::pair<std::uint32_t, bool>> styles;
  for (std::size_t i = 0; i < 18; ++i)
    CHECK(styles.emplace(nth_style(i).colour.light, nth_style(i).dashed).second);
}

TEST_CASE("unlike things are not stacked, and what passed and failed is never one area") {
  for (const GraphDefinition& definition : graph_definitions()) {
    if (definition.shape != Shape::stack) continue;
    CAPTURE(definition.title);
    // Parts of a whole: how connections or messages ended, or how long they took.
    CHECK((definition.subject == Subject::status || definition.subject == Subject::messages ||
           definition.subject == Subject::evaluation || definition.subject == Subject::greylist));
    CHECK(definition.second_unit.empty());
    for (const SeriesStyle& style : definition.series) {
      CHECK(style.measure == Measure::events);
      CHECK_FALSE(style.dashed);
    }
  }
}

TEST_CASE("the status graphs have the original's parts in the original's order") {
  constexpr std::string_view kParts[] = {"pass",       "accept", "reject", "discard", "temporary_failure",
                                         "quarantine", "abort",  "error",  "stop"};
  for (const bool of_milter : {false, true}) {
    for (const GraphDefinition& definition : graph_definitions()) {
      if (definition.subject != Subject::status || archive::layout(definition.kind).of_milter != of_milter)
        continue;
      REQUIRE(definition.series.size() == (of_milter ? 9 : 8));
      for (std::size_t i = 0; i < definition.series.size(); ++i)
        CHECK(definition.series[i].source == kParts[i]);
    }
  }
}

}  // namespace milter_manager::log_analyzer
