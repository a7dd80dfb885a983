// SPDX-License-Identifier: GPL-3.0-or-later
#include "milter-manager-log-analyzer/key_graphs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

namespace milter_manager::log_analyzer {
namespace {

using archive::Kind;
using maillog::ReportKeyInfo;

// The keys that have archives, in the order of the rules, then those without a rule.
std::vector<ReportKeyInfo> keys_in_use(const std::vector<ArchiveFile>& archives,
                                       const maillog::ReportRules& rules) {
  std::set<std::string> used;
  for (const ArchiveFile& file : archives) used.insert(file.what.key);
  used.erase("");
  std::vector<ReportKeyInfo> keys;
  for (std::size_t i = maillog::kReportKeys; i < rules.keys().size(); ++i) {
    if (used.erase(rules.keys()[i].name) > 0) keys.push_back(rules.keys()[i]);
  }
  for (const std::string& name : used) keys.push_back({name, name, name});
  return keys;
}

// Pictures are named for the first key that the rules give the graph, whether it has an archive yet or not.
std::string first_key(const ReportKeyInfo& key, const maillog::ReportRules& rules) {
  for (std::size_t i = maillog::kReportKeys; i < rules.keys().size(); ++i) {
    if (rules.keys()[i].graph == key.graph) return rules.keys()[i].name;
  }
  return key.name;
}

// The place of "dmarc_pass", for "dmarc_fail".
std::optional<std::size_t> pass_of(std::string_view key, const std::vector<std::string>& before) {
  constexpr std::string_view kFail = "_fail";
  if (!key.ends_with(kFail)) return std::nullopt;
  const std::string pass = std::string(key.substr(0, key.size() - kFail.size())) + "_pass";
  const auto found = std::find(before.begin(), before.end(), pass);
  if (found == before.end()) return std::nullopt;
  return static_cast<std::size_t>(found - before.begin());
}

class Builder {
 public:
  Builder(const std::vector<ArchiveFile>& archives, const maillog::ReportRules& rules)
      : archives_(archives), rules_(rules), keys_(keys_in_use(archives, rules)) {}

  void add_graphs_of(Kind kind, const std::string& safe_milter, std::list<KeyGraph>& graphs) const {
    std::set<std::string> done;
    for (const ReportKeyInfo& key : keys_) {
      if (done.insert(key.graph).second) add_graph(kind, safe_milter, key, graphs);
    }
  }

 private:
  void add_graph(Kind kind, const std::string& safe_milter, const ReportKeyInfo& first,
                 std::list<KeyGraph>& graphs) const {
    KeyGraph graph;
    const auto& all = rules_.keys();
    const bool stacked = std::any_of(all.begin(), all.end(), [&](const ReportKeyInfo& key) {
      return key.stacked && key.graph == first.graph;
    });
    std::size_t colours = 0;
    for (const ReportKeyInfo& key : keys_) {
      if (key.graph != first.graph) continue;
      const auto file = std::find_if(archives_.begin(), archives_.end(), [&](const ArchiveFile& candidate) {
        return candidate.what.kind == kind && candidate.what.safe_milter == safe_milter &&
               candidate.what.key == key.name;
      });
      if (file == archives_.end()) continue;
      const auto pass = pass_of(key.name, graph.keys);
      SeriesStyle style = pass ? graph.series[*pass] : nth_style(colours);
      style.dashed = style.dashed || pass;
      colours += pass ? 0 : 1;
      style.source = archive::layout(kind).sources.front();
      graph.series.push_back(style);
      graph.labels.push_back(key.label);
      graph.files.push_back(file->file_name);
      graph.keys.push_back(key.name);
    }
    if (graph.keys.empty()) return;
    graph.safe_milter = safe_milter;
    graph.stem = archive::stem({kind, safe_milter, first_key(first, rules_)});
    graph.title = fmt::format("{}: {}", safe_milter.empty() ? "milter manager" : "milter", first.graph);
    graphs.push_back(std::move(graph));
    KeyGraph& stays = graphs.back();
    for (std::size_t i = 0; i < stays.series.size(); ++i) stays.series[i].label = stays.labels[i];
    stays.definition = {
        kind, stays.title, Subject::key, "mails/min", stacked ? Shape::stack : Shape::lines, stays.series};
  }

  const std::vector<ArchiveFile>& archives_;
  const maillog::ReportRules& rules_;
  std::vector<ReportKeyInfo> keys_;
};

}  // namespace

std::list<KeyGraph> key_graphs(const std::vector<ArchiveFile>& archives, const maillog::ReportRules& rules) {
  const Builder builder(archives, rules);
  std::set<std::string> milters;
  for (const ArchiveFile& file : archives) {
    if (file.what.kind == Kind::milter_key) milters.insert(file.what.safe_milter);
  }
  std::list<KeyGraph> graphs;
  builder.add_graphs_of(Kind::manager_key, {}, graphs);
  for (const std::string& milter : milters) builder.add_graphs_of(Kind::milter_key, milter, graphs);
  return graphs;
}

}  // namespace milter_manager::log_analyzer
