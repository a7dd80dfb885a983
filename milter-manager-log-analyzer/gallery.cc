// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/gallery.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <optional>
#include <set>
#include <utility>

#include "core/archive/archive.h"
#include "milter-manager-log-analyzer/drawing/picture.h"
#include "milter-manager-log-analyzer/drawing/png.h"
#include "milter-manager-log-analyzer/key_graphs.h"
#include "milter-manager-log-analyzer/read_state_file.h"
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
  std::vector<std::string> keys;   // one a series, where they are of report keys

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
  const ArchiveFile* find(const std::string& stem) const {
    const auto file = std::find_if(archives_.begin(), archives_.end(),
                                   [&](const ArchiveFile& candidate) { return candidate.stem() == stem; });
    return file == archives_.end() ? nullptr : &*file;
  }

  // The graphs of the manager, or of one milter.
  void add(const std::string& safe_milter) {
    const bool has_connections =
        safe_milter.empty() ||
        find(archive::stem({archive::Kind::milter_status, safe_milter, {}})) != nullptr;
    for (const GraphDefinition& definition : graph_definitions()) {
      if (archive::layout(definition.kind).of_milter == safe_milter.empty()) continue;
      Place place{&definition, safe_milter, archive::stem({definition.kind, safe_milter, {}}), {}, {}};
      if (const ArchiveFile* file = find(place.stem)) place.files.push_back(file->file_name);
      if (!definition.picture.empty()) place.stem = std::string(definition.picture) + safe_milter;
      if (!place.files.empty() || (definition.always && has_connections)) places_.push_back(std::move(place));
    }
    for (const KeyGraph& graph : graphs_) {
      if (graph.safe_milter == safe_milter)
        places_.push_back({&graph.definition, safe_milter, graph.stem, graph.files, graph.keys});
    }
  }

  const std::vector<ArchiveFile>& archives_;
  const std::list<KeyGraph>& graphs_;
  std::vector<Place> places_;
};

Showing showing(const Window& window) {
  if (window.eventful()) return Showing::events;
  if (window.known()) return Showing::nothing;
  return window.newest <= window.start ? Showing::silent : Showing::too_young;
}

std::string reason_for(Showing what, const Window& window, const Language& language) {
  switch (what) {
    case Showing::events:
      return {};
    case Showing::nothing:
      return language.text("picture.nothing");
    case Showing::never_seen:
      return language.text("picture.never_seen");
    case Showing::too_young:
      return language.text("picture.too_young", {{"row", language.exact_duration(window.row)}});
    case Showing::silent:
      return language.text("picture.silent", {{"time", local_time(window.newest)}});
    case Showing::unreadable:
      return language.text("picture.unreadable");
  }
  return {};
}

std::vector<Series> series_of(const Place& place, const Window& window) {
  std::vector<Series> all;
  for (std::size_t i = 0; i < window.curves.size(); ++i) {
    const Curve& curve = window.curves[i];
    Series series;
    series.source = place.keys.empty() ? std::string(curve.style->source) : place.keys[i];
    series.label = curve.style->label;
    series.measure = curve.style->measure;
    series.dashed = curve.style->dashed;
    series.light = curve.style->colour.light;
    series.dark = curve.style->colour.dark;
    series.known = curve.known;
    series.begin = curve.begin;
    series.total = curve.total;
    series.mean = curve.mean;
    series.highest = curve.highest;
    series.values = curve.values;
    all.push_back(std::move(series));
  }
  return all;
}

class Painter {
 public:
  Painter(const std::string& directory, Present present, Gallery& gallery)
      : directory_(directory), present_(present), gallery_(gallery) {
    leave_out_unwritable_languages();
    // Without a state, or a readable one, archives tell how far back they go.
    const auto state = load_state(directory);
    if (state && state->first) first_ = sys_seconds(std::chrono::seconds(*state->first));
  }

  // Puts the exhibit into each room.
  void paint(const Place& place) {
    const auto archives = open(place);
    for (Room& room : gallery_.rooms) {
      const Range& range = *room.range;
      Exhibit exhibit;
      exhibit.subject = place.definition->subject;
      exhibit.stem = place.stem;
      exhibit.title = title_of(*place.definition, place.milter());
      exhibit.milter = place.milter();
      exhibit.safe_milter = place.safe_milter;
      exhibit.shape = place.definition->shape;
      exhibit.unit = place.definition->unit;
      exhibit.second_unit = place.definition->second_unit;
      Window window = empty_window(range, present_);
      exhibit.showing = place.files.empty() ? Showing::never_seen : Showing::unreadable;
      if (!archives.empty()) {
        if (auto read = read_window(archives, *place.definition, range, present_, first_); read) {
          window = std::move(*read);
          exhibit.showing = showing(window);
        } else {
          gallery_.failures.push_back(read.error().message);
        }
      }
      describe(place, window, exhibit);
      draw_all(place, range, window, exhibit);
      room.exhibits.push_back(std::move(exhibit));
    }
  }

 private:
  // English is drawn in any case, and needs no font to be loaded where no picture is.
  void leave_out_unwritable_languages() {
    auto& all = gallery_.languages;
    std::erase_if(all, [&](const Language* language) {
      if (language == &languages()[0] || typesetter_.can_set(language->text("picture.too_young")))
        return false;
      gallery_.notes.push_back(
          fmt::format("no font here has the letters of {}: pictures are not drawn in it", language->name()));
      return true;
    });
    if (all.empty()) all.push_back(&languages()[0]);
  }

  std::string path_of(const std::string& name) const { return fmt::format("{}/{}", directory_, name); }

  // None where there is none, or one of several can't be read.
  std::vector<Archive> open(const Place& place) {
    std::vector<Archive> archives;
    for (const std::string& file : place.files) {
      auto archive = Archive::open(path_of(file), archive::layout(place.definition->kind));
      if (!archive) {
        gallery_.failures.push_back(archive.error().message);
        return {};
      }
      archives.push_back(std::move(*archive));
    }
    return archives;
  }

  static void describe(const Place& place, const Window& window, Exhibit& exhibit) {
    exhibit.start = window.start;
    exhibit.end = window.end;
    exhibit.row = window.row;
    exhibit.until = window.until;
    exhibit.since = window.since;
    if (window.newest > sys_seconds{}) exhibit.newest = window.newest;
    exhibit.series = series_of(place, window);
  }

  // In every language and theme.
  void draw_all(const Place& place, const Range& range, const Window& window, Exhibit& exhibit) {
    for (const Language* language : gallery_.languages) {
      const Sheet sheet{place.definition, &window, title_of(*place.definition, place.milter(), *language),
                        reason_for(exhibit.showing, window, *language), language};
      const Size size = size_of(sheet);
      Pictures pictures{{}, {}, size.width, size.height};
      const bool is_first = language == gallery_.languages.front();
      for (const Theme& theme : themes()) {
        const std::string name = fmt::format("{}.{}{}{}{}.png", exhibit.stem, range.tag, is_first ? "" : ".",
                                             is_first ? "" : language->tag(), theme.suffix);
        if (!bring_up_to_date(path_of(name), sheet, theme)) {
          exhibit.showing = Showing::unreadable;
          continue;
        }
        (theme.is_dark ? pictures.dark : pictures.light) = name;
      }
      exhibit.pictures.push_back(std::move(pictures));
    }
  }

  bool bring_up_to_date(const std::string& path, const Sheet& sheet, const Theme& theme) {
    if (png_note(path) == sheet_note(sheet, theme)) return true;
    if (auto written = replace_file(path, draw(sheet, theme, typesetter_)); !written) {
      gallery_.failures.push_back(written.error().message);
      return false;
    }
    ++gallery_.drawn;
    return true;
  }

  const std::string& directory_;
  Present present_;
  Gallery& gallery_;
  std::optional<sys_seconds> first_;
  Typesetter typesetter_;
};

}  // namespace

Gallery draw_gallery(const std::string& directory, const std::vector<ArchiveFile>& archives,
                     const maillog::ReportRules& rules, Present present, std::vector<const Language*> in) {
  Gallery gallery;
  gallery.languages = std::move(in);
  for (const Range& range : ranges()) gallery.rooms.push_back({&range, {}});
  const std::list<KeyGraph> graphs = key_graphs(archives, rules);
  Painter painter(directory, present, gallery);
  for (const Place& place : Places(archives, graphs).all()) painter.paint(place);
  return gallery;
}

}  // namespace milter_manager::log_analyzer
