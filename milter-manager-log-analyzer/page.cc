// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page.h"

#include <fmt/format.h>

#include <kainjow/mustache.hpp>
#include <string_view>

#include "milter-manager-log-analyzer/page_template.h"
#include "milter-manager-log-analyzer/picture.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;

constexpr std::chrono::seconds kFresh = std::chrono::hours(1);

std::string identifier(const Range& range, const Exhibit& exhibit) {
  return url_of(fmt::format("{}-{}", range.tag, exhibit.stem));
}

// The percent signs of an identifier are its own, not the URL's.
std::string link_to(const std::string& identifier) { return "#" + url_of(identifier); }

object exhibit_data(const Range& range, const Exhibit& exhibit) {
  const std::string id = identifier(range, exhibit);
  object fields{{"id", id}, {"link", link_to(id)}, {"title", exhibit.title}, {"caption", exhibit.caption}};
  if (exhibit.picture.empty()) return fields;
  fields.insert({"picture", object{{"url", url_of(exhibit.picture)},
                                   {"width", fmt::format("{}", exhibit.width)},
                                   {"height", fmt::format("{}", exhibit.height)}}});
  return fields;
}

list room_data(const Gallery& gallery) {
  list rooms;
  for (const Room& room : gallery.rooms) {
    list exhibits;
    for (const Exhibit& exhibit : room.exhibits) exhibits.push_back(exhibit_data(*room.range, exhibit));
    rooms.push_back(object{{"heading", std::string(room.range->heading)},
                           {"tag", std::string(room.range->tag)},
                           {"exhibits", exhibits}});
  }
  return rooms;
}

list count_data(const Counts& counts) {
  list cells;
  for (double count : {counts.sessions, counts.passed, counts.rejected, counts.deferred}) {
    cells.push_back(grouped(count));
  }
  return cells;
}

list summary_data(const std::vector<SummaryRow>& rows) {
  list all;
  for (const SummaryRow& row : rows) {
    object fields{{"today", count_data(row.today)}, {"week", count_data(row.week)}};
    if (!row.name.empty()) fields.insert({"name", row.name});
    all.push_back(fields);
  }
  return all;
}

std::string age(const Page& page) {
  if (!page.newest) return "There are no data yet.";
  const auto span = page.now - *page.newest;
  if (span < std::chrono::seconds(0)) return fmt::format("Data up to {}.", local_time(*page.newest));
  return fmt::format("Data up to {}, {} before this page was made.", local_time(*page.newest),
                     duration(span));
}

}  // namespace

std::string render(const Page& page) {
  kainjow::mustache::mustache html{std::string(kPageTemplate)};
  const bool stale = page.newest && page.now - *page.newest > kFresh;
  object fields{{"style", std::string(kPageStyle)},
                {"style_hash", std::string(kPageStyleHash)},
                {"age", age(page)},
                {"stale", stale},
                {"made", local_time(page.now)},
                {"has_summary", !page.rows.empty()},
                {"summary", summary_data(page.rows)},
                {"rooms", room_data(*page.gallery)}};
  return html.render(fields);
}

}  // namespace milter_manager::log_analyzer
