// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QTemporaryDir>
#include <chrono>
#include <string>
#include <vector>

#include "core/archive/archive.h"

namespace milter_manager::gui {

inline std::chrono::sys_seconds at(std::int64_t seconds) {
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}
inline archive::Minute minute(std::int64_t seconds) {
  return std::chrono::floor<std::chrono::minutes>(at(seconds));
}

inline constexpr std::int64_t kNewest = 1'789'344'000;  // 2026-09-14 00:00:00 UTC
inline constexpr std::int64_t kDay = 86400;

// The value of a source at a time: all differ, none is round.
inline double value_at(std::int64_t time, std::size_t source) {
  return static_cast<double>(time / 60 % 97) * 1.37 + static_cast<double>(source) * 0.61;
}

// Makes the archive of a kind, with a row each `every` seconds from `first` to `last`; zeros between.
inline void make_archive(const std::string& folder, archive::Kind kind, const std::string& milter,
                         std::int64_t first, std::int64_t last, std::int64_t every = 60) {
  const archive::Layout& layout = archive::layout(kind);
  auto made =
      archive::Archive::create(folder + "/" + archive::file_name(kind, milter), layout, minute(first));
  if (!made) throw std::runtime_error(made.error().message);
  std::vector<archive::Row> rows;
  for (std::int64_t time = first; time <= last; time += every) {
    std::vector<double> values;
    for (std::size_t source = 0; source < layout.sources.size(); ++source)
      values.push_back(value_at(time, source));
    rows.push_back({minute(time), std::move(values)});
  }
  const auto stored = made->update(rows, minute(last));
  if (!stored) throw std::runtime_error(stored.error().message);
}

// The same numbers under another milter's name: quicker than to make them.
inline void copy_archive(const std::string& folder, archive::Kind kind, const std::string& from,
                         const std::string& to) {
  const auto path = [&](const std::string& milter) {
    return QString::fromStdString(folder + "/" + archive::file_name(kind, milter));
  };
  if (!QFile::copy(path(from), path(to))) throw std::runtime_error("cannot copy an archive");
}

inline void write_bytes(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
    throw std::runtime_error("cannot write " + path.toStdString());
}

}  // namespace milter_manager::gui
