// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace milter_manager::ruby {

// A file of the Ruby library (share/ruby), as the program was built with it.
struct LibraryFile {
  const char* feature;  // as it is required: "milter_manager/guard"
  std::string_view text;
};

extern const LibraryFile* const kLibraryBegin;
extern const LibraryFile* const kLibraryEnd;

// Has Ruby take what is required of the library from the program. `folder` is what the files' names begin with in messages: where people
// find the same files. Raises what Ruby raises.
void use_built_in_library(const std::string& folder);

}  // namespace milter_manager::ruby
