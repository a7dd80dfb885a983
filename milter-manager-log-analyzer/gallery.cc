// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/gallery.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "core/archive/archive.h"
#include "milter-manager-log-analyzer/picture.h"
#include "milter-manager-log-analyzer/text.h"
#include "milter-manager-log-analyzer/window.h"

namespace milter_manager::log_analyzer {
namespace {

using archive::Archive;
using std::chrono::sys_seconds;

struct Place {
  const GraphDefinition* definition;
  std::string safe_milter;

  std::string stem() const { return std::string(archive::layout(definition->kind).prefix) + safe_milter; }
  std::string milter() const { return shown_name(safe_milter); }
};

std::vector<Place> places(const std::vector<ArchiveFile>& archives) {
  std::vector<Place> all;
  std::set<std::string> milters;
  for (const ArchiveFile& file : archives) {
    if (!file.what.safe_milter.empty()) milters.insert(file.what.safe_milter);
  }
  for (const GraphDefinition& definition : graph_definitions()) {
    if (!archive::layout(definition.kind).of_milter) all.push_back({&definition, {}});
  }
  for (const std::string& milter : milters) {
    for (const GraphDefinition& definition : graph_definitions()) {
      if (archive::layout(definition.kind).of_milter) all.push_back({&definition, milter});
    }
  }
  return all;
}

// The picture in words, for who can't see it.
std::string in_words(const std::string& title, const Range& range, const Window& window) {
  std::string words;
  for (const Curve& curve : window.curves) {
    if (!curve.known || curve.highest <= 0) continue;
    words += words.empty() ? ": " : ", ";
    if (curve.style->measure == Measure::at_once) {
      words += fmt::format("{} at most {}", curve.style->label, grouped(curve.highest));
    } else {
      words += fmt::format("{} {}", curve.style->label, grouped(curve.total));
    }
  }
  return fmt::format("{}, {}{}", title, range.heading, words.empty() ? ": nothing happened" : words);
}

std::string why_empty(const Archive& archive, const Window& window) {
  const sys_seconds last = archive.last();
  if (last <= window.start)
    return fmt::format("Nothing is known of this time: the newest data are of {}.", local_time(last));
  return fmt::format("Too little is known yet: a point of this picture stands for {}.", duration(window.row));
}

class Painter {
 public:
  Painter(const std::string& directory, sys_seconds now, std::vector<std::string>& failures)
      : directory_(directory), now_(now), failures_(failures) {}

  // The exhibit in each range.
  std::vector<Exhibit> paint(const Place& place, bool exists) {
    const archive::Layout& layout = archive::layout(place.definition->kind);
    const std::string path = fmt::format("{}/{}.rrd", directory_, place.stem());
    auto archive = exists ? Archive::open(path, layout) : Result<Archive>(failure(""));
    if (!archive && exists) failures_.push_back(archive.error().message);
    std::vector<Exhibit> exhibits;
    for (const Range& range : ranges()) {
      Exhibit exhibit;
      exhibit.stem = place.stem();
      exhibit.title = title_of(*place.definition, place.milter());
      if (archive) {
        paint_one(place, *archive, range, exhibit);
      } else {
        exhibit.caption = exists ? "The archive cannot be read." : "No such event has been seen yet.";
      }
      if (exhibit.picture.empty()) ::unlink(path_of(file_name(exhibit, range)).c_str());
      exhibits.push_back(std::move(exhibit));
    }
    return exhibits;
  }

 private:
  static std::string file_name(const Exhibit& exhibit, const Range& range) {
    return fmt::format("{}.{}.png", exhibit.stem, range.tag);
  }
  std::string path_of(const std::string& name) const { return fmt::format("{}/{}", directory_, name); }

  void paint_one(const Place& place, const Archive& archive, const Range& range, Exhibit& exhibit) {
    const auto window = read_window(archive, *place.definition, range, now_);
    if (!window) return give_up(window.error(), exhibit);
    if (!window->known()) {
      exhibit.caption = why_empty(archive, *window);
      return;
    }
    const auto picture = draw(archive, *place.definition, range, *window, place.milter());
    if (!picture) return give_up(picture.error(), exhibit);
    const std::string name = file_name(exhibit, range);
    if (auto written = replace_file(path_of(name), picture->png); !written)
      return give_up(written.error(), exhibit);
    exhibit.picture = name;
    exhibit.width = picture->width;
    exhibit.height = picture->height;
    exhibit.caption = in_words(exhibit.title, range, *window);
  }

  void give_up(const Error& error, Exhibit& exhibit) {
    failures_.push_back(error.message);
    exhibit.caption = "The picture could not be drawn.";
  }

  const std::string& directory_;
  sys_seconds now_;
  std::vector<std::string>& failures_;
};

}  // namespace

Gallery draw_gallery(const std::string& directory, const std::vector<ArchiveFile>& archives,
                     sys_seconds now) {
  Gallery gallery;
  for (const Range& range : ranges()) gallery.rooms.push_back({&range, {}});
  Painter painter(directory, now, gallery.failures);
  for (const Place& place : places(archives)) {
    const bool exists = std::any_of(archives.begin(), archives.end(),
                                    [&](const ArchiveFile& file) { return file.stem() == place.stem(); });
    auto exhibits = painter.paint(place, exists);
    for (std::size_t i = 0; i < exhibits.size(); ++i)
      gallery.rooms[i].exhibits.push_back(std::move(exhibits[i]));
  }
  return gallery;
}

}  // namespace milter_manager::log_analyzer
