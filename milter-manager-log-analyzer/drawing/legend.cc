// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/drawing/legend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "milter-manager-log-analyzer/drawing/sizes.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

// CSS pixels.
constexpr int kLineHeight = 17;
constexpr int kNoteHeight = 15;
constexpr int kGapBeforeNotes = 5;
constexpr int kSwatch = 12;
constexpr int kLabel = kPlotLeft + 20;
constexpr int kTotal = kPlotLeft + 330;  // the columns' right edges
constexpr int kMean = kPlotLeft + 435;
constexpr int kHighest = kPlotLeft + kPlotWidth;
constexpr int kLabelWidth = kTotal - 80 - kLabel;
constexpr std::size_t kNoteLetters = 88;  // bytes, that fit in a line whatever they are

constexpr Type kText{11 * kDots};
constexpr Type kSmall{10 * kDots};

bool is_drawn(const Curve& curve) { return curve.highest > 0; }

void write_right(Canvas& canvas, Typesetter& typesetter, std::string_view text, Type type, int right, int top,
                 std::uint32_t ink, std::uint32_t ground) {
  if (text.empty()) return;
  const Mask& mask = typesetter.set(text, type);
  canvas.write(right * kDots - mask.width, top * kDots, mask, ink, ground);
}

}  // namespace

void Legend::add(const std::vector<const Curve*>& curves, Shape shape, std::string_view unit) {
  LegendLine heads;
  heads.label = language_->word(unit);
  std::vector<LegendLine> lines;
  for (const Curve* curve : curves) {
    if (!is_drawn(*curve)) {
      absent_.push_back(curve->style->label);
      continue;
    }
    LegendLine line;
    line.curve = curve;
    line.is_area = shape == Shape::stack;
    line.label = language_->word(curve->style->label);
    line.highest = rounded(curve->highest);
    switch (curve->style->measure) {
      case Measure::events:
        line.total = grouped(curve->total);
        line.mean = rounded(curve->mean);
        heads.total = language_->text("picture.total");
        heads.mean = language_->text("picture.mean_a_minute");
        heads.highest = language_->text("picture.highest_a_minute");
        break;
      case Measure::level:
        line.mean = rounded(curve->mean);
        if (heads.mean.empty()) heads.mean = language_->text("picture.mean");
        [[fallthrough]];
      case Measure::at_once:
        if (heads.highest.empty()) heads.highest = language_->text("picture.highest");
        if (std::floor(curve->highest) == curve->highest) line.highest = grouped(curve->highest);
        break;
    }
    lines.push_back(std::move(line));
  }
  if (lines.empty()) return;
  lines_.push_back(std::move(heads));
  std::move(lines.begin(), lines.end(), std::back_inserter(lines_));
}

void Legend::add_note(std::string note) { notes_.push_back(std::move(note)); }

std::vector<std::string> Legend::notes() const {
  std::vector<std::string> all;
  std::string line;
  for (std::size_t i = 0; i < absent_.size(); ++i) {
    const std::string word = (i == 0 ? language_->text("picture.none") : "") + language_->word(absent_[i]) +
                             (i + 1 < absent_.size() ? language_->text("picture.comma") : "");
    if (!line.empty() && line.size() + word.size() >= kNoteLetters) {
      line.resize(line.find_last_not_of(' ') + 1);
      all.push_back(std::exchange(line, {}));
    }
    line += word;
  }
  if (!line.empty()) all.push_back(std::move(line));
  all.insert(all.end(), notes_.begin(), notes_.end());
  return all;
}

int Legend::height() const {
  return static_cast<int>(lines_.size()) * kLineHeight + kGapBeforeNotes +
         static_cast<int>(notes().size()) * kNoteHeight;
}

void Legend::draw(Canvas& canvas, Typesetter& typesetter, const Theme& theme, int top) const {
  for (const LegendLine& line : lines_) {
    const bool heads = line.curve == nullptr;
    const Type type = heads ? kSmall : kText;
    const std::uint32_t ink = heads ? theme.faint : theme.ink;
    if (!heads) {
      const std::uint32_t colour = theme.of(line.curve->style->colour);
      const int left = kPlotLeft * kDots, y = (top + 2) * kDots;
      if (line.is_area) {
        canvas.fill(left, y, kSwatch * kDots, 11 * kDots, colour);
      } else {
        const int step = line.curve->style->dashed ? 10 : kSwatch * kDots;
        const int length = line.curve->style->dashed ? 6 : step;
        for (int x = 0; x < kSwatch * kDots; x += step)
          canvas.fill(left + x, y + 9, std::min(length, kSwatch * kDots - x), 4, colour);
      }
    }
    canvas.write((heads ? kPlotLeft : kLabel) * kDots, top * kDots,
                 typesetter.set(line.label, type, kLabelWidth * kDots), ink, theme.paper);
    write_right(canvas, typesetter, line.total, type, kTotal, top, ink, theme.paper);
    write_right(canvas, typesetter, line.mean, type, kMean, top, ink, theme.paper);
    write_right(canvas, typesetter, line.highest, type, kHighest, top, ink, theme.paper);
    top += kLineHeight;
  }
  top += kGapBeforeNotes;
  for (const std::string& note : notes()) {
    canvas.write(kPlotLeft * kDots, top * kDots, typesetter.set(note, kSmall, kPlotWidth * kDots),
                 theme.faint, theme.paper);
    top += kNoteHeight;
  }
}

}  // namespace milter_manager::log_analyzer
