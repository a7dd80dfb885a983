// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/model/place.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace milter_manager::gui {
namespace {

const QString kSsh = QStringLiteral("ssh://");
const QString kHttp = QStringLiteral("http://");

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Place)
};

tl::unexpected<Error> wrong(const QString& sentence) { return failure(sentence.toStdString()); }

bool is_controller(const QString& word) {
  for (const char* prefix : {"unix:", "local:", "inet:", "inet6:"}) {
    if (word.startsWith(QLatin1String(prefix))) return true;
  }
  return false;
}

bool is_socket(const QString& word) {
  const QFileInfo file(word);
  return file.exists() && !file.isFile() && !file.isDir();
}

Result<Place> ssh_place(const QString& word) {
  const QString rest = word.mid(kSsh.size());
  const qsizetype slash = rest.indexOf('/');
  Place place{.kind = Place::Kind::ssh, .paths = {}, .host = rest.left(slash), .address = {}};
  if (!is_ssh_host(place.host))
    return wrong(Words::tr("%1: this is no name of a host that ssh can be given").arg(word));
  if (slash >= 0 && slash + 1 < rest.size()) place.paths = QStringList(rest.mid(slash));
  for (const QString& path : place.paths) {
    if (path.contains(QChar(0)) || path.contains('\n'))
      return wrong(Words::tr("%1: a folder's name with such characters can't be asked for").arg(word));
  }
  return place;
}

Result<Place> metrics_place(const QString& word) {
  QString address = word.mid(kHttp.size());
  if (address.endsWith('/')) address.chop(1);
  if (address.endsWith(QLatin1String("/metrics"))) address.chop(8);
  const qsizetype colon = address.lastIndexOf(':');
  bool is_number = false;
  const uint port = address.mid(colon + 1).toUInt(&is_number);
  if (colon < 1 || !is_number || port == 0 || port > 65535 || address.contains('/') || address.contains('@'))
    return wrong(Words::tr("%1: a metrics address looks like http://localhost:9764/metrics").arg(word));
  return Place{.kind = Place::Kind::metrics, .paths = {}, .host = {}, .address = address};
}

// Log files may be remembered from elsewhere: the path as it is from here on.
QString absolute(const QString& path) { return QDir::cleanPath(QFileInfo(path).absoluteFilePath()); }

}  // namespace

bool is_ssh_host(const QString& word) {
  constexpr int kLongest = 255;
  if (word.isEmpty() || word.size() > kLongest || word.count('@') > 1 || word.endsWith('@')) return false;
  const auto is_plain = [](QChar letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
  };
  const auto begins_well = [&](const QString& part) { return is_plain(part.front()) || part.front() == '['; };
  for (const QChar letter : word) {
    if (!is_plain(letter) && !QStringLiteral(".-_:[]@").contains(letter)) return false;
  }
  return begins_well(word) && begins_well(word.mid(word.indexOf('@') + 1));
}

Result<Place> parse_place(const QStringList& arguments) {
  if (arguments.isEmpty()) return wrong(Words::tr("There is nothing to open."));
  if (arguments.size() > 1) {
    Place place{.kind = Place::Kind::logs, .paths = {}, .host = {}, .address = {}};
    for (const QString& word : arguments) {
      if (QFileInfo(word).isDir())
        return wrong(Words::tr("%1: this is a folder. Several words have to be log files").arg(word));
      place.paths.push_back(absolute(word));
    }
    return place;
  }
  const QString& word = arguments.front();
  if (word.isEmpty()) return wrong(Words::tr("There is nothing to open."));
  if (word.startsWith(kSsh)) return ssh_place(word);
  if (word.contains('\n')) return parse_place(word.split('\n', Qt::SkipEmptyParts));
  if (word.startsWith(kHttp)) return metrics_place(word);
  if (is_controller(word))
    return Place{.kind = Place::Kind::controller, .paths = {}, .host = {}, .address = word};
  if (is_socket(word))
    return Place{
        .kind = Place::Kind::controller, .paths = {}, .host = {}, .address = "unix:" + absolute(word)};
  const bool is_log = QFileInfo(word).isFile();
  return Place{.kind = is_log ? Place::Kind::logs : Place::Kind::folder,
               .paths = QStringList(absolute(word)),
               .host = {},
               .address = {}};
}

QString text_of(const Place& place) {
  switch (place.kind) {
    case Place::Kind::folder:
    case Place::Kind::logs:
      return place.paths.join('\n');
    case Place::Kind::ssh:
      return kSsh + place.host + (place.paths.isEmpty() ? QString() : place.paths.front());
    case Place::Kind::controller:
      return place.address;
    case Place::Kind::metrics:
      return kHttp + place.address + "/metrics";
  }
  return {};
}

QString title_of(const Place& place) {
  const auto name = [](const QString& path) {
    const QString last = QFileInfo(path).fileName();
    return last.isEmpty() ? path : last;
  };
  switch (place.kind) {
    case Place::Kind::folder:
      return Words::tr("%1 — %2").arg(name(place.paths.front()), place.paths.front());
    case Place::Kind::logs:
      return place.paths.size() == 1
                 ? Words::tr("%1 — %2").arg(name(place.paths.front()), place.paths.front())
                 : Words::tr("%1 and %n more log file(s)", nullptr, static_cast<int>(place.paths.size()) - 1)
                       .arg(name(place.paths.front()));
    case Place::Kind::ssh:
      return Words::tr("%1 (ssh)").arg(place.host);
    case Place::Kind::controller:
      return Words::tr("Running manager at %1").arg(place.address);
    case Place::Kind::metrics:
      return Words::tr("Metrics of %1").arg(place.address);
  }
  return {};
}

}  // namespace milter_manager::gui
