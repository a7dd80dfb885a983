// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "milter-manager-log-analyzer/page/chart_json.h"
#include "milter-manager-log-analyzer/page/embedded.h"
#include "milter-manager-log-analyzer/page/time_table.h"
#include "milter-manager-log-analyzer/page/view.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

constexpr std::string_view kSubjects[] = {
    "status",   "report",     "sessions",           "messages", "recipients", "volume", "health",
    "refusals", "evaluation", "evaluated_refusals", "load",     "wait",       "errors", "greylist",
};

// What people look for first comes first.
constexpr Subject kOrder[] = {
    Subject::messages, Subject::evaluation, Subject::refusals,   Subject::evaluated_refusals,
    Subject::report,   Subject::key,        Subject::wait,       Subject::load,
    Subject::errors,   Subject::greylist,   Subject::recipients, Subject::volume,
    Subject::status,   Subject::sessions,   Subject::health,
};

// "messages"; of a key's graph the title that its rule gives.
std::string heading(const Exhibit& exhibit, const Language& language) {
  const auto subject = static_cast<std::size_t>(exhibit.subject);
  if (subject < std::size(kSubjects)) return language.text(fmt::format("subject.{}", kSubjects[subject]));
  // "milter: DMARC: opendmarc", "milter manager: DMARC"
  std::string title = exhibit.title.substr(std::min(exhibit.title.find(": ") + 2, exhibit.title.size()));
  const std::string tail = ": " + exhibit.milter;
  if (!exhibit.milter.empty() && title.ends_with(tail)) title.resize(title.size() - tail.size());
  return title;
}

// The graph in words, for who can't see it.
std::string in_words(const Exhibit& exhibit, const std::string& title, const Range& range,
                     const Language& language) {
  std::string words;
  for (const Series& series : exhibit.series) {
    if (!(series.highest > 0)) continue;
    if (!words.empty()) words += language.text("page.comma");
    words += series.measure == Measure::events
                 ? language.text("page.in_all",
                                 {{"what", language.word(series.label)}, {"n", grouped(series.total)}})
                 : language.text("page.at_most",
                                 {{"what", language.word(series.label)}, {"n", rounded(series.highest)}});
  }
  return language.text(
      "page.words",
      {{"title", title}, {"range", language.text(fmt::format("range.{}", range.tag))}, {"series", words}});
}

list legend(const Exhibit& exhibit, const Language& language) {
  list rows;
  for (const Series& series : exhibit.series) {
    const bool has_total = series.known && series.measure == Measure::events;
    const bool has_mean = series.known && series.measure != Measure::at_once;
    object row;
    row.emplace("label", language.word(series.label));
    row.emplace("total", has_total ? grouped(series.total) : "–");
    row.emplace("mean", has_mean ? rounded(series.mean) : "–");
    row.emplace("highest", series.known ? rounded(series.highest) : "–");
    rows.emplace_back(std::move(row));
  }
  return rows;
}

class Builder {
 public:
  Builder(const Gallery& gallery, const Reasons& reasons, const Language& language)
      : gallery_(gallery),
        reasons_(reasons),
        language_(language),
        texts_(texts_view(language)),
        figure_(std::string(kFigureTemplate)),
        pictures_(pictures_in(gallery, language)) {}

  list sections() {
    list sections;
    if (gallery_.rooms.empty()) return sections;
    const auto& exhibits = gallery_.rooms.front().exhibits;
    for (std::size_t begin = 0; begin < exhibits.size();) {
      std::size_t end = begin;
      while (end < exhibits.size() && exhibits[end].safe_milter == exhibits[begin].safe_milter) ++end;
      object section;
      section.emplace("id", section_id(exhibits[begin].safe_milter));
      section.emplace("link", link_to(section_id(exhibits[begin].safe_milter)));
      if (!exhibits[begin].safe_milter.empty()) section.emplace("milter", exhibits[begin].milter);
      list graphs;
      for (const Subject subject : kOrder) {
        for (std::size_t i = begin; i < end; ++i) {
          if (exhibits[i].subject == subject) graphs.emplace_back(graph(i));
        }
      }
      begin = end;
      section.emplace("graphs", data(std::move(graphs)));
      sections.emplace_back(std::move(section));
    }
    return sections;
  }

 private:
  // One subject in all ranges.
  object graph(std::size_t number) {
    object graph;
    graph.emplace("heading", heading(gallery_.rooms.front().exhibits[number], language_));
    list figures;
    for (const Room& room : gallery_.rooms) {
      object fields = figure(room, room.exhibits[number]);
      fields.emplace("text", texts_);
      figures.emplace_back(figure_.render(data(fields)));
    }
    graph.emplace("figures", data(std::move(figures)));
    return graph;
  }

  object figure(const Room& room, const Exhibit& exhibit) {
    object figure;
    figure.emplace("id", url_of(fmt::format("{}-{}", room.range->tag, exhibit.stem)));
    figure.emplace("range", std::string(room.range->tag));
    figure.emplace("range_name", language_.text(fmt::format("range.{}", room.range->tag)));
    const Pictures& pictures = exhibit.pictures[pictures_];
    if (exhibit.showing != Showing::events || pictures.light.empty()) {
      figure.emplace("reason", exhibit.showing == Showing::events
                                   ? language_.text("reason.unreadable")
                                   : reasons_.why_empty(room, exhibit, language_));
      return figure;
    }
    object picture;
    picture.emplace("light", url_of(pictures.light));
    picture.emplace("dark", url_of(pictures.dark.empty() ? pictures.light : pictures.dark));
    picture.emplace("width", fmt::format("{}", pictures.width));
    picture.emplace("height", fmt::format("{}", pictures.height));
    figure.emplace("picture", data(std::move(picture)));
    std::string title = heading(exhibit, language_);
    if (!exhibit.milter.empty())
      title = language_.text("page.of_milter", {{"title", title}, {"milter", exhibit.milter}});
    figure.emplace("title", title);
    figure.emplace("words", in_words(exhibit, title, *room.range, language_));
    figure.emplace("table", data(table(*room.range, exhibit)));
    figure.emplace("json", chart_json(exhibit, language_));
    return figure;
  }

  object table(const Range& range, const Exhibit& exhibit) {
    object table;
    std::string unit = language_.word(exhibit.unit);
    if (!exhibit.second_unit.empty())
      unit += language_.text("page.comma") + language_.word(exhibit.second_unit);
    table.emplace("unit", std::move(unit));
    table.emplace("legend", data(legend(exhibit, language_)));
    list columns, rows;
    for (const Series& series : exhibit.series) {
      if (series.highest > 0) columns.emplace_back(language_.word(series.label));
    }
    for (const Stretch& stretch : stretches_.of(range, exhibit)) {
      // Of a young archive most of the year is unknown: the table begins where the knowledge does.
      if (rows.empty() && !is_known(exhibit, stretch)) continue;
      list cells;
      for (const Series& series : exhibit.series) {
        if (series.highest > 0) cells.emplace_back(in_stretch(exhibit, series, stretch));
      }
      object row;
      row.emplace("time", stretch.label);
      row.emplace("cells", data(std::move(cells)));
      rows.emplace_back(std::move(row));
    }
    table.emplace("columns", data(std::move(columns)));
    table.emplace("rows", data(std::move(rows)));
    table.emplace("note",
                  language_.text("page.table_note", {{"row", language_.exact_duration(exhibit.row)}}));
    return table;
  }

  const Gallery& gallery_;
  const Reasons& reasons_;
  const Language& language_;
  data texts_;
  // Rendered by themselves: mustache copies what it is given, and they are most of the page.
  kainjow::mustache::mustache figure_;
  Stretches stretches_;
  std::size_t pictures_;  // which of an exhibit's
};

}  // namespace

std::size_t pictures_in(const Gallery& gallery, const Language& language) {
  const auto found = std::find(gallery.languages.begin(), gallery.languages.end(), &language);
  return found == gallery.languages.end() ? 0 : static_cast<std::size_t>(found - gallery.languages.begin());
}

std::string section_id(const std::string& safe_milter) {
  return safe_milter.empty() ? "milter-manager" : url_of("milter-" + safe_milter);
}

std::string link_to(const std::string& id) { return "#" + url_of(id); }

list sections_view(const Gallery& gallery, const Reasons& reasons, const Language& language) {
  return Builder(gallery, reasons, language).sections();
}

}  // namespace milter_manager::log_analyzer
