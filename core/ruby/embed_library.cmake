# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DSOURCE=folder -DOUTPUT=file.cc -P embed_library.cmake
# Writes the Ruby files of a folder as C++ constants. Nothing is left out: their lines keep their numbers.
file(GLOB_RECURSE names RELATIVE "${SOURCE}" "${SOURCE}/*.rb")
list(SORT names)
set(rows "")
foreach(name ${names})
  file(READ "${SOURCE}/${name}" text)
  string(REGEX REPLACE "\\.rb$" "" feature "${name}")
  string(APPEND rows "    {\"${feature}\", R\"ruby(${text})ruby\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by embed_library.cmake.
#include \"core/ruby/library.h\"

namespace milter_manager::ruby {
namespace {

constexpr LibraryFile kFiles[] = {
${rows}};

}  // namespace

const LibraryFile* const kLibraryBegin = kFiles;
const LibraryFile* const kLibraryEnd = kFiles + sizeof(kFiles) / sizeof(kFiles[0]);

}  // namespace milter_manager::ruby
")
