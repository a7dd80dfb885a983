// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The file format is "deprecated" in the sense that it is not to be written by others than librrd.
#define RRD_EXPORT_DEPRECATED
#include <rrd.h>

#include <cstddef>
#include <vector>

// Private to this room.
namespace milter_manager::archive {

// An RRD file's parts, as they follow each other in the file.
struct FileParts {
  std::vector<stat_head_t> head;  // one
  std::vector<ds_def_t> sources;
  std::vector<rra_def_t> spans;
  std::vector<live_head_t> live;  // one
  std::vector<pdp_prep_t> source_preparations;
  std::vector<cdp_prep_t> row_preparations;  // for each span one a source
  std::vector<rra_ptr_t> pointers;
  std::vector<rrd_value_t> values;
};

// Reads them from an open file, in this order. Each returns false where the file ends before, or can't be read.
class FilePartsReader {
 public:
  FilePartsReader(int fd, FileParts& parts) : fd_(fd), parts_(parts) {}

  bool read_head();
  // All up to the values. Takes memory as the head tells: it has been looked at.
  bool read_definitions();
  bool read_values();

  std::size_t offset() const { return offset_; }

 private:
  template <typename Part>
  bool read(std::vector<Part>& parts, std::size_t count);

  int fd_;
  FileParts& parts_;
  std::size_t offset_ = 0;
};

}  // namespace milter_manager::archive
