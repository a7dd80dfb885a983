// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/page/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "milter-manager-log-analyzer/page/chart_json.h"
#include "milter-manager-log-analyzer/page/embedded.h"
#include "milter-manager-log-analyzer/page/shown_milters.h"
#include "milter-manager-log-analyzer/page/view.h"
#include "milter-manager-log-analyzer/text.h"

namespace milter_manager::log_analyzer {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::list;
using kainjow::mustache::object;
using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view kTexts = "page.";

std::string age(const Page& page, const Language& language) {
  const auto newest = page.summary.newest;
  if (!newest) return language.text("page.no_data");
  if (page.log_ended) return language.text("page.log_ends", {{"time", local_time(*newest)}});
  if (*newest > page.now) return language.text("page.data_up_to", {{"time", local_time(*newest)}});
  return language.text("page.data_age",
                       {{"time", local_time(*newest)}, {"age", language.duration(page.now - *newest)}});
}

list other_languages(const Page& page, const Language& language) {
  list links;
  for (const Language& other : languages()) {
    if (other.tag() == language.tag()) continue;
    object link;
    link.emplace("tag", other.tag());
    link.emplace("name", other.name());
    link.emplace("url", page_name(other.tag(), page.first_language));
    links.emplace_back(std::move(link));
  }
  return links;
}

list ranges_view(const Language& language) {
  list all;
  for (const Range& range : ranges()) {
    object fields;
    fields.emplace("tag", std::string(range.tag));
    fields.emplace("name", language.text(fmt::format("range.{}", range.tag)));
    fields.emplace("short", language.text(fmt::format("range_short.{}", range.tag)));
    fields.emplace("first", data(all.empty() ? data::type::bool_true : data::type::bool_false));
    all.emplace_back(std::move(fields));
  }
  return all;
}

// The name of the zone, as "CET" or "-03".
std::string zone_of(sys_seconds time) {
  const char* const zone = local_date(time).tm_zone;
  return zone == nullptr ? "" : zone;
}

sys_seconds earliest(const Page& page) {
  sys_seconds time = page.now;
  for (const Room& room : page.gallery->rooms)
    time = std::min(time, page.now - seconds(room.range->seconds + room.range->row));
  return time;
}

}  // namespace

object texts_view(const Language& language) {
  object texts;
  for (const auto& [name, text] : language.texts()) {
    if (name.starts_with(kTexts)) texts.emplace(name.substr(kTexts.size()), text);
  }
  return texts;
}

list notices_view(const Page& page, const Reasons& reasons, const Language& language) {
  list notices;
  const auto add = [&](std::string text) {
    object notice;
    notice.emplace("text", std::move(text));
    notices.emplace_back(std::move(notice));
  };
  const auto newest = page.summary.newest;
  const auto line = page.hosts.newest;
  if (!newest) {
    add(language.text(line ? "notice.no_statistics" : "notice.no_lines_ever"));
  } else if (!page.log_ended && page.now - *newest > kFresh) {
    add(language.text("notice.no_lines", {{"time", local_time(line.value_or(*newest))},
                                          {"age", language.duration(page.now - line.value_or(*newest))}}));
  }
  if (const auto since = page.log_ended ? std::nullopt : reasons.manager_silent_since())
    add(language.text("notice.manager_silent", {{"time", local_time(*since)}}));
  for (const PeriodSummary& period : page.summary.periods) {
    if (period.tag == "today" && period.lost.value_or(0) >= 0.5)
      add(language.text("notice.lost", {{"n", grouped(*period.lost)}}));
  }
  if (page.surplus_milters > 0) {
    add(language.text("notice.surplus_milters", {{"n", grouped(static_cast<double>(page.surplus_milters))},
                                                 {"shown", grouped(static_cast<double>(kMostMilters))}}));
  }
  if (!page.gallery->failures.empty()) add(language.text("notice.failures"));
  return notices;
}

object hosts_view(const LogHosts& hosts, sys_seconds now, const Language& language) {
  list rows;
  for (const LogHost& host : hosts.shown) {
    object row;
    row.emplace("name", host.name);
    row.emplace("newest", host.newest ? local_time(*host.newest) : "–");
    row.emplace("age", host.newest ? language.duration(std::max(now - *host.newest, seconds(0))) : "–");
    if (host.newest && now - *host.newest > kFresh) row.emplace("stale", data(data::type::bool_true));
    row.emplace("manager", language.text(host.has_manager ? "page.manager_writes" : "page.manager_absent"));
    rows.emplace_back(std::move(row));
  }
  object table;
  table.emplace("rows", data(std::move(rows)));
  if (hosts.more > 0)
    table.emplace("more",
                  language.text("page.more_hosts", {{"n", grouped(static_cast<double>(hosts.more))}}));
  return table;
}

std::string render(const Page& page, const Language& language) {
  const Reasons reasons(*page.gallery);
  object fields;
  fields.emplace("language", language.tag());
  fields.emplace("style", std::string(kPageStyle));
  fields.emplace("style_hash", std::string(kPageStyleHash));
  fields.emplace("script", std::string(kPageScript));
  fields.emplace("script_hash", std::string(kPageScriptHash));
  fields.emplace("text", data(texts_view(language)));
  fields.emplace("age", age(page, language));
  fields.emplace("made",
                 language.text("page.made", {{"time", local_time(page.made)}, {"zone", zone_of(page.made)}}));
  fields.emplace("languages", data(other_languages(page, language)));
  list notices = notices_view(page, reasons, language);
  if (!notices.empty()) {
    object box;
    box.emplace("all", data(std::move(notices)));
    fields.emplace("notices", data(std::move(box)));
  }
  if (page.summary.newest) {
    object summary;
    summary.emplace("cards", data(cards_view(page, language)));
    fields.emplace("summary", data(std::move(summary)));
  }
  if (page.hosts.shown.size() > 1) fields.emplace("hosts", data(hosts_view(page.hosts, page.now, language)));
  fields.emplace("ranges", data(ranges_view(language)));
  if (!page.gallery->languages.empty()) {
    const Language& of_pictures = *page.gallery->languages[pictures_in(*page.gallery, language)];
    if (of_pictures.tag() != language.tag())
      fields.emplace("pictures_note",
                     language.text("page.pictures_note", {{"language", of_pictures.name()}}));
  }
  fields.emplace("sections", data(sections_view(*page.gallery, reasons, language)));
  fields.emplace("json", page_json(language, earliest(page), page));
  kainjow::mustache::mustache html{std::string(kPageTemplate)};
  return html.render(data(std::move(fields)));
}

}  // namespace milter_manager::log_analyzer
