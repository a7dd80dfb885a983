// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/archive/archive.h"
#include "core/result.h"

namespace milter_manager::archive {

class Daemon;

// Brings the archives of a directory up to date, in one run:
//
//   DirectoryUpdate update(directory);
//   update.store("session.rrd", layout(Kind::session), rows, first, through);  …
//   for (const std::string& failed : update.commit()) …
//
// What it promises, whatever ends the process or the machine, on a full disk as on a good one:
//
// * An archive is wholly as it was before the run or wholly as it is after it. Rows are written to a copy beside the
//   archive (working_copy.h), which is on the disk before it takes the archive's place.
// * Before commit() no archive has changed. An update that is given up, or dies, leaves copies that the next run removes.
// * Within commit() the archives change one after the other, and when it returns their new names are on the disk. Who
//   dies there, or meets an error with one archive, leaves some that have the run's minutes and some that have not: in
//   each the minutes up to its last() are complete, and no later one is there. Therefore:
// * Who tells elsewhere what has been stored (the read state) does so when commit() returned without a failure. After
//   any other end the same rows are to be stored again: an archive skips the minutes that it has.
// * One archive's trouble is its own. After it failed, later rows for it are not taken: they would make the missing
//   minutes zeros.
//
// A full disk shows up as an error of store() or commit(); where the file system promised room in the copy and has
// none, as the signal SIGBUS, which is no different from a kill.
// Room: while it works, the archives that gain a minute need their size again.
//
// With a daemon (daemon.h) existing archives are written by rrdcached, in place, and commit() makes sure that they hold
// what was stored. The first promise is then rrdcached's to keep, the others hold.
//
// Only one such object may be at work on a directory. No thread safety.
class DirectoryUpdate {
 public:
  explicit DirectoryUpdate(std::string directory, Daemon* daemon = nullptr);
  ~DirectoryUpdate();  // what was not committed is thrown away
  DirectoryUpdate(const DirectoryUpdate&) = delete;
  DirectoryUpdate& operator=(const DirectoryUpdate&) = delete;

  // The file of that name is damaged: what is stored goes into a new archive, which commit() puts in its place.
  // Without anything to store commit() removes the damaged one.
  void begin_anew(const std::string& file_name);

  // As Archive::update(); may be called several times, rows in the order of time. Where there is no archive of that name
  // one begins, with `first`. An archive that would gain nothing is not touched.
  Result<void> store(const std::string& file_name, const Layout& layout, std::span<const Row> rows,
                     Minute first, Minute through);

  // Returns a sentence for each archive that stayed as it was. To be called once.
  std::vector<std::string> commit();

 private:
  struct Member {
    std::string path;     // of the file that is to be replaced: of a link, where it leads
    std::string working;  // the copy
    std::optional<Archive> archive;
    bool has_copy = false;
    bool is_anew = false;
    bool has_failed = false;
    // What went to the daemon: up to when, and the newest rows.
    const Layout* layout = nullptr;
    std::optional<Minute> sent_through;
    std::vector<Row> sent;
  };

  Member& member(const std::string& file_name);
  Result<void> store(Member& member, const Layout& layout, std::span<const Row> rows, Minute first,
                     Minute through);
  Result<void> make_copy(Member& member);
  Result<void> send(Member& member, const Layout& layout, std::span<const Row> rows, Minute through);
  Result<void> try_to_send(Member& member, const Layout& layout, std::span<const Row> rows, Minute through);
  Result<void> check_sent(const Member& member) const;
  void give_up(Member& member);

  std::string directory_;
  Daemon* daemon_;
  std::map<std::string, Member> members_;  // by file name
};

}  // namespace milter_manager::archive
