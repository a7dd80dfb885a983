// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <vector>

#include "core/maillog/fingerprint.h"
#include "milter-manager-log-analyzer/drawing/plot.h"
#include "milter-manager-log-analyzer/drawing/png.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

// To be raised when pictures are to look otherwise: those on disk are drawn anew.
constexpr int kEdition = 2;

// CSS pixels.
constexpr int kSide = 12;
constexpr int kTitleTop = 8;
constexpr int kUnitTop = 27;
constexpr int kTimesHeight = 24;   // below a drawing: the axis' texts
constexpr int kSecondHeight = 46;  // of the second of two drawings
constexpr int kSecondGap = 26;     // above it, for its unit
constexpr int kLegendTop = kPlotTop + kPlotHeight + kTimesHeight;
constexpr int kBottom = 10;
constexpr int kTickGap = 6;
constexpr int kRoomForNoData = 64;

constexpr Type kTitle{13 * kDots, Weight::bold};
constexpr Type kText{11 * kDots};
constexpr Type kSmall{10 * kDots};

using std::chrono::sys_seconds;

using Curves = std::vector<const Curve*>;

// One of a picture's drawings: the curves of one unit.
struct Drawing {
  Curves curves;
  std::string_view unit;
  int top = 0;  // CSS pixels
  int height = 0;
  bool is_second = false;
};

bool is_in_second(const GraphDefinition& definition, const Curve& curve) {
  return !definition.second_unit.empty() && curve.style->measure != Measure::events;
}

std::vector<Drawing> drawings_of(const Sheet& sheet) {
  const GraphDefinition& definition = *sheet.definition;
  Drawing first{{}, definition.unit, kPlotTop, kPlotHeight, false};
  Drawing second{{}, definition.second_unit, 0, kSecondHeight, true};
  for (const Curve& curve : sheet.window->curves)
    (is_in_second(definition, curve) ? second : first).curves.push_back(&curve);
  const bool is_eventful = std::any_of(second.curves.begin(), second.curves.end(),
                                       [](const Curve* curve) { return curve->highest > 0; });
  if (!is_eventful || !sheet.reason.empty()) {
    first.curves.insert(first.curves.end(), second.curves.begin(), second.curves.end());
    return {first};
  }
  first.height = kPlotHeight - kSecondHeight - kSecondGap;
  second.top = first.top + first.height + kSecondGap;
  return {first, second};
}

double highest_of(const Curves& curves, Shape shape) {
  double highest = 0;
  for (const Curve* curve : curves) highest = std::max(highest, curve->highest);
  if (shape == Shape::lines || curves.empty()) return highest;
  for (std::size_t row = 0; row < curves[0]->values.size(); ++row) {
    double sum = 0;
    for (const Curve* curve : curves) {
      if (curve->values[row] > 0) sum += curve->values[row];
    }
    highest = std::max(highest, sum);
  }
  return highest;
}

Curves drawn_of(const Curves& curves) {
  Curves drawn;
  std::copy_if(curves.begin(), curves.end(), std::back_inserter(drawn),
               [](const Curve* curve) { return curve->highest > 0; });
  return drawn;
}

class Artist {
 public:
  Artist(const Sheet& sheet, const Theme& theme, Typesetter& typesetter, Canvas& canvas)
      : sheet_(sheet), theme_(theme), typesetter_(typesetter), canvas_(canvas) {}

  void draw_heads() {
    const Window& window = *sheet_.window;
    const std::string period = fmt::format("{} – {}", local_time(window.start), local_time(window.end));
    const Mask& period_mask = typesetter_.set(period, kSmall);
    const int period_width = period_mask.width;
    canvas_.write((kPlotLeft + kPlotWidth) * kDots - period_width, (kTitleTop + 2) * kDots, period_mask,
                  theme_.faint, theme_.paper);
    const int longest = (kPlotLeft + kPlotWidth - kSide - 16) * kDots - period_width;
    canvas_.write(kSide * kDots, kTitleTop * kDots, typesetter_.set(sheet_.title, kTitle, longest),
                  theme_.ink, theme_.paper);
  }

  void draw(const Drawing& drawing, bool is_last) {
    const Window& window = *sheet_.window;
    const Shape shape = drawing.is_second ? Shape::lines : sheet_.definition->shape;
    const Area area{kPlotLeft * kDots, drawing.top * kDots, kPlotWidth * kDots, drawing.height * kDots};
    const Curves drawn = drawn_of(drawing.curves);
    ValueAxis values = value_axis(highest_of(drawn, shape));
    if (drawing.is_second) thin_out(values);
    const std::vector<TimeTick> times = time_axis(window.start, window.end, *sheet_.language);
    const Plot plot(canvas_, theme_, area, window, values.top);
    const std::vector<Area> unknown = plot.draw_unknown();
    plot.draw_grid(values.ticks, times);
    if (shape == Shape::stack) {
      plot.draw_stack(drawn);
    } else if (!drawn.empty()) {
      plot.draw_lines(drawn);
    }
    plot.draw_axes();
    write_left(sheet_.language->word(drawing.unit), kSmall, kSide, drawing.top - kPlotTop + kUnitTop,
               theme_.faint, theme_.paper);
    write_values(area, values);
    if (is_last) write_times(area, plot, times);
    for (const Area& ground : unknown) {
      if (sheet_.reason.empty() && ground.width >= kRoomForNoData * kDots)
        write_centred(sheet_.language->text("picture.no_data"), kSmall, ground, theme_.faint, theme_.unknown);
    }
    if (!sheet_.reason.empty()) write_reason(area, unknown);
  }

 private:
  void write_left(std::string_view text, Type type, int left, int top, std::uint32_t ink,
                  std::uint32_t ground) {
    canvas_.write(left * kDots, top * kDots, typesetter_.set(text, type), ink, ground);
  }

  void write_centred(std::string_view text, Type type, const Area& area, std::uint32_t ink,
                     std::uint32_t ground) {
    const Mask& mask = typesetter_.set(text, type, area.width);
    const int x = area.left + (area.width - mask.width) / 2, y = area.top + (area.height - mask.height) / 2;
    canvas_.fill(x - 12, y, mask.width + 24, mask.height, ground);
    canvas_.write(x, y, mask, ink, ground);
  }

  void write_reason(const Area& area, const std::vector<Area>& unknown) {
    const bool all_unknown = unknown.size() == 1 && unknown[0].width == area.width;
    write_centred(sheet_.reason, kText, area, theme_.ink, all_unknown ? theme_.unknown : theme_.paper);
  }

  // A low drawing has room for the ends only.
  static void thin_out(ValueAxis& values) {
    if (values.ticks.size() > 2) values.ticks = {values.ticks.front(), values.ticks.back()};
  }

  void write_values(const Area& area, const ValueAxis& values) {
    for (const ValueTick& tick : values.ticks) {
      const Mask& mask = typesetter_.set(tick.text, kSmall);
      const int y = area.top + area.height - static_cast<int>(tick.value / values.top * area.height);
      canvas_.write(area.left - kTickGap * kDots - mask.width, y - mask.height / 2, mask, theme_.faint,
                    theme_.paper);
    }
  }

  void write_times(const Area& area, const Plot& plot, const std::vector<TimeTick>& times) {
    int free_from = 0;
    for (const TimeTick& tick : times) {
      if (tick.text.empty()) continue;
      const Mask& mask = typesetter_.set(tick.text, kSmall);
      const int left = plot.x_of(tick.text_at) - mask.width / 2;
      if (left < free_from || left < area.left - 24 || left + mask.width > area.left + area.width + 24)
        continue;
      canvas_.write(left, area.top + area.height + 5 * kDots, mask, theme_.faint, theme_.paper);
      free_from = left + mask.width + 4 * kDots;
    }
  }

  const Sheet& sheet_;
  const Theme& theme_;
  Typesetter& typesetter_;
  Canvas& canvas_;
};

// The end of the last row of which something is known: with that a picture is the same until there is more to be seen.
sys_seconds last_update(const Window& window) {
  for (std::size_t row = window.rows(); row > 0; --row) {
    for (const Curve& curve : window.curves) {
      if (!std::isnan(curve.values[row - 1])) return window.known_to(row - 1);
    }
  }
  return window.newest;
}

}  // namespace

std::string title_of(const GraphDefinition& definition, const std::string& milter, const Language& language) {
  const std::string title = language.word(definition.title);
  return milter.empty() ? title : language.text("picture.of_milter", {{"title", title}, {"milter", milter}});
}

std::string sheet_note(const Sheet& sheet, const Theme& theme) {
  const Window& window = *sheet.window;
  std::string all =
      fmt::format("{} {} {} {} {} {} {} {} {} {}\n", kEdition, sheet.language->tag(), theme.suffix,
                  sheet.definition->unit, sheet.definition->second_unit, sheet.title, sheet.reason,
                  iso_time(window.start), iso_time(window.end), iso_time(last_update(window)));
  for (const Curve& curve : window.curves) {
    const SeriesStyle& style = *curve.style;
    fmt::format_to(std::back_inserter(all), "{} {} {} {} {} {}", style.label, theme.of(style.colour),
                   style.dashed, static_cast<int>(style.measure), static_cast<int>(sheet.definition->shape),
                   curve.begin.time_since_epoch().count());
    for (const double value : curve.values) {
      const char* bytes = reinterpret_cast<const char*>(&value);
      all.append(bytes, sizeof value);
    }
  }
  return fmt::format("{:016x}", maillog::fingerprint(all));
}

Legend legend_of(const Sheet& sheet) {
  const Language& language = *sheet.language;
  Legend legend(language);
  const Window& window = *sheet.window;
  const auto last = last_update(window);
  if (!window.known()) {  // nor is it known that there was none
    if (last > sys_seconds{}) legend.add_note(language.text("picture.updated", {{"time", iso_time(last)}}));
    return legend;
  }
  for (const Drawing& drawing : drawings_of(sheet))
    legend.add(drawing.curves, drawing.is_second ? Shape::lines : sheet.definition->shape, drawing.unit);
  legend.add_note(language.text("picture.updated", {{"time", iso_time(last)}}) + language.text("reason.and") +
                  language.text("picture.point", {{"row", language.exact_duration(window.row)}}));
  return legend;
}

Size size_of(const Sheet& sheet) { return {kPictureWidth, kLegendTop + legend_of(sheet).height() + kBottom}; }

std::string draw(const Sheet& sheet, const Theme& theme, Typesetter& typesetter) {
  const std::vector<Drawing> drawings = drawings_of(sheet);
  const Size size = size_of(sheet);
  Canvas canvas(size.width * kDots, size.height * kDots, theme.paper);
  Artist artist(sheet, theme, typesetter, canvas);
  artist.draw_heads();
  for (const Drawing& drawing : drawings) artist.draw(drawing, &drawing == &drawings.back());
  legend_of(sheet).draw(canvas, typesetter, theme, kLegendTop);
  return encode_png(canvas, sheet_note(sheet, theme));
}

}  // namespace milter_manager::log_analyzer
