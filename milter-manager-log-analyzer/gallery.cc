// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/gallery.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <set>
#include <utility>

#include "core/archive/archive.h"
#include "milter-manager-log-analyzer/key_graphs.h"
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
  std::string stem;                // of the pictures' names
  std::vector<std::string> files;  // one archive with all series, or one a series; none that is not there

  std::string milter() const { return shown_name(safe_milter); }
};

class Places {
 public:
  Places(const std::vector<ArchiveFile>& archives, const std::list<KeyGraph>& graphs)
      : archives_(archives), graphs_(graphs) {}

  std::vector<Place> all() {
    std::set<std::string> milters;
    for (const ArchiveFile& file : archives_) {
      if (!file.what.safe_milter.empty()) milters.insert(file.what.safe_milter);
    }
    add({});
    for (const std::string& milter : milters) add(milter);
    return std::move(places_);
  }

 private:
  // The graphs of the manager, or of one milter.
  void add(const std::string& safe_milter) {
    for (const GraphDefinition& definition : graph_definitions()) {
      if (archive::layout(definition.kind).of_milter == safe_milter.empty()) continue;
      const std::string stem = archive::stem({definition.kind, safe_milter, {}});
      Place place{&definition, safe_milter, stem, {}};
      const auto file = std::find_if(archives_.begin(), archives_.end(),
                                     [&](const ArchiveFile& candidate) { return candidate.stem() == stem; });
      if (file != archives_.end()) place.files.push_back(file->file_name);
      if (!definition.picture.empty()) place.stem = std::string(definition.picture) + safe_milter;
      if (definition.always || !place.files.empty()) places_.push_back(std::move(place));
    }
    for (const KeyGraph& graph : graphs_) {
      if (graph.safe_milter == safe_milter) {
        places_.push_back({&graph.definition, safe_milter, graph.stem, graph.files});
      }
    }
  }

  const std::vector<ArchiveFile>& archives_;
  const std::list<KeyGraph>& graphs_;
  std::vector<Place> places_;
};

// The picture in words, for who can't see it.
std::string in_words(const std::string& title, const Range& range, const Window& window) {
  std::string words;
  for (const Curve& curve : window.curves) {
    if (!curve.known || curve.highest <= 0) continue;
    words += words.empty() ? ": " : ", ";
    if (curve.style->measure == Measure::at_once) {
      words += fmt::format("{} at most {}", curve.style->label, at_most(curve.highest));
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
  std::vector<Exhibit> paint(const Place& place) {
    const auto archives = open(place);
    std::vector<Exhibit> exhibits;
    for (const Range& range : ranges()) {
      Exhibit exhibit;
      exhibit.stem = place.stem;
      exhibit.title = title_of(*place.definition, place.milter());
      if (!archives.empty()) {
        paint_one(place, archives, range, exhibit);
      } else {
        exhibit.caption =
            place.files.empty() ? "No such event has been seen yet." : "The archive cannot be read.";
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

  // None where there is none, or one of several can't be read.
  std::vector<Archive> open(const Place& place) {
    std::vector<Archive> archives;
    for (const std::string& file : place.files) {
      auto archive = Archive::open(path_of(file), archive::layout(place.definition->kind));
      if (!archive) {
        failures_.push_back(archive.error().message);
        return {};
      }
      archives.push_back(std::move(*archive));
    }
    return archives;
  }

  void paint_one(const Place& place, const std::vector<Archive>& archives, const Range& range,
                 Exhibit& exhibit) {
    const auto window = read_window(archives, *place.definition, range, now_);
    if (!window) return give_up(window.error(), exhibit);
    if (!window->known()) {
      exhibit.caption = why_empty(archives.front(), *window);
      return;
    }
    const auto picture = draw(*place.definition, range, *window, place.milter());
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
                     const maillog::ReportRules& rules, sys_seconds now) {
  Gallery gallery;
  for (const Range& range : ranges()) gallery.rooms.push_back({&range, {}});
  const std::list<KeyGraph> graphs = key_graphs(archives, rules);
  Painter painter(directory, now, gallery.failures);
  for (const Place& place : Places(archives, graphs).all()) {
    auto exhibits = painter.paint(place);
    for (std::size_t i = 0; i < exhibits.size(); ++i)
      gallery.rooms[i].exhibits.push_back(std::move(exhibits[i]));
  }
  return gallery;
}

}  // namespace milter_manager::log_analyzer
