// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ruby/library.h"

#include <ruby.h>

#include <algorithm>

#include "core/ruby/conversion.h"

namespace milter_manager::ruby {
namespace {

constexpr std::string_view kFirst = "milter_manager/library";

// Without a copy: they are there as long as the program is.
VALUE text_of(const LibraryFile& file) {
  return rb_utf8_str_new_static(file.text.data(), static_cast<long>(file.text.size()));
}

}  // namespace

void use_built_in_library(const std::string& folder) {
  const LibraryFile* const first = std::find_if(
      kLibraryBegin, kLibraryEnd, [](const LibraryFile& file) { return file.feature == kFirst; });
  const VALUE path = to_ruby(folder + "/" + first->feature + ".rb");
  const VALUE compiled = rb_funcall(rb_path2class("RubyVM::InstructionSequence"), rb_intern("compile"), 3,
                                    text_of(*first), path, path);
  rb_funcall(compiled, rb_intern("eval"), 0);
  const VALUE sources = rb_hash_new();
  std::for_each(kLibraryBegin, kLibraryEnd, [&](const LibraryFile& file) {
    rb_hash_aset(sources, rb_utf8_str_new_cstr(file.feature), text_of(file));
  });
  rb_funcall(rb_path2class("Milter::Manager::Library"), rb_intern("built_in"), 2, sources, to_ruby(folder));
}

}  // namespace milter_manager::ruby
