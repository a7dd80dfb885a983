# SPDX-License-Identifier: GPL-3.0-or-later
# For scripts (cmake -P) that write text files as C++ constants.

# read_part(FILE VARIABLE): its text without the line that names the licence of the source.
function(read_part file variable)
  file(READ "${file}" text)
  string(REGEX REPLACE "^[^\n]*SPDX-License-Identifier[^\n]*\n" "" text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# policy_hash(TEXT VARIABLE): its SHA-256 in base64, as a content security policy names what it allows.
function(policy_hash text variable)
  # Hexadecimal to base64: three digits are two letters.
  string(SHA256 digest "${text}")
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
  set(${variable} "${hash}${letter}=" PARENT_SCOPE)
endfunction()
