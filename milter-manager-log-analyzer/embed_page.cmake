# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DSOURCE=folder -DOUTPUT=file.cc -P embed_page.cmake
# Writes the page's template and style as C++ constants.
set(license "^[^\n]*SPDX-License-Identifier[^\n]*\n")
file(READ "${SOURCE}/page.html.mustache" template)
file(READ "${SOURCE}/page.css" style)
string(REGEX REPLACE "${license}" "" template "${template}")
string(REGEX REPLACE "${license}" "" style "${style}")

# Hexadecimal to base64: three digits are two letters.
string(SHA256 digest "${style}")
set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
set(hash "")
foreach(at RANGE 0 60 3)
  string(SUBSTRING "${digest}" ${at} 3 digits)
  math(EXPR high "0x${digits} >> 6")
  math(EXPR low "0x${digits} & 63")
  string(SUBSTRING "${alphabet}" ${high} 1 first)
  string(SUBSTRING "${alphabet}" ${low} 1 second)
  string(APPEND hash "${first}${second}")
endforeach()
string(SUBSTRING "${digest}" 63 1 digits)
math(EXPR last "0x${digits} << 2")
string(SUBSTRING "${alphabet}" ${last} 1 letter)
string(APPEND hash "${letter}=")

file(WRITE "${OUTPUT}" "// Made by embed_page.cmake.
#include \"milter-manager-log-analyzer/page_template.h\"

namespace milter_manager::log_analyzer {

const std::string_view kPageTemplate = R\"page(${template})page\";
const std::string_view kPageStyle = R\"page(${style})page\";
const std::string_view kPageStyleHash = \"${hash}\";

}  // namespace milter_manager::log_analyzer
")
